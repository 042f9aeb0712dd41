"""How an image is named: `[host[:port]/]path[:tag][@digest]`. Pure.

Source: distribution/reference, reference.go, normalize.go and regexp.go; opencontainers/go-digest.
Where Engines differ, the rule is the one that all of them take: only newer ones read a first part
in capitals as a host, and older ones count the implied `docker.io/library/` to the length.
"""

from __future__ import annotations

import re

LONGEST = 255  # characters of a name, the host included; a tag has up to 128 of its own

_HOST = re.compile(
    r"(?:(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])"
    r"(?:\.(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9]))*|\[[a-fA-F0-9:]+\])(?::[0-9]+)?"
)
_PART = re.compile(r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*")
_TAG = re.compile(r"\w[\w.-]{0,127}", re.ASCII)
_DIGEST = re.compile(r"sha256:[a-f0-9]{64}|sha384:[a-f0-9]{96}|sha512:[a-f0-9]{128}")
_EXAMPLE = "for example nginx:1.27, or registry.example.org:5000/team/web:2"


def fault_of(reference: str) -> tuple[str, str] | None:
    """Why no image can have this name, and what to do; None where one can."""
    rest, at, digest = reference.partition("@")
    name, tag = _name_and_tag(rest)
    host, path = _host_and_path(name)
    if at and not _DIGEST.fullmatch(digest):
        return f"{_short(digest)} is no digest", "sha256: and 64 digits of 0-9 and a-f"
    if tag is not None and not _TAG.fullmatch(tag):
        said = "up to 128 letters, digits, _, . and -; the first is neither . nor -"
        return f"{_short(tag)} is no tag", said
    if host and not _HOST.fullmatch(host):
        return f"{_short(host)} is no host of a registry", _EXAMPLE
    return _fault_of_path(host, path)


def _fault_of_path(host: str, path: str) -> tuple[str, str] | None:
    if path != path.lower() and _is_path(path.lower()):
        hint = f"write it small: {_short(path.lower())}; a registry's host has a dot or a port"
        return f"{_short(path)} has capitals, which an image's name has not", hint
    if not _is_path(path):
        return f"{_short(path)} is no name of an image", _EXAMPLE
    length = len(_full(host, path))
    if length > LONGEST:
        return f"a name of {length} characters is too long", f"{LONGEST} at most"
    return None


def _is_path(path: str) -> bool:
    return all(_PART.fullmatch(part) for part in path.split("/"))


def _full(host: str, path: str) -> str:
    """With what is implied: `nginx` is `docker.io/library/nginx`."""
    if host:
        return f"{host}/{path}"
    return f"docker.io/{path}" if "/" in path else f"docker.io/library/{path}"


def _name_and_tag(text: str) -> tuple[str, str | None]:
    """A colon before the last slash is the port's."""
    name, colon, tag = text.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (text, None)


def _host_and_path(name: str) -> tuple[str, str]:
    """What stands before the first slash is a host where it could be nothing else."""
    first, slash, rest = name.partition("/")
    is_host = slash and (first == "localhost" or set(first) & set(".:["))
    return (first, rest) if is_host else ("", name)


def _short(text: str) -> str:
    return repr(text if len(text) <= 60 else f"{text[:60]}...")

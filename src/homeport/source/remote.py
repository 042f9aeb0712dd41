"""Remotes: repositories that live elsewhere, and are followed. Pure.

Source: git-fetch(1), "GIT URLS"; gitremote-helpers(7), for `TRANSPORT::ADDRESS`, which may run any
program and is never taken.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from homeport.errors import RequestError

LONGEST = 1000  # characters
_SCHEMES = ("https", "http", "ssh", "git", "file")
_WORD = r"[A-Za-z0-9_][A-Za-z0-9_.-]*"
_SCP = re.compile(rf"(?:{_WORD}@)?({_WORD}):(?!:)([^:].*)")
_HOST = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*|[0-9A-Fa-f:]+")
_USER = re.compile(_WORD)
_HINT = "remote=https://forge.example/me/blog.git"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A repository elsewhere. `host` is that of the URL, with its port; "" for a folder."""

    url: str  # as git takes it
    scheme: str
    host: str
    path: str  # `me/blog`: with neither a slash at its ends nor `.git`

    @property
    def hostname(self) -> str:
        """The host without its port."""
        return urlsplit(f"//{self.host}").hostname or ""

    @property
    def is_elsewhere(self) -> bool:
        """Whether it is on a forge, and no folder of this machine."""
        return self.scheme != "file"

    def is_about(self, repository: str) -> bool:
        """Whether a forge that says `me/blog` means this one: the host has several names there."""
        named = repository.strip("/").removesuffix(".git").lower()
        return bool(named) and f"/{self.path.lower()}".endswith(f"/{named}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Login:
    """Who fetches, and with what. `user` "" is whatever the forge takes beside a token."""

    user: str
    token: str = field(repr=False)


def read_login(text: str) -> Login:
    """A token, or `USER:TOKEN`.

    Raises:
        RequestError: it cannot be one; it is not repeated.
    """
    if not text or len(text) > LONGEST or not text.isprintable() or not text.isascii():
        raise RequestError("this is no token: it is one line of ASCII", hint="remote-token=-")
    user, colon, token = text.strip().rpartition(":")
    if not token or (colon and not user):
        raise RequestError("this is no token", hint="TOKEN, or USER:TOKEN")
    return Login(user=user, token=token)


def read_remote(text: str) -> Remote:
    """The remote that a person names.

    Raises:
        RequestError: it is none that git may be given; what it says is not repeated where it
            could hold a password.
    """
    if not text or len(text) > LONGEST or not text.isprintable() or " " in text:
        raise RequestError("the remote is no URL", hint=_HINT)
    if text.startswith("/"):
        return _remote(text, "file", "", text)
    if "://" in text:
        return _from_url(text)
    if scp := _SCP.fullmatch(text):  # git@forge.example:me/blog.git
        return _remote(text, "ssh", scp[1], scp[2])
    raise RequestError("the remote is neither a URL nor a path from /", hint=_HINT)


def _from_url(text: str) -> Remote:
    parts, host = _split(text)
    if parts.scheme not in _SCHEMES:
        known = ", ".join(_SCHEMES)
        raise RequestError(f"a remote is one of {known}, not {parts.scheme[:20]!r}", hint=_HINT)
    if parts.password is not None or (parts.username and parts.scheme in ("http", "https")):
        raise RequestError(
            "a remote's URL holds no user and no password", hint="remote-token=- reads a token"
        )
    if parts.username and not _USER.fullmatch(parts.username):
        raise RequestError("the remote's user is no name", hint=_HINT)
    if parts.query or parts.fragment:
        raise RequestError("a remote's URL ends with its path", hint=_HINT)
    if bool(host) == (parts.scheme == "file"):
        raise RequestError("the remote names no host", hint=_HINT)
    return _remote(text, parts.scheme, host, parts.path)


def _split(text: str) -> tuple[SplitResult, str]:
    """A URL in its parts, and its host with the port."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise RequestError("the remote is no URL", hint=_HINT) from error
    name = parts.hostname or ""
    if name and not _HOST.fullmatch(name):
        raise RequestError("the remote's host is no name", hint=_HINT)
    bracketed = f"[{name}]" if ":" in name else name
    return parts, f"{bracketed}:{port}" if port else bracketed


def _remote(url: str, scheme: str, host: str, path: str) -> Remote:
    named = path.strip("/").removesuffix(".git")
    if not named:
        raise RequestError("the remote names no repository", hint=_HINT)
    return Remote(url=url, scheme=scheme, host=host, path=named)

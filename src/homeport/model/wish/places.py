"""Where a container wants to be found: hosts and paths, and what they lead to. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import msgspec

from homeport.model.wish.kinds import Protocol, Refused, one_of, port, port_of, said
from homeport.model.wish.meant import meant
from homeport.model.wish.regex import fault_of

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# Names, names with a wildcard at one end, addresses. RFC 1123; nginx, server_name.
_HOST = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*(?:\.\*)?|\[[0-9a-f:]{{2,39}}\]")
# What a path may hold unescaped by RFC 3986, less what means something to nginx.
_PATH = re.compile(r"/[A-Za-z0-9/._~!&()*+,=:@%-]{0,255}")
# nginx, location: a prefix, `= exact`, `^~ prefix`, `~ regex`, `~* regex`.
_LOCATION = re.compile(r"(=|\^~|~\*|~)[ ]*(.*)", re.DOTALL)
_COMMA = re.compile(r",(?!\d{0,3}\})")  # none of `{1,3}`
MOST_HOSTS = 100  # host names that one container may ask for; of hosts and paths together, too
_DEEPEST = 2 + 4  # stream and document; hosts, paths, ports, and one more for who errs
_LONGEST = 65536  # characters of VIRTUAL_HOST_MULTIPORTS
MULTIPORTS = "VIRTUAL_HOST_MULTIPORTS"


class Place(msgspec.Struct, frozen=True, kw_only=True):
    """A host and a path, and what they lead to.

    `host` may be a regular expression (`~...`), `path` any location of nginx's, as it was written:
    the files of vhost.d are named after its hash.
    """

    host: str
    path: str = "/"
    port: int = 0  # 0 where nothing says it
    dest: str = ""  # what stands in the place of the path when the container is asked
    proto: Protocol = Protocol.HTTP
    # Of the host: at which visitors reach it; 0 where nothing says it.
    external_http_port: int = 0
    external_https_port: int = 0


def is_regex(text: str) -> bool:
    """Whether a host or a path is a regular expression."""
    return text.startswith("~")


def location_of(path: str) -> tuple[str, str]:
    """The modifier of a path (`=`, `^~`, `~`, `~*` or ""), and what it is of."""
    found = _LOCATION.fullmatch(path)
    return (found[1], found[2]) if found else ("", path)


def read_places(env: Mapping[str, str]) -> tuple[Place, ...]:
    """Every place; none where nothing is asked for."""
    several = said(env, MULTIPORTS)
    places = tuple(_multiports(several) if several else _single(env))
    if len(places) > MOST_HOSTS:
        what = f"asks for {len(places)} hosts and paths"
        raise Refused(f"{MULTIPORTS} {what}, {MOST_HOSTS} are possible")
    return places


def _single(env: Mapping[str, str]) -> Iterator[Place]:
    hosts = _hosts(_COMMA.split(env.get("VIRTUAL_HOST", "")))
    path = _path(said(env, "VIRTUAL_PATH"), "VIRTUAL_PATH")
    dest = _dest(said(env, "VIRTUAL_DEST"), path, "VIRTUAL_DEST")
    proto = one_of(Protocol, env, "VIRTUAL_PROTO") or Protocol.HTTP
    number = port(env, "VIRTUAL_PORT")
    for host in hosts:
        yield Place(host=host, path=path, port=number, dest=dest, proto=proto)


def _hosts(parts: Iterable[str], name: str = "VIRTUAL_HOST") -> tuple[str, ...]:
    named = tuple(dict.fromkeys(host for part in parts if (host := _host(part, name))))
    if len(named) > MOST_HOSTS:
        raise Refused(f"{name} names {len(named)} hosts, {MOST_HOSTS} are possible")
    return named


def _host(part: str, name: str) -> str:
    text = part.strip()
    if is_regex(text):
        fault = fault_of(text[1:])
        if fault:
            raise Refused(f"{name} {text[:80]!r} is no regular expression for nginx: {fault}")
        return text
    host = text.lower()
    if host and (len(host) > 253 or not _HOST.fullmatch(host)):
        raise Refused(f"{name} {text[:80]!r} is no host name{meant(text)}")
    return host


def _path(text: str, name: str) -> str:
    modifier, rest = location_of(text or "/")
    if is_regex(modifier):
        fault = fault_of(rest)
        if fault:
            raise Refused(f"{name} {text[:80]!r} is no regular expression for nginx: {fault}")
    elif not _PATH.fullmatch(rest):
        raise _no_path(name, text)
    return text or "/"


def _dest(text: str, path: str, name: str) -> str:
    if text and not _PATH.fullmatch(text):
        raise _no_path(name, text)
    if text and is_regex(path):
        raise Refused(f"{name} cannot be where the path is a regular expression")
    return text


def _no_path(name: str, text: str) -> Refused:
    why = "" if text.startswith("/") else ": it does not begin with a slash"
    return Refused(f"{name} {text[:80]!r} is no plain path{why}")


# --- VIRTUAL_HOST_MULTIPORTS


def _multiports(text: str) -> Iterator[Place]:
    tree = _parsed(text)
    for written, paths in tree.items():
        host = _host(_word(written), MULTIPORTS)
        if not host:
            raise Refused(f"{MULTIPORTS} has a host without a name")
        found = _mapping(paths, host)
        external = {key: _external(key, found.pop(key, None)) for key in _EXTERNAL}
        for path, leads in (found or {"/": None}).items():
            yield _place(host, _path(_word(path), MULTIPORTS), leads, external)


_EXTERNAL = ("external_http_port", "external_https_port")


def _external(key: str, value: Any) -> int:
    return 0 if value is None else port_of(_word(value), f"{MULTIPORTS} {key}")


def _place(host: str, path: str, leads: Any, external: Mapping[str, int]) -> Place:
    values = _mapping(leads, f"{host} {path}")
    unknown = set(values) - {"port", "dest", "proto"}
    if unknown:
        named = str(sorted(map(str, unknown))[0])[:40]
        raise Refused(f"{MULTIPORTS} knows port, dest and proto, not {named!r}")
    said_here = {key: _word(value) for key, value in values.items() if value is not None}
    return Place(
        host=host,
        path=path,
        port=port_of(said_here.get("port", ""), f"{MULTIPORTS} port"),
        dest=_dest(said_here.get("dest", ""), path, f"{MULTIPORTS} dest"),
        proto=one_of(Protocol, said_here, "proto") or Protocol.HTTP,
        **external,
    )


def _parsed(text: str) -> dict[Any, Any]:
    # 20 ms, for the few who use it.
    import yaml

    if len(text) > _LONGEST:
        raise Refused(f"{MULTIPORTS} has {len(text)} characters, {_LONGEST} are possible")
    # Merged keys multiply: a kilobyte of them makes gigabytes.
    if "<<" in text or "!!" in text:
        raise Refused(f"{MULTIPORTS} may not merge keys or name types")
    try:
        if _depth(yaml.parse(text)) > _DEEPEST:
            raise Refused(f"{MULTIPORTS} is nested deeper than host, path and port")
        found = yaml.safe_load(text)
    except (yaml.YAMLError, ValueError, RecursionError) as error:
        reason = " ".join(str(error).split())[:120]
        raise Refused(f"{MULTIPORTS} is neither YAML nor JSON: {reason}") from error
    return _mapping(found, "it")


def _depth(events: Iterable[Any]) -> int:
    """How deep a text is nested; of one that is too deep, no more is read than that takes."""
    depth = deepest = 0
    for event in events:
        name = type(event).__name__
        depth += name.endswith("StartEvent") - name.endswith("EndEvent")
        deepest = max(deepest, depth)
        if deepest > _DEEPEST:
            break
    return deepest


def _mapping(found: Any, what: str) -> dict[Any, Any]:
    if found is None or found == "":
        return {}
    if not isinstance(found, dict):
        raise Refused(f"{MULTIPORTS}: what {what[:80]} leads to is no mapping")
    return found


def _word(value: Any) -> str:
    if isinstance(value, (dict, list)):
        # It is not shown: a kilobyte of references to one another makes gigabytes.
        raise Refused(f"{MULTIPORTS}: a {type(value).__name__} is neither a text nor a number")
    if isinstance(value, bool) or not isinstance(value, (str, int)):
        raise Refused(f"{MULTIPORTS}: {str(value)[:40]!r} is neither a text nor a number")
    return str(value).strip()

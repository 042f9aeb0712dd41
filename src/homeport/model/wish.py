"""What a container asks of the proxy, by its environment: nginx-proxy's variables. Pure.

`VIRTUAL_HOST` (comma list), `VIRTUAL_PORT` and `VIRTUAL_PATH`. A value that cannot be is refused by
name and reason: where a compose file is read, and again where a container is routed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from homeport.errors import RequestError

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
# Names, names with a wildcard at one end, addresses. RFC 1123; nginx, server_name.
_HOST = re.compile(rf"(?:\*\.)?{_LABEL}(?:\.{_LABEL})*(?:\.\*)?|\[[0-9a-f:]{{2,39}}\]")
# What a path may hold unescaped by RFC 3986, less what means something to nginx.
_PATH = re.compile(r"/[A-Za-z0-9/._~!&()*+,=:@%-]{0,255}")
MOST_HOSTS = 100  # host names that one container may ask for


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a container asks for, once it is known to be possible."""

    hosts: tuple[str, ...]
    path: str
    port: int  # 0 where nothing says it


class Refused(RequestError):
    """A wish that cannot be carried out; the message says why."""


def read_wish(environment: Mapping[str, str]) -> Wish:
    """What these variables ask for; no hosts where they ask for nothing.

    Raises:
        Refused: a value cannot be.
    """
    hosts = _hosts(environment.get("VIRTUAL_HOST", ""))
    path = environment.get("VIRTUAL_PATH") or "/"
    if not _PATH.fullmatch(path):
        raise Refused(f"VIRTUAL_PATH {path[:80]!r} is no plain path")
    return Wish(hosts=hosts, path=path, port=_port(environment.get("VIRTUAL_PORT", "").strip()))


def only_port(exposed: Iterable[str]) -> int:
    """The only TCP port of `5000/tcp, ...`, else 80: nginx-proxy's rule."""
    ports = [port.split("/")[0] for port in exposed if port.endswith("/tcp")]
    return int(ports[0]) if len(ports) == 1 and ports[0].isdigit() else 80


def _hosts(text: str) -> tuple[str, ...]:
    named = tuple(dict.fromkeys(h for part in text.split(",") if (h := part.strip().lower())))
    if len(named) > MOST_HOSTS:
        raise Refused(f"VIRTUAL_HOST names {len(named)} hosts, {MOST_HOSTS} are possible")
    for host in named:
        if len(host) > 253 or not _HOST.fullmatch(host):
            raise Refused(f"VIRTUAL_HOST {host[:80]!r} is no host name")
    return named


def _port(text: str) -> int:
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 65536:
        raise Refused(f"VIRTUAL_PORT {text[:20]!r} is no port")
    return int(text)

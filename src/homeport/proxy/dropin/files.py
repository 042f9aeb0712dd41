"""What an administrator put into /etc/nginx: looked at, not read; nginx reads it."""

from __future__ import annotations

import functools
import os
import re
from pathlib import Path

import msgspec

_FOLDERS = ("vhost.d", "htpasswd", "certs", "conf.d", "toplevel.conf.d")
_SINGLE = ("proxy.conf", "network_internal.conf", "dhparam/dhparam.pem")
_ERRORS = "/usr/share/nginx/html/errors/50x.html"
GENERATED = "default.conf"
# Where a template of one's own is mounted for nginx-proxy, and for docker-gen beside nginx.
_TEMPLATES = ("app/nginx.tmpl", "etc/docker-gen/templates/nginx.tmpl")
_SERVER = re.compile(rb"(^|[;{}\s])server\s*\{")
# What acme-companion before 2.3 writes into the files of vhost.d.
_CHALLENGE = re.compile(
    rb"^[ \t]*location\s+(\^~\s*)?/\.well-known/acme-challenge/\s*\{", re.MULTILINE
)


class Files(msgspec.Struct, frozen=True, kw_only=True):
    """The names that are there, and a stamp that is another whenever one of them is changed."""

    root: str = "/etc/nginx"
    vhosts: frozenset[str] = frozenset()
    htpasswd: frozenset[str] = frozenset()
    certs: frozenset[str] = frozenset()
    proxy_conf: bool = False
    network_internal: bool = False
    dhparam: bool = False
    error_page: bool = False
    servers: bool = False  # whether a file of the administrator's in conf.d has servers
    challenges: frozenset[str] = frozenset()  # those of vhost.d that answer authorities themselves
    stamp: tuple[tuple[str, int, int, int], ...] = ()

    def stamp_of(self, paths: frozenset[str]) -> tuple[tuple[str, int, int, int], ...]:
        """Of some of them."""
        return tuple(one for one in self.stamp if one[0] in paths)


def look(root: Path) -> Files:
    """What is there now: a few microseconds for each file."""
    found = {name: _folder(root / name) for name in _FOLDERS}
    single = {name: _file(root / name) for name in _SINGLE}
    found["conf.d"] = [one for one in found["conf.d"] if not _is_ours(one[0])]
    every = [one for folder in found.values() for one in folder]
    every += [one for one in single.values() if one]
    names = {key: frozenset(Path(one[0]).name for one in value) for key, value in found.items()}
    return Files(
        root=str(root),
        vhosts=names["vhost.d"],
        htpasswd=names["htpasswd"],
        certs=names["certs"],
        proxy_conf=bool(single["proxy.conf"]),
        network_internal=bool(single["network_internal.conf"]),
        dhparam=bool(single["dhparam/dhparam.pem"]),
        error_page=Path(_ERRORS).is_file(),
        servers=any(_has(_SERVER, one) for one in found["conf.d"]),
        challenges=frozenset(
            Path(one[0]).name for one in found["vhost.d"] if _has(_CHALLENGE, one)
        ),
        stamp=tuple(sorted(every)),
    )


def templates(root: Path) -> list[Path]:
    """Those for docker-gen that an administrator mounted below a root: nothing comes of them."""
    return [root / name for name in _TEMPLATES if (root / name).exists()]


def _is_ours(path: str) -> bool:
    return Path(path).name == GENERATED or not path.endswith(".conf")


@functools.lru_cache(maxsize=256)
def _has(pattern: re.Pattern[bytes], file: tuple[str, int, int, int]) -> bool:
    try:
        return pattern.search(Path(file[0]).read_bytes()) is not None
    except OSError:  # gone meanwhile: the next look sees that
        return False


def _folder(folder: Path) -> list[tuple[str, int, int, int]]:
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return []
    return [found for entry in entries if (found := _file(Path(entry.path)))]


def _file(path: Path) -> tuple[str, int, int, int] | None:
    try:
        seen = path.stat()
    except OSError:  # not there, or a link to nowhere
        return None
    if not path.is_file():
        return None
    return str(path), seen.st_mtime_ns, seen.st_size, seen.st_ino

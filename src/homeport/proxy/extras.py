"""What the box's owner adds to a site: nginx-proxy's folders `vhost.d` and `htpasswd`.

nginx reads copies, named by their content: whatever becomes of the files, what it serves stays
whole, and a change is another configuration.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from homeport.model.route import Files, Route, RouteTable

_SERVERS, _USERS = "vhost.d", "htpasswd"
Stamp = tuple[int, int, int]  # time, size and inode


class Extras:
    """Both folders, and the copies of what is in them."""

    def __init__(self, folder: Path, copies: Path) -> None:
        """`folder` holds both; `copies` is what nginx sees."""
        self._folders = {name: folder / name for name in (_SERVERS, _USERS)}
        self._copies = copies
        self._stamps: dict[str, dict[str, Stamp]] = {}
        self._digests: dict[str, dict[str, str]] = {_SERVERS: {}, _USERS: {}}

    def prepare(self) -> None:
        """Make the folders."""
        for folder in (*self._folders.values(), self._copies):
            folder.mkdir(parents=True, exist_ok=True)

    def is_stale(self) -> bool:
        """Whether something changed since `look`."""
        return self._stamps != self._look()

    def look(self) -> None:
        """Copy what changed."""
        stamps = self._look()
        for name, found in stamps.items():
            before, known = self._stamps.get(name, {}), self._digests[name]
            self._digests[name] = {
                file: known[file]
                if before.get(file) == stamp and file in known
                else self._copy(self._folders[name] / file)
                for file, stamp in found.items()
            }
        self._stamps = stamps

    def given_to(self, table: RouteTable) -> RouteTable:
        """The table, each route with its files."""
        if not any(self._digests.values()):
            return table
        servers, users = self._digests[_SERVERS], self._digests[_USERS]
        routes = (replace(r, files=files_of(r, servers, users)) for r in table.routes)
        return replace(table, routes=tuple(routes))

    def forget_but(self, configuration: str) -> None:
        """Remove the copies that nothing uses, now that nginx serves this configuration."""
        known = {digest for found in self._digests.values() for digest in found.values()}
        for path in self._copies.glob("*"):
            if path.name not in known and path.name not in configuration:
                path.unlink(missing_ok=True)

    def _look(self) -> dict[str, dict[str, Stamp]]:
        return {name: _stamps(folder) for name, folder in self._folders.items()}

    def _copy(self, path: Path) -> str:
        try:
            content = path.read_bytes()
        except OSError:
            return ""
        digest = hashlib.sha256(content).hexdigest()[:24]
        beside = self._copies / f"{digest}.new"
        beside.write_bytes(content)
        # nginx's workers are another user; the folder above is closed to everybody else.
        beside.chmod(0o644)
        beside.replace(self._copies / digest)
        return digest


def files_of(route: Route, servers: Mapping[str, str], users: Mapping[str, str]) -> Files:
    """The files of a route, by nginx-proxy's names.

    HOST, HOST_location, HOST_SHA1-OF-PATH_location, and the last two with `_override` behind.
    """
    host = route.host
    if host.startswith("~"):
        host = _sha1(host)  # nginx-proxy's name for it
    of_path, whole = f"{host}_{_sha1(route.path)}", route.path == "/"
    overrides = (of_path, host) if whole else (of_path,)
    return Files(
        server=_first(servers, host, "default"),
        location=_first(servers, f"{of_path}_location", f"{host}_location", "default_location"),
        override=_first(servers, *(f"{name}_location_override" for name in overrides)),
        users=_first(users, of_path, host),
    )


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()


def _first(found: Mapping[str, str], *names: str) -> str:
    return next((found[name] for name in names if found.get(name)), "")


def _stamps(folder: Path) -> dict[str, Stamp]:
    found = {}
    try:
        for entry in os.scandir(folder):
            if entry.is_file():
                seen = entry.stat()
                found[entry.name] = (seen.st_mtime_ns, seen.st_size, seen.st_ino)
    except OSError:  # it went meanwhile
        return found
    return found

"""The folder of certificates: looked at once for each change, and told by name where one is bad."""

from __future__ import annotations

import json
import os
import sys
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from homeport.engine import process
from homeport.errors import HomeportError
from homeport.model.tls import Certificate
from homeport.proxy.tls.choose import expires_next, fault

# Seconds in which a certificate and its key may be written, one after the other.
_WRITES = 2.0
_AGAIN = 30.0  # seconds until one is looked at again that could not be copied: a disk is full
_SUFFIXES = (".dhparam.pem", ".ca.crt", ".crl.pem", ".crt", ".key")
Stamp = frozenset[tuple[str, int, int, int]]  # name, time, size and inode of each file


class Certificates:
    """Files NAME.crt and NAME.key in a folder that people and ACME write to."""

    def __init__(self, folder: Path, copies: Path) -> None:
        """`copies` is for nginx: what was found to be good, under a name that never changes."""
        self.folder, self._copies = folder, copies
        self.found: dict[str, Certificate] = {}
        self._stamps: dict[str, Stamp] = {}
        self._next = 0.0  # when to look again though no file changes
        self._uncopied: set[str] = set()

    def prepare(self) -> None:
        """Make the folder: nobody but this user reads keys."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def is_stale(self) -> bool:
        """Whether something changed since `look`, or one expired: a few microseconds a file."""
        return self._stamps != _stamps(self.folder) or 0 < self._next <= time.time()

    async def look(self) -> Mapping[str, Certificate]:
        """What there is, by name; only what changed is read again."""
        stamps, now = _stamps(self.folder), time.time()
        found = {name: known for name, known in self.found.items() if name in stamps}
        looked = await self._examine(self._changed(stamps))
        unsettled, self._uncopied = set(), set()
        for one in looked:
            if not one.copied:
                self._uncopied.add(one.name)
                found.setdefault(one.name, one)  # what nginx has of it is good still
            elif one.fault and _is_young(stamps[one.name], now):
                unsettled.add(one.name)  # its key may be about to be written
            else:
                found[one.name] = one
        self.found = found
        self._stamps = {name: s for name, s in stamps.items() if name not in unsettled}
        again = _WRITES if unsettled else _AGAIN if self._uncopied else 0.0
        self._next = now + again if again else expires_next(found.values(), now)
        return found

    def _changed(self, stamps: Mapping[str, Stamp]) -> list[str]:
        """The names that are to be looked at."""
        uncopied = self._uncopied & stamps.keys()
        return [n for n, s in stamps.items() if self._stamps.get(n) != s or n in uncopied]

    def faults(self) -> dict[str, str]:
        """Why a certificate cannot be used, by name."""
        now = time.time()
        faults = {name: fault(one, now) for name, one in sorted(self.found.items())}
        return {name: why for name, why in faults.items() if why}

    def forget_but(self, configuration: str) -> None:
        """Remove the copies that nginx uses no longer, now that it serves this configuration."""
        known = {one.digest for one in self.found.values()}
        for path in self._copies.glob("*.*"):
            digest = path.name.partition(".")[0]
            if digest not in known and digest not in configuration:
                path.unlink(missing_ok=True)

    async def _examine(self, names: Iterable[str]) -> list[Certificate]:
        names = list(names)
        if not names:
            return []
        program = [sys.executable, "-m", "homeport.proxy.tls.snapshot"]
        done = await process.run([*program, self.folder, self._copies, *names])
        if done.status:
            raise HomeportError(f"the certificates could not be looked at: {done.complaint}")
        return [
            Certificate(**{**one, "names": tuple(one["names"])}) for one in json.loads(done.stdout)
        ]


def _stamps(folder: Path) -> dict[str, Stamp]:
    """The state of each pair's files, without reading them."""
    files: dict[str, set[tuple[str, int, int, int]]] = {}
    try:
        entries = list(os.scandir(folder))
    except OSError:
        return {}
    for entry in entries:
        suffix = next((s for s in _SUFFIXES if entry.name.endswith(s)), "")
        if suffix:
            files.setdefault(entry.name.removesuffix(suffix), set()).add(_stamp(entry))
    pairs = {name: {entry[0] for entry in found} for name, found in files.items()}
    return {
        name: frozenset(files[name])
        for name, there in sorted(pairs.items())
        if {f"{name}.crt", f"{name}.key"} <= there
    }


def _stamp(entry: os.DirEntry[str]) -> tuple[str, int, int, int]:
    try:
        found = entry.stat()
    except OSError:  # a link to nowhere
        return entry.name, 0, 0, 0
    return entry.name, found.st_mtime_ns, found.st_size, found.st_ino


def _is_young(stamp: Stamp, now: float) -> bool:
    return any(now - changed / 1e9 < _WRITES for _, changed, _, _ in stamp)

"""Certificates and their private keys on disk: each pair whole, and switched in one step.

    certs/HOST.crt, HOST.key        what nginx is given, by nginx-proxy's rule: links into
    certs/.made/KEY/current         a link to one of
    certs/.made/KEY/VERSION/        fullchain.pem, key.pem, about.json

The switch is a rename of `current`: nobody ever meets a certificate with another's key. Files that
homeport did not make are never touched, and go before its own.
"""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

import msgspec

from homeport.certs.model import Held, Wanted, file_name

MADE = ".made"
_CURRENT = "current"
_CHAIN, _KEY, _ABOUT = "fullchain.pem", "key.pem", "about.json"
_SUFFIXES = {".crt": _CHAIN, ".key": _KEY}
_KEPT = 2  # versions of a pair: this one and the one before
_State = tuple[int, ...]
_Known = tuple[_State, Held | None]


class Folder:
    """The folder that nginx is given."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._made = path / MADE
        self._known: dict[str, _Known] = {}  # as they were read last

    def prepare(self) -> None:
        """Make it; nobody else may enter."""
        self.path.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._made.mkdir(exist_ok=True, mode=0o700)
        self.path.chmod(0o700)

    def held(self) -> dict[str, Held]:
        """The pairs that are whole, by the key of what was wanted.

        Of a thousand, those alone are read that changed: the daemon has other things to do.
        """
        before, self._known = self._known, {}
        with contextlib.suppress(FileNotFoundError), os.scandir(self._made) as places:
            self._known = {place.name: _looked_at(place, before) for place in places}
        return {key: held for key, (_, held) in self._known.items() if held is not None}

    def put(self, key: str, held: Held, chain: bytes, private: bytes) -> None:
        """Keep a pair, and let it be the current one.

        Raises:
            OSError: it could not be written; what was current is current still.
        """
        place = self._made / key
        place.mkdir(parents=True, exist_ok=True, mode=0o700)
        version = f"{int(held.not_before)}-{held.serial[-16:]}"
        with _beside(place / version) as new:
            write_whole(new / _KEY, private)
            write_whole(new / _CHAIN, chain)
            write_whole(new / _ABOUT, msgspec.json.encode(held))
        _point(place / _CURRENT, version)
        _forget_old(place, version)

    def chain(self, key: str) -> bytes:
        """The certificate that is current, with its chain."""
        return (self._made / key / _CURRENT / _CHAIN).read_bytes()

    def private_key(self, key: str) -> bytes:
        """The private key that is current."""
        return (self._made / key / _CURRENT / _KEY).read_bytes()

    def theirs(self) -> set[str]:
        """The names of certificates that a person put here, without .crt."""
        found = self.path.glob("*.crt") if self.path.is_dir() else ()
        return {path.stem for path in found if not self._is_ours(path)}

    def link(self, wanted: Iterable[Wanted], held: Mapping[str, Held]) -> bool:
        """Let each name lead to its pair; whether anything changed."""
        changed = False
        for one in wanted:
            if one.key in held:
                for name in one.names:
                    changed |= self._link(file_name(name), one.key)
        return changed

    def mark_revoked(self, key: str, held: Held) -> None:
        """Remember it, across restarts."""
        about = msgspec.json.encode(msgspec.structs.replace(held, revoked=True))
        write_whole(self._made / key / _CURRENT / _ABOUT, about)

    def forget(self, key: str) -> None:
        """Take a pair and its links away."""
        for path in self.path.iterdir():
            if path.suffix in _SUFFIXES and self._leads_to(path) == key:
                path.unlink(missing_ok=True)
        shutil.rmtree(self._made / key, ignore_errors=True)

    def _link(self, called: str, key: str) -> bool:
        """Both links, the key's first: nginx looks for a pair when it sees the certificate."""
        changed = False
        for suffix in (".key", ".crt"):
            path = self.path / f"{called}{suffix}"
            target = f"{MADE}/{key}/{_CURRENT}/{_SUFFIXES[suffix]}"
            if _target(path) == target:
                continue
            if (path.exists() or path.is_symlink()) and not self._is_ours(path):
                return changed
            _point(path, target)
            changed = True
        return changed

    def _is_ours(self, path: Path) -> bool:
        return bool(self._leads_to(path))

    def _leads_to(self, path: Path) -> str:
        """The key of the pair that a link leads to; "" for what is no link of ours."""
        parts = _target(path).split("/")
        return parts[1] if len(parts) == 4 and parts[0] == MADE else ""


def _looked_at(place: os.DirEntry[str], before: Mapping[str, _Known]) -> _Known:
    current = f"{place.path}/{_CURRENT}"
    state, known = _state(current), before.get(place.name)
    return known if known and known[0] == state else (state, _read(Path(current)))


def _target(path: Path) -> str:
    """Where a link leads to; "" for what is no link."""
    try:
        return os.readlink(path)  # noqa: PTH115 - of a thousand, pathlib takes most of the time
    except OSError:
        return ""


def _state(current: str) -> _State:
    """What is otherwise whenever a file of the pair came, went or was replaced."""
    try:
        found = os.stat(current)  # noqa: PTH116 - as above
    except OSError:
        return ()
    return found.st_ino, found.st_mtime_ns


def write_whole(path: Path, content: bytes, *, mode: int = 0o600) -> None:
    """Write a file, by default one that its owner alone may read: whole, or as it was before.

    Raises:
        OSError: it could not be.
    """
    beside = path.with_name(f".{path.name}.{os.getpid()}.new")
    try:
        opened = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
        with os.fdopen(opened, "wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        beside.replace(path)
    except OSError:
        beside.unlink(missing_ok=True)
        raise
    _settle(path.parent)


@contextlib.contextmanager
def _beside(folder: Path) -> Iterator[Path]:
    """A folder that appears under its name once the block has filled it."""
    new = folder.with_name(f".{folder.name}.{os.getpid()}.new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(mode=0o700)
    try:
        yield new
        shutil.rmtree(folder, ignore_errors=True)
        new.replace(folder)
    except BaseException:
        shutil.rmtree(new, ignore_errors=True)
        raise
    _settle(folder.parent)


def _point(link: Path, target: str) -> None:
    """Let a link lead somewhere else, in one step."""
    beside = link.with_name(f".{link.name}.{os.getpid()}.new")
    beside.unlink(missing_ok=True)
    beside.symlink_to(target)
    beside.replace(link)
    _settle(link.parent)


def _settle(folder: Path) -> None:
    """What was renamed in a folder is on disk, whatever happens to the power."""
    opened = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(opened)
    finally:
        os.close(opened)


def _read(current: Path) -> Held | None:
    """What is said of a pair; None where a part of it is missing."""
    try:
        if not all((current / name).stat().st_size for name in (_CHAIN, _KEY)):
            return None
        return msgspec.json.decode((current / _ABOUT).read_bytes(), type=Held)
    except (OSError, msgspec.DecodeError):
        return None


def _forget_old(place: Path, version: str) -> None:
    versions = [p for p in place.iterdir() if p.is_dir() and not p.is_symlink()]
    versions.sort(key=lambda p: (p.name == version, p.stat().st_mtime))
    for old in versions[:-_KEPT]:
        shutil.rmtree(old, ignore_errors=True)

"""The files: the configuration, ddclient's cache, and our manners beside it."""

from __future__ import annotations

import contextlib
import os
import secrets
import stat
from dataclasses import dataclass
from pathlib import Path

from homeport.dns.ddclient import cache as caches
from homeport.dns.ddclient import manners as manners_
from homeport.dns.ddclient.cache import Cache
from homeport.dns.ddclient.manners import Manners
from homeport.dns.ddclient.model import Note
from homeport.errors import FileFault


@dataclass(frozen=True, slots=True)
class Read:
    """A file of configuration: its text, and who else may read or write it."""

    text: str
    notes: tuple[Note, ...] = ()


def read_config(path: Path) -> Read:
    """The configuration. ddclient closes it to others itself; here that is the owner's to do."""
    try:
        with path.open("rb") as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read().decode(errors="surrogateescape")
    except OSError as error:
        hint = "homeport ddns --file PATH names another"
        raise FileFault(f"cannot be read: {error.strerror}", file=str(path), hint=hint) from error
    told = f"others may read it, and the passwords in it: chmod 600 {path}"
    return Read(text, (Note(0, told),) if mode & 0o077 else ())


# What should stand in files, and could not be written: a program that goes on remembers it.
Unwritten = dict[Path, str]


def read_cache(path: Path, compat: str, unwritten: Unwritten) -> Cache:
    """The cache; one that cannot be read counts as empty, and says so."""
    if path in unwritten:
        return caches.parse(unwritten[path], compat)
    try:
        text = path.read_bytes().decode(errors="surrogateescape")
    except FileNotFoundError:
        return Cache()
    except OSError as error:
        return Cache(notes=(Note(0, f"cannot be read: {error.strerror}"),))
    return caches.parse(text, compat)


def manners_path(cache: Path) -> Path:
    """Beside the cache."""
    return cache.with_name(f"{cache.name}.homeport")


def read_manners(cache: Path, unwritten: Unwritten) -> Manners:
    """What is kept of providers' patience."""
    text = unwritten.get(manners_path(cache), "")
    with contextlib.suppress(OSError, UnicodeDecodeError):
        text = text or manners_path(cache).read_text()
    return manners_.parse(text, secrets.token_hex(16))


def write(path: Path, text: str) -> str:
    """A whole file, readable for its owner alone; "" or what went wrong."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        _replace(path, text.encode(errors="surrogateescape"))
    except OSError as error:
        return f"{path} cannot be written: {error.strerror}"
    return ""


def keep(path: Path, text: str, unwritten: Unwritten) -> str:
    """As write; what cannot be written is remembered."""
    fault = write(path, text)
    if fault:
        unwritten[path] = text
    else:
        unwritten.pop(path, None)
    return fault


def _replace(path: Path, content: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    try:
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(content)
        beside.replace(path)
    except OSError:
        # A file that is mounted by itself cannot be replaced, but it can be written.
        beside.unlink(missing_ok=True)
        if not path.exists():
            raise
        path.write_bytes(content)

"""The account at an ACME server: its private key, and the URL that the server knows it by."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from homeport.certs.folder import write_whole


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of an account, in a file that its owner alone may read."""

    directory: str
    email: str
    key: str  # PEM
    url: str = ""  # "": not registered


class Accounts:
    """One file for each directory and address of e-mail."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextlib.contextmanager
    def only_one(self, directory: str, email: str) -> Iterator[None]:
        """Nobody else registers this account meanwhile: processes order beside each other."""
        with self._path(directory, email).with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def load(self, directory: str, email: str) -> Account | None:
        """The account; None where there is none."""
        try:
            read = self._path(directory, email).read_bytes()
            return msgspec.json.decode(read, type=Account)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def save(self, account: Account) -> None:
        """Keep it."""
        path = self._path(account.directory, account.email)
        write_whole(path, msgspec.json.encode(account))

    def _path(self, directory: str, email: str) -> Path:
        digest = hashlib.sha256(f"{directory} {email}".encode()).hexdigest()[:16]
        return self._folder / f"{digest}.json"

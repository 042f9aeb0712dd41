"""The account at an ACME server: its private key, and the URL that the server knows it by."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
from collections.abc import Iterator
from pathlib import Path

import msgspec

from homeport.certs.folder import write_whole
from homeport.certs.model import Holder


class Account(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of an account, in a file that its owner alone may read."""

    directory: str
    email: str
    key: str  # PEM
    url: str = ""  # "": not registered
    key_id: str = ""  # of the external account that it is bound to


class Accounts:
    """One file for each who has one."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    @contextlib.contextmanager
    def only_one(self, holder: Holder) -> Iterator[None]:
        """Nobody else registers this account meanwhile: processes order beside each other."""
        with self._path(holder).with_suffix(".lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def load(self, holder: Holder) -> Account | None:
        """The account; None where there is none."""
        try:
            read = self._path(holder).read_bytes()
            return msgspec.json.decode(read, type=Account)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def save(self, account: Account) -> None:
        """Keep it."""
        holder = Holder(directory=account.directory, email=account.email, key_id=account.key_id)
        write_whole(self._path(holder), msgspec.json.encode(account))

    def _path(self, holder: Holder) -> Path:
        text = " ".join((holder.directory, holder.email, *filter(None, (holder.key_id,))))
        digest = hashlib.sha256(text.encode()).hexdigest()[:16]
        return self._folder / f"{digest}.json"

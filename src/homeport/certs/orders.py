"""Orders under way, on disk: one that a crash interrupted is picked up again, not placed twice."""

from __future__ import annotations

from pathlib import Path

import msgspec

from homeport.certs.folder import write_whole


class Order(msgspec.Struct, frozen=True, kw_only=True):
    """What is kept of an order: with its private key, a certificate can still be fetched."""

    account: str  # its URL: another account may not see the order
    names: tuple[str, ...]
    key: str  # PEM, of the certificate
    url: str = ""  # "": it is about to be placed
    tries: int = 0  # how often its server answered what is no answer


class Orders:
    """One file for each certificate that is being ordered."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def load(self, key: str) -> Order | None:
        """The order of a certificate; None where there is none."""
        try:
            return msgspec.json.decode(self._path(key).read_bytes(), type=Order)
        except (FileNotFoundError, msgspec.DecodeError):
            return None

    def save(self, key: str, order: Order) -> None:
        """Keep it, before anything is asked for it."""
        write_whole(self._path(key), msgspec.json.encode(order))

    def forget(self, key: str) -> None:
        """It is over."""
        self._path(key).unlink(missing_ok=True)

    def _path(self, key: str) -> Path:
        return self._folder / f"{key}.json"

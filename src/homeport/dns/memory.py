"""What the records' loop remembers across restarts, in one file: it never holds a secret."""

from __future__ import annotations

import hashlib
from pathlib import Path

import msgspec

from homeport.dns.model import Addresses, Zone
from homeport.dns.patience import Patience


class Memory(msgspec.Struct, kw_only=True):
    """Hosts that were made, since not every provider can list; back-off; the last address."""

    hosts: dict[str, list[str]] = {}  # zone -> hosts
    patience: dict[str, Patience] = {}  # zone -> when it is asked again
    v4: str = ""
    v6: str = ""

    @property
    def addresses(self) -> Addresses:
        """What was reported last."""
        return Addresses(v4=self.v4, v6=self.v6)


def load(path: Path) -> Memory:
    """What was kept; nothing where the file is not there, or was cut short."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    except (OSError, msgspec.DecodeError):
        return Memory()


def save(path: Path, memory: Memory) -> None:
    """Beside, then renamed: it is whole or not there."""
    beside = path.with_suffix(".new")
    beside.write_bytes(msgspec.json.encode(memory))
    beside.chmod(0o600)
    beside.replace(path)


def digest(zone: Zone) -> str:
    """Of all that a zone says; it tells nothing about a secret that is long enough to be one."""
    text = repr((zone.name, zone.provider, zone.ttl, sorted(zone.options.items())))
    return hashlib.sha256(text.encode()).hexdigest()[:16]

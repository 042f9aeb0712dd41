"""What the records' loop remembers across restarts, in one file: it never holds a secret."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable
from pathlib import Path

import msgspec

from homeport.dns.manners import Sent
from homeport.dns.model import Addresses, Zone
from homeport.dns.patience import Patience


class Memory(msgspec.Struct, kw_only=True):
    """Hosts that were made, since not every provider can list; back-off; the last address."""

    hosts: dict[str, list[str]] = {}  # zone -> hosts
    owners: dict[str, str] = {}  # host -> owner, where the provider cannot mark it
    sent: dict[str, Sent] = {}  # host -> what its provider was told last
    patience: dict[str, Patience] = {}  # zone -> when it is asked again
    resting: dict[str, dict[str, Patience]] = {}  # zone -> host -> when it is asked for again
    v4: str = ""
    v6: str = ""

    @property
    def addresses(self) -> Addresses:
        """What was reported last."""
        return Addresses(v4=self.v4, v6=self.v6)


def load(path: Path, lost: Callable[[str], None] = lambda _: None) -> Memory:
    """What was kept; nothing where the file is not there. `lost` is told where it is damaged."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    except FileNotFoundError:
        return Memory()
    except (OSError, msgspec.DecodeError) as error:
        lost(f"{path} cannot be read, and is begun anew: {error}")
        return Memory()


def save(path: Path, memory: Memory) -> None:
    """Beside, then renamed: it is whole or not there."""
    beside = path.with_suffix(".new")
    with beside.open("wb") as file:
        beside.chmod(0o600)
        file.write(msgspec.json.encode(memory))
        file.flush()
        os.fsync(file.fileno())
    beside.replace(path)


def digest(zone: Zone) -> str:
    """Of all that a zone says; it tells nothing about a secret that is long enough to be one."""
    given = (sorted(zone.options.items()), zone.hosts, zone.nameservers)
    text = repr((zone.name, zone.provider, zone.ttl, given))
    return hashlib.sha256(text.encode()).hexdigest()[:16]

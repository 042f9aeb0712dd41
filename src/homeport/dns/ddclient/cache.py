"""ddclient's cache: what each host had last, and how it went. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from homeport.dns.ddclient.grammar import read
from homeport.dns.ddclient.model import Note, Values
from homeport.dns.ddclient.protocols.known import PROTOCOLS
from homeport.dns.ddclient.words import known

_STAMP = re.compile(r"##\s*ddclient-(\d+\.\d+)\S*\s*", re.IGNORECASE)
_VERSIONS = {"3.10": "3.10.0", "4.0": "4.0.0"}


@dataclass(frozen=True, slots=True)
class Cache:
    """A cache, read: what is remembered of each host, and what was wrong with the file."""

    hosts: Mapping[str, Values] = field(default_factory=dict)
    notes: tuple[Note, ...] = ()


def parse(text: str, compat: str) -> Cache:
    """What a cache says. One that was cut off, or that is something else, says nothing."""
    if not text:
        return Cache()
    stamp, _, rest = text.partition("\n")
    if not _STAMP.fullmatch(stamp.rstrip("\r")):
        return Cache(notes=(Note(1, "this is no cache of ddclient's: it counts as empty"),))
    notes: tuple[Note, ...] = ()
    if not text.endswith("\n"):
        # The last line was cut off: whatever it says may be half of something.
        rest = rest[: rest.rfind("\n") + 1]
        notes = (Note(0, "the cache ends in the middle of a line, which is left out"),)
    file = read(rest, known(compat), protocols=PROTOCOLS[compat])
    hosts = {name: dict(entry.values) for name, entry in file.hosts.items()}
    return Cache(hosts, notes + tuple(file.notes))


def render(hosts: Mapping[str, Values], now: int, compat: str) -> str:
    """The file, as ddclient of that version writes it; sorted."""
    stamp = f"## ddclient-{_VERSIONS[compat]}"
    when = datetime.fromtimestamp(now).astimezone()
    pretty = f"{when:%a %b} {when.day:2d} {when:%H:%M:%S %Y}"
    return f"{stamp}\n## last updated at {pretty} ({now})\n{body(hosts)}"


def body(hosts: Mapping[str, Values]) -> str:
    """The lines of the hosts."""
    lines = []
    for name in sorted(hosts):
        pairs = ",".join(f"{key}={hosts[name][key] or ''}" for key in sorted(hosts[name]))
        lines.append(f"{pairs} {name}\n" if pairs else f"{name}\n")
    return "".join(lines)


def after_update(
    kept: Values, configured: Values, cacheable: frozenset[str], changed: Values
) -> Values:
    """What is remembered of a host that was updated, whether it went well or not."""
    # Addresses of the file are not remembered: an update that failed has not set them.
    said = {
        key: value
        for key, value in configured.items()
        if key in cacheable and value is not None and key not in ("ip", "ipv4", "ipv6")
    }
    return {**kept, **said, **{k: v for k, v in changed.items() if k in cacheable}}

"""Why a host is updated or is not, and when next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime

from homeport.dns.ddclient.decide import Decision
from homeport.dns.ddclient.manners import Standing
from homeport.dns.ddclient.model import Values, Wanted
from homeport.dns.ddclient.settle import Configured


@dataclass(frozen=True, slots=True, kw_only=True)
class Explained:
    """Everything that the decision about a host went by."""

    host: str
    protocol: str
    line: int  # of the file
    wanted: Mapping[str, str]
    remembered: Mapping[str, str]
    update: bool
    why: str
    next: str  # "" where that is the next change
    refused: str


def explained(
    host: Configured,
    line: int,
    wanted: Wanted,
    kept: Values | None,
    decision: Decision,
    standing: Standing,
) -> Explained:
    """Put together."""
    known = ("ip", "ipv4", "ipv6", "status", "status-ipv4", "status-ipv6")
    times = ("mtime", "atime", "wtime")
    remembered = {key: str(kept[key]) for key in known if kept and kept.get(key)}
    remembered |= {k: _when(kept.get(k)) for k in times if kept and _when(kept.get(k))}
    return Explained(
        host=host.name,
        protocol=host.protocol.name,
        line=line,
        wanted={key: value for key, value in asdict(wanted).items() if value},
        remembered=remembered,
        update=decision.update,
        why=decision.why,
        next=_when(str(decision.next)),
        refused=standing.refused,
    )


def _when(seconds: str | None) -> str:
    if not seconds or not seconds.isdigit() or int(seconds) <= 30:
        return ""
    return f"{datetime.fromtimestamp(int(seconds)).astimezone():%Y-%m-%d %H:%M:%S}"


def lines(said: Explained) -> list[str]:
    """For people."""
    wanted = ", ".join(f"{key} {value}" for key, value in said.wanted.items()) or "none"
    kept = ", ".join(f"{key} {value}" for key, value in said.remembered.items()) or "nothing"
    verdict = "is updated now" if said.update else "is left alone"
    next_ = said.next or ("after this" if said.update else "when the address changes")
    return [
        f"{said.host} ({said.protocol}, line {said.line}) {verdict}: {said.why}",
        f"  addresses:  {wanted}",
        f"  remembered: {kept}",
        f"  next:       {next_}",
    ]

"""Whether a host is updated now, why, and when next. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from homeport.dns.ddclient.manners import Manners, Standing
from homeport.dns.ddclient.model import GOOD, Values, Wanted
from homeport.dns.ddclient.settle import Configured, Settled
from homeport.dns.ddclient.uses import is_disabled

_HOST_SETTINGS = ("static", "wildcard", "mx", "backupmx")


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What happens to a host. `next` is when it is looked at again, 0 where that is a change."""

    update: bool
    why: str
    next: int = 0
    marks: Values = field(default_factory=dict)  # what the cache keeps of a host left alone
    warn: bool = False  # told even without -verbose
    stuck: bool = False  # somebody has to see to it: the exit status says so


@dataclass(frozen=True, slots=True, kw_only=True)
class _Look:
    """A host, looked at: what is configured, wanted and remembered."""

    host: Configured
    wanted: Wanted
    kept: Values
    now: int

    def kept_number(self, key: str) -> int:
        text = self.kept.get(key) or "0"
        return int(text) if text.isdigit() else 0

    def has_failed(self, status: str) -> bool:
        return (self.kept.get(status) or "good") not in GOOD

    def rests_until(self, since: str, interval: str) -> int:
        """When an interval is over; 0 where it is, where there is none, or the clock jumped."""
        begun = self.kept_number(since)
        lasts = int(self.host.values.get(interval) or "0")
        until = begun + lasts if begun and lasts else 0
        jumped = begun - self.now > lasts
        return until if self.now <= until and not jumped else 0

    def asked_to_wait_until(self) -> int:
        """Ddclient's `wtime`; 0 where it is over, or the clock jumped since it was written."""
        until, asked_at = self.kept_number("wtime"), self.kept_number("atime")
        jumped = asked_at - self.now > max(until - asked_at, 0)
        return until if until > self.now and not jumped else 0


def decide(
    settled: Settled,
    host: Configured,
    wanted: Wanted,
    kept: Values | None,
    manners: Manners,
    now: int,
    *,
    force: bool,
) -> Decision:
    """One host. `kept` is None where the cache does not know it."""
    look = _Look(host=host, wanted=wanted, kept=kept or {}, now=now)
    for key in ("login", "password"):
        if host.values.get(key) == "":
            return _stuck(f"there is no {key}")
    if not (wanted.ip or wanted.v4 or wanted.v6):
        return _stuck("no address is known")
    standing = manners.standing(host, now)
    if force:
        return Decision(update=True, why="-force")
    if standing.refused:
        return _stuck(f"{standing.refused}: nobody asks again until the configuration changes")
    if standing.mended:
        return Decision(update=True, why="it is configured otherwise than what went wrong")
    if kept is None:
        return _if_rested(standing, "the cache does not know it")
    if until := look.asked_to_wait_until():
        return Decision(update=False, warn=True, next=until, why=f"{_asked(until)}")
    return _by_age(settled, look, standing)


def _stuck(why: str) -> Decision:
    return Decision(update=False, warn=True, stuck=True, why=why)


def _asked(until: int) -> str:
    return f"the provider asked to wait until {_when(until)}"


def _if_rested(standing: Standing, why: str, marks: Values | None = None) -> Decision:
    """An update, unless the provider needs a rest."""
    if not standing.until:
        return Decision(update=True, why=why)
    told = f"the provider has trouble, asked again at {_when(standing.until)}"
    return Decision(update=False, warn=True, next=standing.until, why=told, marks=marks or {})


def _by_age(settled: Settled, look: _Look, standing: Standing) -> Decision:
    mtime = look.kept_number("mtime")
    if mtime and not look.rests_until("mtime", "max-interval"):
        return _if_rested(standing, f"the last update was at {_when(mtime)}")
    for had, status, has in _families(settled, look):
        before = look.kept.get(had) or ""
        # ddclient forgets an update that failed where the address is the one it had before.
        if has and (before != has or (not mtime and look.has_failed(status))):
            return _changed(look, standing, (before, has), status)
    return _by_settings(look, standing)


def _families(settled: Settled, look: _Look) -> list[tuple[str, str, str]]:
    """What is compared: the key, its status, and the address that is wanted."""
    wanted, host = look.wanted, look.host
    rows = [
        ("use", "ip", "status", wanted.ip),
        ("usev4", "ipv4", "status-ipv4", wanted.v4),
        ("usev6", "ipv6", "status-ipv6", wanted.v6),
    ]
    looked = [row for row in rows if not is_disabled(settled.get(row[0], host))]
    # A protocol of one address leaves the other family as it is.
    return [row[1:] for row in looked if host.protocol.both or row[3] == wanted.ip]


def _changed(look: _Look, standing: Standing, addresses: tuple[str, str], status: str) -> Decision:
    before, wanted = addresses
    if look.kept.get(status) == "good":
        until, mark = look.rests_until("mtime", "min-interval"), "warned-min-interval"
        reason = "min-interval"
    else:
        until, mark = look.rests_until("atime", "min-error-interval"), "warned-min-error-interval"
        reason = "min-error-interval, since the last update failed"
    marks = {mark: str(look.now)}
    if until:
        told = f"{before or 'nothing'} -> {wanted} has to wait until {_when(until)}: {reason}"
        first = (look.kept.get(mark) or "0") == "0"
        return Decision(update=False, warn=first, next=until, why=told, marks=marks)
    return _if_rested(standing, f"{before or 'nothing'} -> {wanted}", marks)


def _by_settings(look: _Look, standing: Standing) -> Decision:
    kept, said = look.kept, look.host.values
    for key in look.host.protocol.settings:
        if (said.get(key) or "") != (kept.get(key) or ""):
            return _if_rested(standing, f"'{key}' has changed")
    for key in _HOST_SETTINGS:
        both = said.get(key) is not None and kept.get(key) is not None
        if both and said.get(key) != kept.get(key):
            return _if_rested(standing, f"'{key}' has changed")
    longest = int(said.get("max-interval") or 0)
    mtime = look.kept_number("mtime")
    next_ = mtime + longest if mtime and longest else 0
    has = " and ".join(dict.fromkeys(a for a in _all(look.wanted) if a))
    return Decision(update=False, next=next_, why=f"it has {has} already")


def _all(wanted: Wanted) -> tuple[str, ...]:
    return (wanted.ip, wanted.v4, wanted.v6)


def _when(seconds: int) -> str:
    return f"{datetime.fromtimestamp(seconds).astimezone():%Y-%m-%d %H:%M:%S}"


def families_of(settled: Settled, host: Configured) -> Mapping[str, bool]:
    """Which ways are looked for at all."""
    return {use: not is_disabled(settled.get(use, host)) for use in ("use", "usev4", "usev6")}

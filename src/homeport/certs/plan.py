"""Which certificates are ordered now, which later, and why. Pure: the clock is an argument."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from homeport.certs.model import LOCAL, Attempt, Held, Problem, Wanted, Window

_DUE = 2 / 3  # of its life a certificate is renewed
_SPREAD = 1 / 30  # of its life, over which the renewals of a box are spread
_SOONEST = 1 / 10  # of its life: Let's Encrypt signs the same names five times a week
_LATEST = 9 / 10  # of its life, whatever a server says
_HOUR = 3600.0
_YOUNG = 6 * _HOUR  # one is not replaced before: a server whose windows are all over is wrong


class Verb(StrEnum):
    """What becomes of a certificate."""

    LOOK = "LookUp"  # whether its names lead to this box, before anything is ordered
    ORDER = "Order"
    RENEW = "Renew"
    WAIT = "Wait"
    KEEP = "Keep"


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What is asked of an ACME server at most."""

    at_once: int = 5  # orders; and of the box's own authority as many: each is a process
    failures: int = 4  # failed validations of a name in an hour; Let's Encrypt stops at 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One certificate, what becomes of it now, and when it is thought of again."""

    verb: Verb
    wanted: Wanted
    why: str
    again: float  # seconds since the epoch

    def __str__(self) -> str:
        return f"{self.verb} {', '.join(self.wanted.names)} ({self.why})"


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A step for each certificate that is wanted."""

    steps: tuple[Step, ...] = ()

    def __str__(self) -> str:
        return "\n".join(str(step) for step in self.steps)

    def of(self, *verbs: Verb) -> list[Step]:
        """The steps of these kinds."""
        return [step for step in self.steps if step.verb in verbs]

    @property
    def again(self) -> float:
        """When there may be something to do; far away where nothing is wanted."""
        return min((step.again for step in self.steps), default=float("inf"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What is observed, and remembered."""

    held: Mapping[str, Held] = field(default_factory=dict)  # by the key of what is wanted
    attempts: Mapping[str, Attempt] = field(default_factory=dict)  # by the same
    failed: Mapping[str, tuple[float, ...]] = field(default_factory=dict)  # name -> when
    windows: Mapping[str, Window] = field(default_factory=dict)  # by renewal id
    running: Collection[str] = ()  # the keys of orders under way
    here: Mapping[str, str] = field(
        default_factory=dict
    )  # name -> "" where it leads here, or why not
    asked: Collection[str] = ()  # keys that a person wants renewed now
    quiet: Mapping[str, float] = field(default_factory=dict)  # directory -> no orders until then


def plan(wanted: Collection[Wanted], seen: Seen, now: float, limits: Limits = Limits()) -> Plan:
    """A step for each certificate: what is missing comes first, then what ends first."""
    is_local = {one.key: one.directory == LOCAL for one in wanted}
    busy = Counter(is_local.get(key, False) for key in seen.running)
    steps = []
    for one in sorted(wanted, key=lambda w: (_ends(seen.held.get(w.key)), w.key)):
        step = _step(one, seen, now, limits)
        if step.verb in (Verb.ORDER, Verb.RENEW):
            busy[is_local[one.key]] += 1
            if busy[is_local[one.key]] > limits.at_once:
                why = f"{limits.at_once} orders at a time"
                step = Step(verb=Verb.WAIT, wanted=one, why=why, again=now + _HOUR)
        steps.append(step)
    return Plan(steps=tuple(steps))


def renew_at(held: Held, window: Window | None = None, after: float = 0.0) -> float:
    """When a certificate is renewed: as the server says, else at two thirds of its life.

    Earlier where somebody wants it `after` so many seconds.

    The moment is another one for each certificate, and always the same for one.
    """
    share, life = _share(held.serial), held.not_after - held.not_before
    due = life * (_DUE + share * _SPREAD)
    if window and window.start:
        said = window.start + share * max(0.0, window.end - window.start) - held.not_before
        due = min(max(said, min(_YOUNG, life * _SOONEST)), life * _LATEST)
    return held.not_before + (min(due, max(after, life * _SOONEST)) if after else due)


def _share(text: str) -> float:
    """From 0 to 1, evenly."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big") / 2**32


def _ends(held: Held | None) -> float:
    return held.not_after if held and not held.revoked else 0.0


def _step(one: Wanted, seen: Seen, now: float, limits: Limits) -> Step:
    def step(verb: Verb, why: str, again: float = 0.0) -> Step:
        return Step(verb=verb, wanted=one, why=why, again=max(again, now) if again else now)

    held = seen.held.get(one.key)
    if one.key in seen.running:
        return step(Verb.WAIT, "it is being ordered", now + _HOUR)
    if held and not held.revoked and one.key not in seen.asked:
        due = renew_at(held, seen.windows.get(held.renewal_id), one.renew_after)
        # A clock that lags behind makes a new certificate one of the future: it is good.
        if now < due:
            return step(Verb.KEEP, f"it is renewed in {_days(due - now)}", due)
    if until := _patience(one, seen, now, limits):
        moment, why = until
        return step(Verb.WAIT, why, moment)
    if not _leads_here(one, seen):
        return step(Verb.LOOK, "no order before its names lead to this box")
    if held is None:
        return step(Verb.ORDER, "there is none")
    if held.revoked:
        return step(Verb.RENEW, "it is revoked")
    if one.key in seen.asked:
        return step(Verb.RENEW, "somebody asked for it")
    return step(Verb.RENEW, f"it ends in {_days(held.not_after - now)}")


def _leads_here(one: Wanted, seen: Seen) -> bool:
    """A wildcard, and whatever is proved by DNS, need not lead anywhere."""
    if one.directory == LOCAL or one.challenge == "dns":
        return True
    return all(seen.here.get(name) == "" for name in one.names)


def _patience(one: Wanted, seen: Seen, now: float, limits: Limits) -> tuple[float, str] | None:
    """Until when nothing is tried, and why; None where it may be."""
    attempt = seen.attempts.get(one.key)
    # What is of the future was written by a clock that was ahead.
    if attempt and attempt.at <= now < attempt.not_before:
        often = "once" if attempt.failures == 1 else f"{attempt.failures} times"
        return attempt.not_before, f"it failed {often}; again in {_days(attempt.not_before - now)}"
    if now < (until := seen.quiet.get(one.directory, 0.0)) <= now + SERVERS_LONGEST:
        return until, f"the authority takes no orders for {_days(until - now)}"
    for name in one.names:
        recent = [at for at in seen.failed.get(name, ()) if now - _HOUR < at <= now]
        if len(recent) >= limits.failures:
            return min(recent) + _HOUR, f"{name} failed {len(recent)} times within an hour"
    return None


# -- after a failure

LONGEST = 12 * _HOUR
SERVERS_LONGEST = 7 * 24 * _HOUR  # what a server may ask for: limits of Let's Encrypt are of a week
_FIRST = {
    # The server knows the reason, and asking again burns its limits.
    **dict.fromkeys(("unauthorized", "dns", "connection", "incorrectResponse", "tls"), 300.0),
    "forbidden": 60.0,  # by our own look at CAA records, which costs nobody anything
    **dict.fromkeys(("caa", "rejectedIdentifier", "unsupportedIdentifier", "malformed"), _HOUR),
    **dict.fromkeys(("rateLimited", "userActionRequired", "externalAccountRequired"), _HOUR),
    "invalidProfile": _HOUR,
}
_SOON = 10.0  # it was down, or nobody knows


def pause_after(kind: str, failures: int, after: float) -> float:
    """Seconds until the next attempt: twice as long each time, and as long as the server asks.

    Args:
        kind: of the problem.
        failures: in a row, this one included.
        after: what the server's Retry-After says; 0 where it says nothing.
    """
    pause = min(_FIRST.get(kind, _SOON) * 2.0 ** min(failures - 1, 20), LONGEST)
    return max(pause, min(after, SERVERS_LONGEST))


def is_for_all(problem: Problem) -> bool:
    """Whether a limit is one of the account, and not of a name: to try the next is no use.

    RFC 8555 has one word for all limits. Let's Encrypt says "too many new orders (300) from this
    account in the last 3h0m0s", and so does Boulder wherever it runs.
    """
    said = problem.detail.lower()
    return problem.kind == "rateLimited" and ("new orders" in said or "too many requests" in said)


def _days(seconds: float) -> str:
    if seconds >= 2 * 86400:
        return f"{seconds / 86400:.0f} days"
    if seconds >= 2 * _HOUR:
        return f"{seconds / _HOUR:.0f} hours"
    return f"{max(seconds, 0) / 60:.0f} minutes" if seconds >= 120 else f"{max(seconds, 0):.0f} s"

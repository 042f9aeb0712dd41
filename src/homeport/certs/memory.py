"""What the certificates' loop remembers across restarts, in one file: it never holds a secret."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import msgspec

from homeport.certs.folder import write_whole
from homeport.certs.model import Attempt, Problem, Wanted, Window
from homeport.certs.plan import is_for_all, pause_after

# What the server looked at and found wanting, which it counts.
_VALIDATED = ("unauthorized", "dns", "connection", "incorrectResponse", "tls", "caa")
_HOUR = 3600.0


class Memory(msgspec.Struct, kw_only=True):
    """Failures, and when servers want renewals."""

    attempts: dict[str, Attempt] = {}  # by the key of what was wanted
    failed: dict[str, tuple[float, ...]] = {}  # name -> when its proof failed, within an hour
    windows: dict[str, Window] = {}  # by renewal id
    quiet: dict[str, float] = {}  # directory -> until when it takes no orders of ours

    def failure(self, wanted: Wanted, problem: Problem, hint: str, now: float) -> Attempt:
        """An order failed; what is remembered of it."""
        before = self.attempts.get(wanted.key)
        failures = before.failures + 1 if before else 1
        attempt = Attempt(
            failures=failures,
            not_before=now + pause_after(problem.kind, failures, problem.after),
            step=problem.step,
            reason=problem.detail,
            hint=hint,
            at=now,
        )
        self.attempts[wanted.key] = attempt
        if is_for_all(problem):
            self.quiet[wanted.directory] = attempt.not_before
        if problem.kind in _VALIDATED:
            for name in (problem.host,) if problem.host in wanted.names else wanted.names:
                recent = [at for at in self.failed.get(name, ()) if now - _HOUR < at <= now]
                self.failed[name] = (*recent, now)
        return attempt

    def success(self, wanted: Wanted) -> None:
        """It came: what failed before is forgotten."""
        self.attempts.pop(wanted.key, None)
        self.quiet.pop(wanted.directory, None)
        for name in wanted.names:
            self.failed.pop(name, None)

    def prune(self, keys: Collection[str], renewal_ids: Collection[str], now: float) -> None:
        """Forget what nobody wants any more; failures of names count for their hour."""
        self.attempts = {k: a for k, a in self.attempts.items() if k in keys or a.not_before > now}
        self.quiet = {k: until for k, until in self.quiet.items() if until > now}
        self.windows = {k: w for k, w in self.windows.items() if k in renewal_ids}
        self.failed = {
            name: times for name, times in self.failed.items() if now - _HOUR < times[-1] <= now
        }


def load(path: Path) -> Memory:
    """What was kept; nothing where the file is not there, or was cut short."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=Memory)
    except (OSError, msgspec.DecodeError):
        return Memory()


def save(path: Path, memory: Memory) -> None:
    """Keep it."""
    write_whole(path, msgspec.json.encode(memory))

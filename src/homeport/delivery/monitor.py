"""After a version went live: is it worse than the one before? Pure.

Looked at for `deploy.update_config.monitor` seconds: containers that end, are started again or turn
unhealthy, and answers that are errors (5xx). `failure_action` and `max_failure_ratio` are Swarm's.
"""

from __future__ import annotations

from collections.abc import Sequence

import msgspec

from homeport.model.container import Container, Health
from homeport.model.figures import Answers
from homeport.model.stack import Policy

UNSAID = 10.0  # seconds, where the file says nothing
# Fewer errors than this are no rise; and a rise is so much more of all answers than before.
_ENOUGH = 5
_RISE = 0.1


class Reading(msgspec.Struct, frozen=True, kw_only=True):
    """What is seen of one service's new version."""

    service: str
    policy: Policy
    replicas: Sequence[Container]  # those that were made, as they are now
    missing: int = 0  # those of them that are gone
    before: Answers = Answers()  # of what was live before, while the new one came up
    now: Answers = Answers()  # of the new version, since it is live


def verdict(reading: Reading) -> str:
    """Why a version is worse than the one before, with the figures that decide; "" if it is not."""
    return _lost(reading) or _errors(reading)


def monitored(policy: Policy, unsaid: float) -> float:
    """Seconds for which a service's new version is looked at: its own, whatever others ask for."""
    return unsaid if policy.monitor is None else policy.monitor


def _lost(reading: Reading) -> str:
    lost = [reason for c in reading.replicas if (reason := _trouble(c))]
    count, of = len(lost) + reading.missing, len(reading.replicas) + reading.missing
    if not of or count / of <= reading.policy.max_failure_ratio:
        return ""
    said = ", ".join(lost) or "gone"
    return f"{count} of {of} new replicas of {reading.service} failed: {said}"


def _trouble(container: Container) -> str:
    if container.oom_killed:
        whole = container.restarts or not container.running
        whose = container.name if whole else f"a process of {container.name}"
        return f"{whose} was killed for want of memory"
    if container.restarts:
        return f"{container.name} was started again {container.restarts} times"
    if not container.running:
        return f"{container.name} is {container.state}, status {container.exit_code}"
    if container.health is Health.UNHEALTHY:
        return f"{container.name} is unhealthy"
    return ""


def _errors(reading: Reading) -> str:
    now, before = reading.now, reading.before
    if now.errors < _ENOUGH or now.share <= before.share + _RISE:
        return ""
    return (
        f"{now.errors} of {now.total} answers of the new {reading.service} were errors (5xx),"
        f" {before.errors} of {before.total} before"
    )

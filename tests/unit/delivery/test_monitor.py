"""Is a version worse than the one before? The figures decide."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.delivery.monitor import UNSAID, Reading, monitored, verdict
from homeport.model.container import Container, Health
from homeport.model.figures import Answers
from homeport.model.stack import Policy


def replica(name: str = "web-1", **values: Any) -> Container:
    """One that runs."""
    defaults = {"image": "app", "image_id": "sha256:1", "state": "running", "labels": {}}
    return Container(id=name, name=name, **{**defaults, **values})


def reading(*replicas: Container, policy: Policy | None = None, **values: Any) -> Reading:
    """What is seen of service web."""
    found = replicas or (replica(),)
    return Reading(service="web", policy=policy or Policy(), replicas=found, **values)


@pytest.mark.parametrize(
    ("values", "why"),
    [
        ({}, ""),
        ({"restarts": 2}, "web-1 was started again 2 times"),
        ({"state": "exited", "exit_code": 3}, "web-1 is exited, status 3"),
        ({"health": Health.UNHEALTHY}, "web-1 is unhealthy"),
        ({"oom_killed": True, "state": "exited"}, "web-1 was killed for want of memory"),
        ({"oom_killed": True, "restarts": 1}, "web-1 was killed for want of memory"),
        ({"oom_killed": True}, "a process of web-1 was killed for want of memory"),
    ],
)
def test_a_replica_that_fails_is_named(values: dict[str, Any], why: str) -> None:
    expected = f"1 of 1 new replicas of web failed: {why}" if why else ""
    assert expected == verdict(reading(replica(**values)))


def test_as_many_may_fail_as_max_failure_ratio_says() -> None:
    """Swarm's: more than that share is a failure."""
    some = (replica("web-1", restarts=1), replica("web-2"))
    assert "" == verdict(reading(*some, policy=Policy(max_failure_ratio=0.5)))
    assert "1 of 2" in verdict(reading(*some, policy=Policy(max_failure_ratio=0.4)))
    assert "1 of 2 new replicas of web failed: gone" == verdict(reading(replica(), missing=1))


@pytest.mark.parametrize(
    ("before", "now", "worse"),
    [
        ((100, 0), (100, 11), True),
        ((100, 0), (100, 10), False),  # a tenth is no rise
        ((0, 0), (5, 5), True),
        ((0, 0), (4, 4), False),  # too few to say
        ((20, 20), (50, 50), False),  # as before
        ((100, 30), (100, 45), True),
    ],
)
def test_a_rise_of_errors_is_a_failure(
    before: tuple[int, int], now: tuple[int, int], worse: bool
) -> None:
    """In shares of all answers; and never a handful."""
    old, new = (Answers(total=total, errors=errors) for total, errors in (before, now))
    found = verdict(reading(before=old, now=new))
    why = (
        f"{now[1]} of {now[0]} answers of the new web were errors (5xx),"
        f" {before[1]} of {before[0]} before"
    )
    assert (why if worse else "") == found


@pytest.mark.parametrize(("said", "expected"), [(None, 10.0), (0.0, 0.0), (30.0, 30.0)])
def test_each_service_is_looked_at_for_its_own_time(said: float | None, expected: float) -> None:
    assert expected == monitored(Policy(monitor=said), UNSAID)

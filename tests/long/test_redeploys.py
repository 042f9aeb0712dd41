"""Redeploys again and again under a mixed load: nothing is dropped, and nobody waits for long."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from bench.house import House, house
from bench.lab import say
from bench.mixed import Seen
from bench.numbers import stateful, transactions

# Not what script/bench asks for: beside other work (2.9 s were seen at a load of 20, where clients
# themselves were held up 0.5 s), this is to find what hangs.
LONG = 5.0

pytestmark = pytest.mark.e2e


@pytest.fixture(scope="module")
def home() -> Iterator[House]:
    """A homeport of their own."""
    with house() as found:
        yield found


def test_a_hundred_redeploys_of_a_stack_fail_no_request(home: House) -> None:
    """GETs, bodies, slow answers and a WebSocket, while all replicas of three services go."""
    course = transactions.redeploy_under_load(home, transactions.REDEPLOYS)
    tell(course)
    assert_nothing_failed(course.seen)
    assert course.seen.requests >= transactions.ENOUGH
    assert course.seen.pause() < LONG


def test_redeploys_of_a_service_with_a_volume_fail_no_request(home: House) -> None:
    """Requests are held while the old one stops and the next one boots."""
    with stateful.volume_app(home) as app:
        for slow, seconds in ((0, 0.0), (2, stateful.SLOW)):
            course = stateful.redeploy_under_load(app, stateful.REDEPLOYS, slow=slow)
            tell(course)
            assert_nothing_failed(course.seen)
            assert max(stateful.pauses(course)) < seconds + LONG


def assert_nothing_failed(seen: Seen) -> None:
    assert {} == seen.failures, seen.examples


def tell(course: transactions.Course) -> None:
    """The figures, for whoever reads the output: a pass alone does not say how near it was."""
    seen = course.seen
    say(f"{seen.failed} failed {seen}; longest pause {seen.pause():.3f} s; {seen.latencies()}")
    say(f"the load was held up {seen.late:.3f} s at worst; waits {sorted(seen.waits)}")
    say(f"redeploys {[(round(one.start, 2), round(one.live, 2)) for one in course.redeploys]}")

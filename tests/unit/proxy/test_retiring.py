from __future__ import annotations

import pytest

from homeport.proxy.retiring import patience


def test_old_workers_have_ten_minutes_where_reloads_are_seldom() -> None:
    assert 600 == patience([], now=0.0, drain=35)
    assert 600 == patience([0.0, 1.0], now=2.0, drain=35)
    assert 600 == patience([1000.0 * n for n in range(20)], now=20_000.0, drain=35)


def test_a_drain_that_is_longer_counts() -> None:
    assert 905 == patience([], now=0.0, drain=905)


def test_they_have_a_minute_where_reloads_come_all_the_time() -> None:
    assert 60 == patience([0.1 * n for n in range(100)], now=10.0, drain=35)


@pytest.mark.parametrize("every", [10.0, 20.0, 60.0, 100.0])
def test_no_more_than_eight_wait_where_that_leaves_them_a_minute(every: float) -> None:
    reloads: list[float] = []
    ends: list[float] = []  # when the workers of a configuration end, that never finish
    given, most = 600, 0
    for n in range(200):
        now = n * every
        ends = [end for end in ends if end > now]
        if n:
            ends.append(now + given)
        most = max(most, len(ends)) if n > 150 else most
        given = patience(reloads, now=now, drain=35)
        reloads.append(now)
    assert most <= 9

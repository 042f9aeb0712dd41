"""What images, build cache and registry may take of the disk."""

from __future__ import annotations

import pytest

from homeport.upkeep.disk import FREE, Usage, cache_to_keep, limit

MB = 1_000_000
USED = Usage(registry=100 * MB, images=2000 * MB, cache=900 * MB)


@pytest.mark.parametrize(
    ("budget", "free", "expected"),
    [
        (8000, 9000, 8000),
        (8000, None, 8000),
        (0, 9000, 0),
        (0, None, 0),
        (8000, 200, 2700),  # the budget is larger than the disk
        (2000, 200, 2000),
        (0, 200, 2700),
        (8000, 0, 2500),
    ],
)
def test_what_the_disk_has_left_goes_before_the_budget(
    budget: int, free: int | None, expected: int
) -> None:
    found = limit(USED, budget * MB, None if free is None else free * MB)
    assert expected * MB == found


def test_a_disk_that_others_have_filled_leaves_no_less_than_nothing() -> None:
    assert 1 == limit(Usage(registry=0, images=MB, cache=0), 0, free=0)
    assert FREE > MB


def test_the_cache_gets_what_the_others_leave_and_a_quarter_at_least() -> None:
    assert 900 * MB == cache_to_keep(USED, 3000 * MB)
    assert 500 * MB == cache_to_keep(USED, 2000 * MB)

"""What another machine's docker says."""

from __future__ import annotations

import pytest

from homeport.engine.remote import reclaimed


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("ID\tRECLAIMABLE\tSIZE\nabc*\ttrue\t1kB\t3 days ago\nTotal:\t1.234kB", 1234),
        ("Total reclaimed space: 12.5MB", 12_500_000),
        ("Total:\t3GB\n", 3_000_000_000),
        ("Total:\t0B", 0),
        ("", 0),
    ],
)
def test_what_went_is_read_from_what_docker_prints(said: str, expected: int) -> None:
    assert expected == reclaimed(said)

"""Signals as images name them."""

from __future__ import annotations

import pytest

from homeport.engine.signals import signal_number


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("SIGTERM", 15),
        ("term", 15),
        ("SIGWINCH", 28),  # httpd
        ("SIGQUIT", 3),  # nginx, php-fpm
        ("USR1", 10),
        ("15", 15),
        ("SIGRTMIN", 34),
        ("SIGRTMIN+3", 37),  # systemd
        ("RTMAX-14", 50),
        ("SIGNOTHING", 0),
        ("RTMIN3", 0),
        ("", 0),
    ],
)
def test_a_signal_is_counted_as_the_engine_counts_it(text: str, expected: int) -> None:
    """By name, with and without SIG, and by number."""
    assert expected == signal_number(text)

"""The arithmetic of script/bench: what it says decides whether a target counts as met."""

from __future__ import annotations

from bench.figure import Figure, median, ratio
from bench.pairs import interleaved


def test_subjects_take_turns_at_being_first() -> None:
    asked: list[str] = []
    subjects = {name: (lambda name=name: asked.append(name)) for name in "AB"}

    interleaved(subjects, 3)

    assert list("ABBAAB") == asked


def test_a_ratio_is_that_of_the_medians() -> None:
    samples = {"homeport": [1.2, 1.3, 9.0], "floor": [1.0, 0.9, 1.0]}

    figure = ratio("push", samples=samples, of="homeport", to="floor", limit=1.3)

    assert (1.3, True) == (figure.value, figure.passed)
    assert "homeport 1.300 s (1.200-9.000), floor 1.000 s (0.900-1.000), 3 pairs" == figure.detail


def test_what_is_over_its_limit_is_a_miss() -> None:
    figure = median("help", [0.1, 0.3, 0.3], limit=0.2)

    assert not figure.passed
    assert str(figure).startswith("MISS  help ")


def test_exactly_the_limit_is_no_miss() -> None:
    assert Figure(name="failed", value=0, unit="requests", limit=0).passed

"""nginx's access log, counted."""

from __future__ import annotations

import pytest

from homeport.model.figures import Answers, Figures
from homeport.proxy.tally import Tally, read_visit

OK = "a.org\t10.9.9.9\t200\t0.010\t10.0.0.2:80\t200\t0.009\t0.010"
PROBE = "a.org\tunix:\t200\t0.020\t10.0.0.2:80\t200\t0.019\t0.020"
OWN_503 = "a.org\t10.9.9.9\t503\t0.001\t10.0.0.2:80\t503\t0.001\t0.001"
REFUSED = "a.org\t10.9.9.9\t502\t0.001\t10.0.0.2:80\t502\t-\t0.001"
HELD = (
    "a.org\t10.9.9.9\t200\t1.510\tunix:/run/homeport/hold.sock : 10.0.0.3:80\t200 : 200"
    "\t1.500 : 0.009\t1.500 : 0.010"
)
GIVEN_UP = "a.org\t10.9.9.9\t503\t60.001\tunix:/run/homeport/hold.sock\t503\t60.000\t60.000"
ELSEWHERE = OK.replace("a.org", "b.org")


def figures(*lines: str) -> Figures:
    """What these lines amount to, for a.org."""
    tally = Tally({"a.org"})
    for line in lines:
        visit = read_visit(line)
        assert visit
        tally.take(visit)
    return tally.figures()


@pytest.mark.parametrize(
    ("line", "served", "failed", "pause"),
    [
        (OK, 1, 0, 0.0),
        (PROBE, 0, 0, 0.0),
        (OWN_503, 1, 0, 0.0),
        (REFUSED, 0, 1, 0.0),
        (HELD, 1, 0, 1.5),
        (GIVEN_UP, 0, 1, 60.001),
        (ELSEWHERE, 0, 0, 0.0),
    ],
    ids=["served", "probe", "the app's own 503", "refused", "held", "given up", "another host"],
)
def test_a_request_fails_where_somebody_else_answers_for_the_application(
    line: str, served: int, failed: int, pause: float
) -> None:
    """And it pauses for as long as no application has it."""
    found = figures(line)
    assert (served, failed) == (found.served, found.failed)
    assert pause == pytest.approx(found.pause)


def test_answers_are_counted_by_who_gave_them() -> None:
    """Those of homeport, which holds requests, are nobody's."""
    found = figures(OK, OWN_503, REFUSED, HELD, PROBE)
    assert Answers(total=4, errors=2) == found.of(["a.org"], ["10.0.0.2"])
    assert Answers(total=1, errors=0) == found.of(["a.org"], ["10.0.0.3"])
    assert Answers(total=5, errors=2) == found.of(["a.org"])
    assert Answers() == found.of(["b.org"])


@pytest.mark.parametrize("line", ["", "a.org", OK.rpartition("\t")[0]])
def test_half_a_line_is_no_visit(line: str) -> None:
    """nginx may be writing it."""
    assert read_visit(line) is None

"""The power goes in the middle of a rollout: Engine, containers and homeport, all at once.

The Engine that starts again starts by itself what is to run always. What was written has one user,
whoever that is.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.house import eventually
from tests.long.box import Box

pytestmark = pytest.mark.e2e


@pytest.fixture
def box(tmp_path: Path) -> Iterator[Box]:
    """One that runs, with the image."""
    if os.geteuid():
        pytest.skip("an Engine is started by root alone")
    made = Box(tmp_path)
    try:
        made.boot()
        made.load()
        yield made
    finally:
        made.close()


def both(box: Box, old: str, new: str) -> bool:
    """Whether the two containers are there and in these states."""
    found = box.states()
    return {"pc-db-1.yielding": old, "pc-db-2.staged": new} == found


MOMENTS: dict[str, Callable[[Box], bool]] = {
    "the old one has requests yet": lambda box: both(box, "running", "created"),
    "the old one has stopped": lambda box: both(box, "exited", "created"),
    "the new one boots": lambda box: both(box, "exited", "running"),
    "the new one serves": lambda box: box.states().get("pc-db-2") == "running",
}


@pytest.mark.parametrize(
    ("moment", "restart"),
    [
        *((moment, "always") for moment in MOMENTS),
        ("the new one boots", "on-failure"),
        ("the new one boots", "unless-stopped"),
    ],
)
def test_after_a_power_cut_a_volume_has_one_user_and_the_next_start_goes_on(
    box: Box, moment: str, restart: str
) -> None:
    box.write("one", restart)
    _, told = (going := box.up()).communicate()
    assert 0 == going.returncode, told
    box.write("two", restart)
    going = box.up()
    eventually(lambda: MOMENTS[moment](box) or going.poll() is not None)
    going.kill()
    box.pull_the_plug()
    going.communicate()
    box.boot()
    time.sleep(2)  # nobody looks at it for a while
    _, told = (again := box.up()).communicate()
    assert 0 == again.returncode, told
    assert {"pc-db-2": "running"} == box.states()
    assert "start of two" == box.written()[-1]
    assert "two users at once" not in box.written()

"""An Engine that was gone is waited for, whatever was asked of it."""

from __future__ import annotations

import pytest

from homeport.delivery.engine_back import through_outages
from homeport.errors import HomeportError, RequestError, Unavailable
from homeport.execute import StepFailed
from homeport.model.plan import StartContainer, Step
from tests.fake_engine import FakeDocker

STEP = Step(number=1, after=(), subject="s", action=StartContainer(target="a"), why="")
GONE = Unavailable("the Docker Engine hung up")


@pytest.mark.parametrize("fault", [GONE, StepFailed(STEP, GONE)])
async def test_an_engine_that_was_gone_at_a_look_or_at_a_step_is_asked_again(
    fault: HomeportError,
) -> None:
    faults, told = [fault, fault], list[str]()

    async def move() -> str:
        if faults:
            raise faults.pop()
        return "moved"

    assert "moved" == await through_outages(FakeDocker(), move, told.append)
    assert ["the Docker Engine hung up: this goes on when it is back"] * 2 == told


@pytest.mark.parametrize("fault", [RequestError("no"), StepFailed(STEP, RequestError("no"))])
async def test_what_fails_for_another_reason_fails_at_once(fault: HomeportError) -> None:
    tries = []

    async def move() -> None:
        tries.append(1)
        raise fault

    with pytest.raises(HomeportError, match="no"):
        await through_outages(FakeDocker(), move, print)
    assert [1] == tries

"""What a rollout knows is not forgotten for an event that is late."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from homeport.model.container import Container
from homeport.proxy.ahead import Ahead

WEB = Container(
    id="1", name="web-1", image="", image_id="", state="running", labels={}, started_at="then"
)


def named(suffix: str) -> Container:
    """The container, so far in its rollout."""
    return replace(WEB, name=f"web-1{suffix}")


def shown(noticed: Container, event: Container, *, later: float = 1.0) -> list[Container]:
    """What is believed when an event shows it so."""
    ahead = Ahead()
    ahead.notice(noticed, clock=10)
    return ahead.merged([event], clock=10 + later)


@pytest.mark.parametrize(
    ("noticed", "late"),
    [
        ("", ".staged"),
        (".leaving", ""),
        (".yielding", ""),
        (".draining", ""),
        (".draining", ".leaving"),
    ],
)
def test_an_event_that_is_behind_is_not_believed(noticed: str, late: str) -> None:
    assert [named(noticed)] == shown(named(noticed), named(late))


def test_an_event_that_is_as_far_or_further_is_believed() -> None:
    for event in (".yielding", ".draining", ".stopping"):
        assert [named(event)] == shown(named(".yielding"), named(event))


def test_one_that_ended_or_was_started_again_is_as_the_events_show_it() -> None:
    for event in (replace(WEB, state="exited"), replace(WEB, started_at="later")):
        assert [event] == shown(named(".yielding"), event)


def test_events_are_believed_again_after_a_time() -> None:
    assert [WEB] == shown(named(".yielding"), WEB, later=5)


def test_one_that_goes_back_is_noticed_again() -> None:
    ahead = Ahead()
    ahead.notice(named(".yielding"), clock=1)
    ahead.notice(WEB, clock=2)
    assert [WEB] == ahead.merged([WEB], clock=3)


def test_what_the_events_caught_up_with_is_forgotten() -> None:
    ahead = Ahead()
    ahead.notice(named(".yielding"), clock=1)
    assert [named(".yielding")] == ahead.merged([named(".yielding")], clock=2)
    assert [WEB] == ahead.merged([WEB], clock=3)
    ahead.notice(named(".yielding"), clock=4)
    assert [] == ahead.merged([], clock=5)
    assert [WEB] == ahead.merged([WEB], clock=6)

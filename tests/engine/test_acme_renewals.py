"""When the authority wants a certificate renewed (ARI, RFC 9773)."""

from __future__ import annotations

import asyncio
import time

import pytest
from msgspec.structs import replace

from homeport.certs.issue import Trouble, do
from homeport.certs.job import Done
from homeport.certs.memory import Memory
from homeport.upkeep.renewal_info import RenewalInfo
from tests.acme_front import renewal_info
from tests.engine.acme_lab import Lab, lab, world

__all__ = ["lab", "world"]  # fixtures


async def test_the_server_is_asked_when_it_wants_a_renewal(lab: Lab) -> None:
    window = {"start": "2027-01-02T04:00:00Z", "end": "2027-01-03T04:00:00Z"}
    lab.front.rules = dict(renewal_info(lambda: window, "21600"))
    held = await lab.issue(lab.wanted("a.example.org"))
    found = await do(lab.about(held), lab.records)
    assert isinstance(found, Done)
    said = found.windows[held.renewal_id]
    assert (1798862400.0, 86400.0) == (said.start, said.end - said.start)
    assert f"GET /renewal-info/{held.renewal_id}" in lab.front.asked


@pytest.mark.parametrize(
    ("day", "retry_after", "start", "pause"),
    [
        (2, "60", 0.0, 21600),  # it ends when it begins: RFC 9773, 4.2
        (1, "60", 0.0, 21600),
        (3, "1", 1798862400.0, 60),  # within reason: 4.3.2
        (3, "9" * 400, 1798862400.0, 86400),
        (3, "7200", 1798862400.0, 7200),
        (3, "", 1798862400.0, 21600),
    ],
)
async def test_what_a_server_says_of_renewals_is_taken_within_reason(
    lab: Lab, day: int, retry_after: str, start: float, pause: float
) -> None:
    held = await lab.issue(lab.wanted("a.example.org"))
    window = {"start": "2027-01-02T04:00:00Z", "end": f"2027-01-0{day}T04:00:00Z"}
    lab.front.rules = dict(renewal_info(lambda: window, retry_after))
    now = time.time()
    found = await do(lab.about(held))
    assert isinstance(found, Done)
    one = found.windows[held.renewal_id]
    assert (start, True) == (one.start, pause <= one.ask_again - now < pause + 30)


async def test_nonsense_about_renewals_is_a_problem(lab: Lab) -> None:
    held = await lab.issue(lab.wanted("a.example.org"))
    lab.front.rules = dict(renewal_info(lambda: {"start": "yesterday", "end": "soon"}, "60"))
    with pytest.raises(Trouble, match="answers what is no answer"):
        await do(lab.about(held))


async def test_a_server_without_it_is_asked_again_in_six_hours(lab: Lab) -> None:
    held = await lab.issue(lab.wanted("a.example.org"))
    found = await do(lab.about(held), lab.records)
    assert isinstance(found, Done)
    assert 0.0 == found.windows[held.renewal_id].start


async def test_of_a_thousand_certificates_fifty_are_asked_about_at_a_time(lab: Lab) -> None:
    """What one process answers would be too much for a line, and would take it too long."""
    window = {"start": "2027-01-02T04:00:00Z", "end": "2027-01-03T04:00:00Z"}
    lab.front.rules = dict(renewal_info(lambda: window, "21600"))
    one = await lab.issue(lab.wanted("a.example.org"))
    held = {str(n): replace(one, renewal_id=f"{one.renewal_id}{n}") for n in range(120)}
    memory, woken = Memory(), asyncio.Event()
    info = RenewalInfo(memory, lab.places, lab.server, woken.set)
    known: list[int] = []
    while len(known) < 3:
        woken.clear()
        async with asyncio.TaskGroup() as group:
            info.ask(group, held, time.time())
            info.ask(group, held, time.time())  # it is being asked
        assert woken.is_set()
        known.append(len(memory.windows))
    assert [50, 100, 120] == known
    assert {1798862400.0} == {found.start for found in memory.windows.values()}

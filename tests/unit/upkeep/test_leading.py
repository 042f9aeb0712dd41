"""Names are looked up until they lead here, and told of once when they do not."""

from __future__ import annotations

import pytest

from homeport.certs.model import Wanted
from homeport.upkeep import leading
from homeport.upkeep.leading import Leading

BOTH = Wanted(names=("a.example.org", "b.example.org"), directory="https://a/")


class Zone:
    """What is answered, told and waked."""

    def __init__(self) -> None:
        self.elsewhere = {"b.example.org": "b.example.org has no address yet"}
        self.told: list[str] = []
        self.wakes = 0
        self.leading = Leading(self._leads_here, lambda _, why: self.told.append(why), self._wake)

    async def _leads_here(self, host: str) -> str:
        return self.elsewhere.get(host, "")

    def _wake(self) -> None:
        self.wakes += 1


@pytest.fixture
def zone() -> Zone:
    """One in which one of two names leads elsewhere."""
    return Zone()


async def test_each_name_is_looked_up_and_the_first_fault_says_why(zone: Zone) -> None:
    await zone.leading.look(BOTH)
    expected = {"a.example.org": "", **zone.elsewhere}
    assert (expected, 1) == (zone.leading.here, zone.wakes)
    assert "b.example.org has no address yet" == zone.leading.why_not(BOTH)


async def test_it_is_looked_up_again_after_a_pause_that_grows(zone: Zone) -> None:
    pauses = []
    assert 0 == zone.leading.due_in(BOTH)
    for _ in range(4):
        await zone.leading.look(BOTH)
        pauses.append(round(zone.leading.due_in(BOTH), 1))
    assert [0.2, 0.3, 0.4, 0.7] == pauses


async def test_it_is_told_once_for_each_reason_and_not_in_the_first_seconds(
    zone: Zone, monkeypatch: pytest.MonkeyPatch
) -> None:
    await zone.leading.look(BOTH)
    assert [] == zone.told
    monkeypatch.setattr(leading, "_GRACE", -1.0)
    for _ in range(2):
        await zone.leading.look(BOTH)
    zone.elsewhere["b.example.org"] = "b.example.org leads to 192.0.2.7"
    await zone.leading.look(BOTH)
    expected = ["b.example.org has no address yet", "b.example.org leads to 192.0.2.7"]
    assert expected == zone.told


async def test_what_was_true_is_looked_up_anew_for_the_next_order(zone: Zone) -> None:
    zone.elsewhere.clear()
    await zone.leading.look(BOTH)
    assert {"a.example.org": "", "b.example.org": ""} == zone.leading.here
    zone.leading.forget(BOTH)
    assert {} == zone.leading.here

"""Whether a host is updated, why, and when next."""

from __future__ import annotations

import pytest

from homeport.dns.ddclient.decide import Decision, decide
from homeport.dns.ddclient.manners import Manners
from homeport.dns.ddclient.model import Outcome, Wanted
from tests.unit.dns.ddclient.files import ONE, host_of, settled_of

NOW = 2_000_000_000
HAS = Wanted(ip="8.8.4.4", v4="8.8.4.4")
KEPT = {
    "ip": "8.8.4.4",
    "status": "good",
    "mtime": str(NOW - 1000),
    "atime": str(NOW - 1000),
    "static": "0",
    "mx": "",
}
NOBODY = Manners(salt="s")


def decided(
    wanted: Wanted = HAS,
    kept: dict[str, str] | None = None,
    manners: Manners = NOBODY,
    text: str = ONE,
    *,
    force: bool = False,
) -> tuple[bool, str, int]:
    """The decision, in short."""
    found: Decision = decide(
        settled_of(text), host_of(text), wanted, kept, manners, NOW, force=force
    )
    return found.update, found.why.partition(" has to wait")[0], found.next


def test_a_host_that_the_cache_does_not_know_is_updated() -> None:
    assert (True, "the cache does not know it", 0) == decided()


def test_a_host_that_has_its_address_is_left_alone_until_max_interval() -> None:
    assert (False, "it has 8.8.4.4 already", NOW - 1000 + 30 * 86400) == decided(kept=KEPT)


def test_another_address_is_published() -> None:
    assert (True, "1.1.1.1 -> 8.8.4.4", 0) == decided(kept={**KEPT, "ip": "1.1.1.1"})


@pytest.mark.parametrize(
    ("status", "since", "next_"),
    [("good", 10, NOW + 20), ("good", 31, 0), ("nohost", 10, NOW + 290), ("nohost", 301, 0)],
)
def test_pauses_are_kept(status: str, since: int, next_: int) -> None:
    when = str(NOW - since)
    kept = {**KEPT, "ip": "1.1.1.1", "status": status, "mtime": when, "atime": when}
    assert (not next_, "1.1.1.1 -> 8.8.4.4", next_) == decided(kept=kept)


def test_without_an_address_nothing_is_sent_not_even_with_force() -> None:
    assert (False, "no address is known", 0) == decided(Wanted(), force=True)


def test_a_provider_that_asks_to_wait_is_waited_for() -> None:
    found = decided(kept={**KEPT, "ip": "1.1.1.1", "wtime": str(NOW + 60)})
    assert (False, NOW + 60) == (found[0], found[2])


def test_a_clock_that_jumped_back_waits_no_longer_than_the_pause() -> None:
    kept = {**KEPT, "ip": "1.1.1.1", "mtime": str(NOW + 9), "atime": str(NOW + 9)}
    assert (False, "1.1.1.1 -> 8.8.4.4", NOW + 39) == decided(kept=kept)


@pytest.mark.parametrize("status", ["good", "nohost"])
def test_times_of_a_clock_that_was_years_ahead_hold_nobody_back(status: str) -> None:
    late = str(NOW + 10 * 365 * 86400)
    kept = {**KEPT, "ip": "1.1.1.1", "status": status, "mtime": late, "atime": late}
    assert True is decided(kept=kept)[0]
    assert True is decided(kept={**kept, "wtime": str(int(late) + 60)})[0]
    assert True is decided(kept={**kept, "ip": HAS.ip, "status": "good"})[0], (
        "its time is put right"
    )


def test_a_pause_of_a_clock_that_was_years_ahead_is_over() -> None:
    host = host_of()
    late = NOW + 10 * 365 * 86400
    after = NOBODY.after(host, outcome(refused=False, busy=True, after=7200.0), late)
    assert 0 == after.standing(host, NOW).until
    soon = NOBODY.after(host, outcome(refused=False, busy=True, after=1e9), NOW)
    assert NOW + 86400 == soon.standing(host, NOW).until


def outcome(**more: object) -> Outcome:
    fields = {"host": "a.example.org", "status": "badauth", "told": "badauth: wrong"} | more
    return Outcome(**fields)  # type: ignore[arg-type]


def test_after_a_refusal_only_another_configuration_or_force_asks_again() -> None:
    manners = NOBODY.after(host_of(), outcome(refused=True), NOW)
    refused = (False, "badauth: wrong: nobody asks again until the configuration changes", 0)
    assert refused == decided(kept=KEPT, manners=manners)
    assert (True, "-force", 0) == decided(kept=KEPT, manners=manners, force=True)
    other = ONE.replace("s3cr3t", "another")
    assert decided(kept=KEPT, manners=manners, text=other)[0]


def test_pauses_double_while_a_provider_has_trouble_up_to_a_day() -> None:
    manners, waits = NOBODY, []
    for _ in range(10):
        manners = manners.after(host_of(), outcome(busy=True), NOW)
        waits.append(manners.standing(host_of(), NOW).until - NOW)
    assert [300, 600, 1200, 2400, 4800, 9600, 19200, 38400, 76800, 86400] == waits
    assert 0 == manners.after(host_of(), outcome(status="good"), NOW).standing(host_of(), NOW).until


def test_what_a_provider_says_of_the_pause_counts() -> None:
    manners = NOBODY.after(host_of(), outcome(busy=True, after=7200.0), NOW)
    assert NOW + 7200 == manners.standing(host_of(), NOW).until

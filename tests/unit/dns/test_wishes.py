"""Which zone a host's records are made in, and how often its provider is told."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homeport.dns.manners import Paced, Sent, paced, told
from homeport.dns.model import Zone
from homeport.dns.plan import Change, Verb
from homeport.dns.wishes import Hosted, by_zone

ZONES = (
    Zone(name="example.org", provider="gandi"),
    Zone(name="home.example.org", provider="rfc2136"),
)
HOST = "blog.home.example.org"


@pytest.mark.parametrize(
    ("dns", "zone", "why"),
    [
        ("", "home.example.org", ""),
        ("off", "", ""),
        (":example.org", "example.org", ""),
        ("gandi:example.org", "example.org", ""),
        ("rfc2136:", "home.example.org", ""),
        (":other.org", "", f"the box has no zone other.org in which {HOST} lies"),
        (
            "noip:example.org",
            "",
            "zone example.org is at gandi, and x-homeport.dns says noip",
        ),
    ],
)
def test_a_host_is_in_the_longest_zone_or_in_the_one_that_is_named(
    dns: str, zone: str, why: str
) -> None:
    found = by_zone({HOST: Hosted(owner="blog", dns=dns)}, ZONES)
    placed = [name for name, hosts in found.zones.items() if hosts == {HOST: "blog"}]
    assert ([zone] if zone else [], [why] if why else []) == (
        placed,
        [one.why for one in found.misplaced],
    )


def test_a_host_of_no_zone_is_nobodys_business() -> None:
    found = by_zone({"blog.other.org": Hosted(owner="blog")}, ZONES)
    assert ({"example.org": {}, "home.example.org": {}}, ()) == (found.zones, found.misplaced)


def change(host: str) -> Change:
    return Change(verb=Verb.CHANGE, host=host, mark="", a=("192.0.2.1",))


@pytest.mark.parametrize(
    ("sent", "later"),
    [
        ({}, 0.0),
        ({"a": Sent(at=900.0)}, 200.0),
        ({"a": Sent(at=700.0)}, 0.0),
        ({"a": Sent(at=9e9)}, 300.0),
        ({"a": Sent(at=400.0, values=("192.0.2.1",), times=3)}, 600.0),
        ({"a": Sent(at=400.0, values=("192.0.2.2",), times=3)}, 0.0),
        ({"a": Sent(at=400.0, values=("192.0.2.1",), times=99)}, 85800.0),
    ],
)
def test_a_host_is_told_once_in_its_pause_and_holds_up_no_other(
    sent: dict[str, Sent], later: float
) -> None:
    a, b = change("a"), change("b")
    now = (b,) if later else (a, b)
    assert Paced(now=now, later=later) == paced([a, b], sent, 300.0, 1000.0)


def test_what_has_no_effect_is_counted() -> None:
    once = told(change("a"), None, 1.0)
    twice = told(change("a"), once, 2.0)
    assert [1, 2, 1] == [
        once.times,
        twice.times,
        told(replace(change("a"), a=()), twice, 3.0).times,
    ]

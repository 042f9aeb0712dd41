"""Who waits, for how long, and what is not sent again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homeport.model.route import Route, RouteTable, Upstream
from homeport.proxy.hold import Asked, read_question
from homeport.proxy.outages import Outage, as_served, outages, with_vanished

ONE = Upstream(address="10.0.0.2", port=80, container="web-1")
SERVED = Route(host="a.org", upstreams=(ONE,))
DOWN = Route(host="a.org", why_not=("web-1: it is restarting",), awaited=True)
KEY = ("a.org", "/")


def table(*routes: Route) -> RouteTable:
    """A table of these."""
    return RouteTable(routes=routes)


def test_a_site_that_loses_its_last_upstream_is_out_from_that_moment() -> None:
    """And still since then, however often it is looked at."""
    first = outages({}, table(SERVED), table(DOWN), clock=10, hold=60)
    assert {KEY: Outage(since=10, route=DOWN, hold=60, last=SERVED)} == first
    assert first == outages(first, table(DOWN), table(DOWN), clock=500, hold=60)
    assert {} == outages(first, table(DOWN), table(SERVED), clock=12, hold=60)


def test_nginx_keeps_a_site_as_it_was_while_it_is_held() -> None:
    """Neither its going nor its coming back costs a reload."""
    found = outages({}, table(SERVED), table(DOWN), clock=10, hold=60)
    assert table(SERVED) == as_served(table(DOWN), found, clock=69)
    assert table(DOWN) == as_served(table(DOWN), found, clock=70)
    never = outages({}, table(), table(DOWN), clock=10, hold=60)
    assert table(replace(DOWN, held=True)) == as_served(table(DOWN), never, clock=11)


def test_a_site_says_itself_how_long_its_visitors_wait() -> None:
    said = Route(host="a.org", hold=5, awaited=True)
    (found,) = outages({}, table(), table(said), clock=10, hold=60).values()
    assert 15 == found.until


def test_a_site_that_was_scaled_to_nothing_is_held_and_then_forgotten() -> None:
    """Its container yielded, and was removed."""
    yields = Route(host="a.org", why_not=("web-1: its successor is coming",), awaited=True)
    first = outages({}, table(SERVED), table(yields), clock=10, hold=60)
    found = outages(first, table(yields), table(), clock=11, hold=60)
    last = with_vanished(table(), found)
    assert ((), ("its container is gone",)) == (last.routes[0].upstreams, last.routes[0].why_not)
    assert found == outages(found, last, table(), clock=69, hold=60)
    assert {} == outages(found, last, table(), clock=70, hold=60)


def test_what_a_person_stopped_or_removed_is_held_for_a_moment_only() -> None:
    """It may be a restart; it may be for good. One that never was ready may never be."""
    stopped = Route(host="a.org", why_not=("web-1: it is exited",))
    started = Route(host="a.org", why_not=("web-1: it is not ready",), boots=True)
    (found,) = outages({}, table(SERVED), table(started), clock=10, hold=60).values()
    assert 70 == found.until
    (found,) = outages({}, table(), table(started), clock=10, hold=60).values()
    assert 12 == found.until
    for now in (table(stopped), table()):
        (found,) = outages({}, table(SERVED), now, clock=10, hold=60).values()
        assert 12 == found.until


def question(method: str = "GET", **fields: str) -> Asked:
    """What nginx sends."""
    lines = [f"X-Homeport-{key.title()}: {value}" for key, value in fields.items()]
    return read_question("\r\n".join([f"{method} / HTTP/1.0", *lines, "", ""]))


def test_a_request_that_nobody_has_seen_is_held() -> None:
    assert Asked(method="POST", site="a") == question("POST", site="a")
    refused = question("POST", site="a", tried="10.0.0.2:80", connected="-", said="502")
    assert (1, False, False) == (refused.tried, refused.connected, refused.over)


@pytest.mark.parametrize(
    ("method", "said", "over"),
    [("GET", "502", False), ("PUT", "502", False), ("POST", "502", True), ("GET", "504", True)],
)
def test_a_request_that_may_have_been_carried_out_is_not_sent_again(
    method: str, said: str, over: bool
) -> None:
    """RFC 9110, 9.2.2; and one that timed out has waited enough."""
    asked = question(method, site="a", tried="10.0.0.2:80", connected="0.001", said=said)
    assert over is asked.over


def test_its_own_socket_is_none_of_those_that_were_tried() -> None:
    """A request that was held and sent on comes back when that one crashes, too."""
    asked = question(
        "POST",
        site="a",
        tried="unix:/run/homeport/hold.sock : 10.0.0.2:80, 10.0.0.3:80",
        connected="0.000 : -, -",
        said="200 : 502, 502",
    )
    assert (1, False, "502") == (asked.tried, asked.connected, asked.status)


def test_one_that_crashes_at_a_request_is_not_sent_it_for_ever() -> None:
    """Kept connections that it had closed, which nginx tries one after the other, do not count."""
    for separator, over in ((" : ", True), (", ", False)):
        tried, connected, said = (separator.join([v] * 4) for v in ("10.0.0.2:80", "0.1", "502"))
        asked = question(site="a", tried=tried, connected=connected, said=said)
        assert over is asked.over

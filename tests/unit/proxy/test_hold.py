"""Who waits, for how long, and what is not sent again."""

from __future__ import annotations

import pytest

from homeport.model.route import Route, RouteTable, Upstream
from homeport.proxy.hold import Asked, read_question
from homeport.proxy.outages import Outage, outages, with_vanished

ONE = Upstream(address="10.0.0.2", port=80, container="web-1")
SERVED = Route(host="a.org", upstreams=(ONE,))
DOWN = Route(host="a.org", why_not=("web-1: it is exited",))
KEY = ("a.org", "/")


def table(*routes: Route) -> RouteTable:
    """A table of these."""
    return RouteTable(routes=routes)


def test_a_site_that_loses_its_last_upstream_is_out_from_that_moment() -> None:
    """And still since then, however often it is looked at."""
    first = outages({}, table(SERVED), table(DOWN), clock=10, hold=60)
    assert {KEY: Outage(since=10, route=DOWN, hold=60)} == first
    assert first == outages(first, table(DOWN), table(DOWN), clock=500, hold=60)
    assert {} == outages(first, table(DOWN), table(SERVED), clock=12, hold=60)


def test_a_site_says_itself_how_long_its_visitors_wait() -> None:
    said = Route(host="a.org", hold=5)
    (found,) = outages({}, table(), table(said), clock=10, hold=60).values()
    assert 15 == found.until


def test_a_site_whose_containers_are_gone_is_held_and_then_forgotten() -> None:
    """Scaled to nothing, or removed and made again."""
    found = outages({}, table(SERVED), table(), clock=10, hold=60)
    (route,) = with_vanished(table(), found).routes
    assert ((), ("its container is gone",)) == (route.upstreams, route.why_not)
    last = with_vanished(table(), found)
    assert found == outages(found, last, table(), clock=69, hold=60)
    assert {} == outages(found, last, table(), clock=70, hold=60)


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
    assert (2, False, "502") == (asked.tried, asked.connected, asked.status)
    often = "10.0.0.2:80, 10.0.0.2:80, 10.0.0.2:80, 10.0.0.2:80"
    tried = question(
        site="a", tried=often, connected="0.1, 0.1, 0.1, 0.1", said="502, 502, 502, 502"
    )
    assert tried.over

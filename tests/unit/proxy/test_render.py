"""From routes to nginx's configuration: the same bytes for the same table; nothing escapes."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.model.route import Route, RouteTable, Upstream
from homeport.model.wish import Refused, read_wish
from homeport.proxy.render import CHALLENGE, render
from homeport.proxy.traffic import count

GOLDEN = Path(__file__).parents[2] / "golden" / "proxy" / "sites.conf"


def rendered(*routes: Route, own_host: str = "") -> str:
    """The configuration of generation 7."""
    return render(RouteTable(routes=routes), generation=7, own_host=own_host, drain=35)


def up(address: str, container: str, port: int = 5000) -> Upstream:
    """One that answers."""
    return Upstream(address=address, port=port, container=container)


def test_sites_look_like_this() -> None:
    """Two replicas, a path, IPv6, a host that nobody answers, and homeport's own."""
    found = rendered(
        Route(host="a.org", upstreams=(up("10.0.0.2", "a-1"), up("10.0.0.3", "a-2")), owner="a"),
        Route(
            host="a.org",
            path="/api/",
            upstreams=(up("fd00::2", "api"),),
            owner="a",
            kept_alive=False,
        ),
        Route(host="b.org", owner="b", why_not=("b-1: it is not ready",)),
        Route(host="c.org", owner="c", why_not=("c-1: it is restarting",), held=True),
        own_host="ci.example.org",
    )
    start = found.index("    # homeport's own API")
    assert GOLDEN.read_text() == found[start:]


def test_the_same_table_gives_the_same_bytes() -> None:
    route = Route(host="a.org", upstreams=(up("10.0.0.2", "a-1"),), owner="a")
    assert rendered(route) == rendered(route)


TEXT = st.text(max_size=60)


def structure(text: str) -> list[str]:
    """The configuration without what stands in strings and comments: what nginx obeys."""
    plain = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    return [re.sub(r"#.*", "", line) for line in plain.splitlines()]


@given(host=TEXT, path=TEXT, port=TEXT, name=TEXT, reason=TEXT)
def test_no_value_of_a_container_changes_what_nginx_obeys(
    host: str, path: str, port: str, name: str, reason: str
) -> None:
    """Whatever it says: it is refused, or it stands in its place and nowhere else."""
    variables = {"VIRTUAL_HOST": host, "VIRTUAL_PATH": path, "VIRTUAL_PORT": port}
    try:
        wish = read_wish({k: v for k, v in variables.items() if v})
    except Refused:
        wish = read_wish({"VIRTUAL_HOST": "a.org"})
    shown, written = wish.hosts or ("a.org",), next((p.path for p in wish.places), "/")
    hostile = [
        Route(host=h, path=written, upstreams=(up("10.0.0.2", name),), owner="o") for h in shown
    ] + [Route(host=f"z.{h}", path=written, owner="o", why_not=(reason,)) for h in shown]
    # Where that path is asked for, too, at which certificate authorities look.
    plain = "/" if CHALLENGE.startswith(written) else "/p"
    tame = [
        Route(host="h.org", path=plain, upstreams=(up("10.0.0.2", "c"),), owner="o") for _ in shown
    ] + [Route(host="z.org", path=plain, owner="o", why_not=("r",)) for _ in shown]
    marks = [sum(line.count(mark) for line in structure(rendered(*hostile))) for mark in ";{}"]
    expected = [sum(line.count(mark) for line in structure(rendered(*tame))) for mark in ";{}"]
    if len(set(shown)) == len(shown) == 1:
        assert expected == marks


@pytest.mark.parametrize("mark", ['"', "\\", "\n", "$", "{", "}", "'", "#"])
def test_the_reason_of_a_503_cannot_end_its_string(mark: str) -> None:
    found = rendered(Route(host="a.org", owner="a", why_not=(f"x{mark}y",)))
    (line,) = {line for line in found.splitlines() if "nobody to answer" in line}
    assert r'            return 503 "a.org has nobody to answer: xy\n";' == line


PROC = """\
  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 00000000:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 1
   1: 0200000A:9C40 0300000A:1388 01 00000000:00000000 00:00000000 00000000     0        0 2
   2: 0200000A:9C41 0300000A:1388 01 00000000:00000000 00:00000000 00000000     0        0 3
   3: 0200000A:9C42 0300000A:1388 06 00000000:00000000 00:00000000 00000000     0        0 4
   4: 0200000A:9C43 0300000A:1389 01 00000000:00000000 00:00000000 00000000     0        0 5
"""


def test_what_is_in_flight_is_what_is_established_to_that_address_and_port() -> None:
    """proc(5): addresses in the host's order; 01 is ESTABLISHED, 06 TIME_WAIT."""
    assert [2, 1, 0] == [
        count(PROC, "10.0.0.3", 5000),
        count(PROC, "10.0.0.3", 5001),
        count(PROC, "10.0.0.4", 5000),
    ]

"""From containers to routes: who has which host, and who answers."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.model.container import Container, Endpoint
from homeport.model.route import Refusal, Route, RouteTable, Upstream
from homeport.model.wish import Place, Refused, Wish, read_wish
from homeport.proxy.claims import claims_of, conflicts, read_claims, write_claims
from homeport.proxy.routes import read_routes


def container(name: str, **values: Any) -> Container:
    """One that runs, is ready, and asks for a.org."""
    number = sum(map(ord, name)) % 250
    defaults: dict[str, Any] = {
        "id": name,
        "name": name,
        "image": "app",
        "image_id": "sha256:1",
        "state": "running",
        "labels": {"com.docker.compose.project": values.pop("project", "blog")},
        "endpoints": (
            Endpoint(network="blog_default", network_id="n", address=f"10.0.0.{number}"),
        ),
        "env": {"VIRTUAL_HOST": values.pop("host", "a.org"), **values.pop("env", {})},
        "exposed": ("5000/tcp",),
    }
    return Container(**{**defaults, **values})


def upstream(of: Container, port: int = 5000) -> Upstream:
    """Where a container answers."""
    return Upstream(address=of.endpoints[0].address, port=port, container=of.name)


def table(
    *containers: Container, ready: set[str] | None = None, claims: dict[str, str] | None = None
) -> RouteTable:
    """Their routes; all are ready unless it is said who is."""
    return read_routes(
        containers,
        ready={c.id for c in containers} if ready is None else ready,
        joined={"blog_default"},
        claims=claims or {},
    )


def test_replicas_of_a_host_are_answered_by_all_that_are_ready() -> None:
    one, two = container("blog-web-1"), container("blog-web-2")
    route = Route(host="a.org", upstreams=(upstream(one), upstream(two)), owner="blog")
    assert RouteTable(routes=(route,)) == table(one, two)
    why = ("blog-web-2: it is not ready",)
    route = Route(host="a.org", upstreams=(upstream(one),), owner="blog", why_not=why)
    assert RouteTable(routes=(route,)) == table(one, two, ready={one.id})


@pytest.mark.parametrize(
    ("values", "reason"),
    [
        ({"state": "exited"}, "it is exited"),
        ({"state": "paused"}, "it is paused"),
        ({"stop_requested": True}, "it is being stopped"),
        ({"endpoints": ()}, "it shares no network with the proxy"),
    ],
)
def test_one_that_cannot_answer_is_named_with_the_reason(
    values: dict[str, Any], reason: str
) -> None:
    (route,) = table(container("c", **values)).routes
    assert ((), (f"c: {reason}",)) == (route.upstreams, route.why_not)


def test_of_two_that_ask_at_once_the_one_that_started_first_has_the_host() -> None:
    """Whatever they are called."""
    late = container("a-late", project="late", started_at="2026-01-01T00:00:02Z")
    early = container("z-early", project="early", started_at="2026-01-01T00:00:01Z")
    found = table(late, early)
    assert ["early"] == [route.owner for route in found.routes]
    assert (Refusal(container="a-late", reason="a.org belongs to early"),) == found.refusals


def test_a_staged_one_is_not_routed_and_a_leaving_one_is() -> None:
    staged, leaving = container("web.staged"), container("web.leaving")
    (route,) = table(staged, leaving).routes
    assert (upstream(leaving),) == route.upstreams


def test_a_draining_one_stands_in_until_somebody_else_answers() -> None:
    old, new = container("blog-web-1.draining"), container("blog-web-2")
    (route,) = table(old, new, ready={old.id}).routes
    assert (upstream(old),) == route.upstreams
    (route,) = table(old, new).routes
    assert (upstream(new),) == route.upstreams


def test_one_that_was_sent_its_stop_signal_stands_in_for_nobody() -> None:
    assert RouteTable() == table(container("blog-web-1.draining.stopping"))


def test_a_host_belongs_to_the_first_who_had_it() -> None:
    mine, other = container("b-web-1", project="b"), container("a-web-1", project="a")
    found = table(mine, other, claims={"a.org": "b"})
    assert ["b"] == [r.owner for r in found.routes]
    assert (Refusal(container="a-web-1", reason="a.org belongs to b"),) == found.refusals


def test_several_hosts_and_a_path_of_one_container() -> None:
    found = table(container("c", host="a.org, B.org,,a.org", env={"VIRTUAL_PATH": "/api/"}))
    assert [("a.org", "/api/"), ("b.org", "/api/")] == [(r.host, r.path) for r in found.routes]


def test_the_port_is_the_one_that_is_said_else_the_only_one_exposed_else_80() -> None:
    for values, port in (
        ({"env": {"VIRTUAL_PORT": "8000"}}, 8000),
        ({}, 5000),
        ({"exposed": ("5000/tcp", "6000/tcp")}, 80),
        ({"exposed": ("53/udp",)}, 80),
        ({"exposed": ()}, 80),
    ):
        (route,) = table(container("c", **values)).routes
        assert [port] == [u.port for u in route.upstreams]


@pytest.mark.parametrize(
    "variables",
    [
        {"VIRTUAL_HOST": "a b"},
        {"VIRTUAL_HOST": "a.org;"},
        {"VIRTUAL_HOST": "a..org"},
        {"VIRTUAL_HOST": "-a.org"},
        {"VIRTUAL_HOST": "a" * 254},
        {"VIRTUAL_HOST": "a.org\nserver {}"},
        {"VIRTUAL_HOST": ",".join(f"h{n}.org" for n in range(101))},
        {"VIRTUAL_HOST": "a.org", "VIRTUAL_PORT": "80;"},
        {"VIRTUAL_HOST": "a.org", "VIRTUAL_PORT": "0"},
        {"VIRTUAL_HOST": "a.org", "VIRTUAL_PORT": "65536"},
        {"VIRTUAL_HOST": "a.org", "VIRTUAL_PORT": "9" * 5000},
        {"VIRTUAL_HOST": "a.org", "VIRTUAL_PORT": "٣"},
        {"VIRTUAL_HOST": "a.org", "VIRTUAL_PATH": "/a b"},
        {"VIRTUAL_HOST": "a.org", "VIRTUAL_PATH": "a"},
        {"VIRTUAL_HOST": "a.org", "VIRTUAL_PATH": "/$request_uri"},
        {"VIRTUAL_HOST": "a.org", "VIRTUAL_PATH": '/"'},
    ],
)
def test_a_wish_that_cannot_be_is_refused(variables: dict[str, str]) -> None:
    with pytest.raises(Refused):
        read_wish(variables)


def test_a_wish_that_can_be_is_taken() -> None:
    variables = {"VIRTUAL_HOST": "*.a.org,b_c.org,localhost,x.*", "VIRTUAL_PATH": "/a/b.c~"}
    hosts = ("*.a.org", "b_c.org", "localhost", "x.*")
    places = tuple(Place(host=host, path="/a/b.c~") for host in hosts)
    assert Wish(places=places) == read_wish(variables)


def test_claims_are_kept_while_their_owner_has_containers(tmp_path: Any) -> None:
    """Also of hosts that nobody asks for at the moment."""
    here = [container("c", project="b")]
    before = {"a.org": "b", "old.org": "gone", "other.org": "b"}
    kept = claims_of(table(*here, claims=before), before, here)
    assert {"a.org": "b", "other.org": "b"} == kept
    write_claims(tmp_path / "claims.json", kept)
    assert kept == read_claims(tmp_path / "claims.json")
    assert ["a.org belongs to b"] == conflicts(["a.org", "new.org"], "c", kept)
    assert [] == conflicts(["a.org"], "b", kept)

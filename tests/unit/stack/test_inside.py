"""A service is found by its name only where it is ready."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from homeport.model.container import Endpoint
from homeport.model.plan import CreateNetwork, JoinNetwork, Plan
from homeport.model.stack import Condition, Dependency, NetworkSpec, Order, Service
from homeport.stack.inside import inside_of
from homeport.stack.plan import plan_up
from tests.unit.stack.builders import NEW, container, observed, service, stack

API = {"Aliases": ["api.inside"]}
WEB = {"Links": ["api.inside:api"]}


def told(name: str, *env: str, **values: Any) -> Service:
    """A service with these variables."""
    return service(name, body={"Env": list(env)}, **values)


def test_who_is_called_and_who_calls_have_a_further_network() -> None:
    """By depends_on, or because its name stands where a host does; no others."""
    started = Dependency(service="api", condition=Condition.STARTED)
    web, worker = service("web", depends_on=(started,)), told("worker", "URL=http://api:8000/x")
    found = inside_of(stack(service("api"), web, worker, told("other", "A=api", "B=my-api:1")))
    assert {"blog_default.inside": {"api": API, "web": WEB, "worker": WEB}} == found.networks


def test_what_stops_first_is_never_there_twice_and_needs_none() -> None:
    web = told("web", "DB=postgres://db:5432")
    assert {} == inside_of(stack(service("db", order=Order.STOP_FIRST), web)).networks


def test_networks_that_are_apart_stay_apart() -> None:
    """api is called in one, and calls in the other."""
    front, back = (NetworkSpec(key=k, name=f"blog_{k}") for k in ("front", "back"))
    services = (
        told("web", "http://api:1", networks={"blog_front": {}}),
        told("api", "redis://cache:1", networks={"blog_front": {}, "blog_back": {}}),
        service("cache", networks={"blog_back": {}}),
    )
    found = inside_of(stack(*services, networks={"front": front, "back": back})).networks
    assert {"blog_front.inside": {"web", "api"}, "blog_back.inside": {"api", "cache"}} == {
        network: set(members) for network, members in found.items()
    }


def joins(plan: Plan) -> dict[str, Any]:
    """Who joins, and how."""
    found = [s.action for s in plan.steps if isinstance(s.action, JoinNetwork)]
    return {join.target: join.settings for join in found}


STACK = stack(service("api"), told("web", "API=http://api:1"))
IMAGES = {"api:1": NEW, "web:1": NEW}


def test_a_replica_joins_when_it_has_taken_its_place() -> None:
    """Not before it is ready; and its predecessor ends after that."""
    there = observed(container("blog-api-1", "api"), container("blog-web-1", "web"), images=IMAGES)
    plan = plan_up(STACK, there)
    assert {"blog-api-2": API, "blog-web-2": WEB} == joins(plan)
    (network,) = [s.action for s in plan.steps if isinstance(s.action, CreateNetwork)]
    assert (True, True) == (network.optional, network.body["Internal"])
    steps = {str(s.action): s for s in plan.steps}
    promoted = steps["blog-api-2.staged -> blog-api-2"]
    join = steps["blog-api-2 + blog_default.inside"]
    assert (promoted.number,) == join.after
    stop = next(s for s in plan.steps if s.action.target == "blog-api-1.stopping")
    assert join.number in stop.after


def test_a_stack_that_compose_made_is_left_alone_until_something_changes() -> None:
    there = observed(
        container("blog-api-1", "api", image_id=NEW),
        container("blog-web-1", "web", image_id=NEW),
        images=IMAGES,
    )
    assert Plan() == plan_up(STACK, there)


def test_one_that_did_not_come_to_join_joins() -> None:
    """A crash between the two; or docker compose made it again."""
    inside = Endpoint(network="blog_default.inside", network_id="n", address="10.0.0.2")
    there = observed(
        container("blog-api-1", "api", image_id=NEW, endpoints=(inside,)),
        container("blog-web-1", "web", image_id=NEW),
        images=IMAGES,
        networks={"blog_default": "blog", "blog_default.inside": "blog"},
    )
    assert {"blog-web-1": WEB} == joins(plan_up(STACK, there))
    whole = tuple(replace(c, endpoints=(inside,)) for c in there.containers)
    assert Plan() == plan_up(STACK, replace(there, containers=whole))

"""The planner: what is wanted, what is there, and the steps between the two."""

# ruff: noqa: E501 - a plan is compared as it is printed

from __future__ import annotations

import pytest
from msgspec.structs import replace

from homeport.delivery.rollout import predicted_pause, until_live
from homeport.errors import Conflict, RequestError
from homeport.model.container import Container, Endpoint, Health, Phase, base_name
from homeport.model.plan import (
    AwaitRouted,
    CreateContainer,
    Delay,
    Plan,
    RemoveContainer,
    RemoveNetwork,
    RenameContainer,
    StopContainer,
)
from homeport.model.stack import Condition, Dependency, NetworkSpec, Order, Policy, VolumeSpec
from homeport.stack.check import check_possible
from homeport.stack.labels import replica_labels
from homeport.stack.plan import plan_down, plan_up, scaled
from homeport.stack.policy import turned_back
from homeport.stack.retreat import plan_left, plan_retreat
from tests.unit.stack.builders import DATA, NEW, OLD, container, observed, service, stack


def normal(block: str) -> str:
    """Text with single blanks, without an indent."""
    return "\n".join(" ".join(line.split()) for line in block.strip().splitlines())


def test_unchanged_stack_plans_nothing() -> None:
    """What is as wanted is left alone."""
    plan = plan_up(stack(service("web")), observed(container("blog-web-1", "web")))
    assert Plan() == plan


def test_other_rules_of_its_routes_make_another_container() -> None:
    """They are labels, and Compose's hash does not know of them."""
    wanted = stack(service("web", hosts=("a.org",), route={"rate.limit": "5/s"}))
    one = container("blog-web-1", "web")
    assert Plan() != plan_up(wanted, observed(one))
    labels = replica_labels(wanted, wanted.services["web"], number=1)
    made = replace(one, labels=labels)
    assert "5/s" == labels["homeport.route.rate.limit"]
    assert Plan() == plan_up(wanted, observed(made))
    assert Plan() != plan_up(stack(service("web", hosts=("a.org",))), observed(made))


def test_an_empty_engine_gets_the_network_then_the_containers() -> None:
    """The first deploy makes everything."""
    wanted = stack(service("web"), volumes={"data": DATA})
    plan = plan_up(wanted, observed(images={"web:1": NEW}, networks={}))
    expected = """
        [] -> #1 network:default CreateNetwork blog_default it is not there yet
        [] -> #2 volume:data CreateVolume blog_data it is not there yet
        [1,2] -> #3 service:web CreateContainer blog-web-1.staged it is not there yet
        [3] -> #4 service:web StartContainer blog-web-1.staged it is not there yet
        [4] -> #5 service:web AwaitHealthy blog-web-1.staged before it takes its place, at most 40 s
        [5] -> #6 service:web RenameContainer blog-web-1.staged -> blog-web-1 ready
    """
    assert normal(expected) == normal(str(plan))


def test_a_changed_image_starts_first_switches_by_name_and_drains_the_old() -> None:
    """The rollout of a stateless, routed service."""
    wanted = stack(service("web", hosts=("blog.example.org",), port=5000, drain=30.0))
    plan = plan_up(wanted, observed(container("blog-web-1", "web"), images={"web:1": NEW}))
    expected = """
        [] -> #1 service:web CreateContainer blog-web-2.staged image changed 3f2a1c9 -> 8bd01e2
        [1] -> #2 service:web StartContainer blog-web-2.staged image changed 3f2a1c9 -> 8bd01e2
        [2] -> #3 service:web AwaitHealthy blog-web-2.staged before it takes its place, at most 40 s
        [3] -> #4 service:web RenameContainer blog-web-2.staged -> blog-web-2 ready; blog.example.org follows the name
        [4] -> #5 service:web RenameContainer blog-web-1 -> blog-web-1.draining image changed 3f2a1c9 -> 8bd01e2
        [4,5] -> #6 service:web AwaitRouted blog-web-2 the proxy has to answer from it alone, at most 20 s
        [6] -> #7 service:web Drain blog-web-1.draining requests in flight, at most 30 s
        [7] -> #8 service:web RenameContainer blog-web-1.draining -> blog-web-1.draining.stopping image changed 3f2a1c9 -> 8bd01e2
        [8] -> #9 service:web StopContainer blog-web-1.draining.stopping image changed 3f2a1c9 -> 8bd01e2
        [9] -> #10 service:web RemoveContainer blog-web-1.draining.stopping image changed 3f2a1c9 -> 8bd01e2
    """
    assert normal(expected) == normal(str(plan))


def test_replicas_are_all_ready_before_the_first_is_promoted() -> None:
    """All or none: a second service that is not ready keeps the first from switching."""
    wanted = stack(service("web"), service("api"))
    there = observed(
        container("blog-web-1", "web"),
        container("blog-api-1", "api"),
        images={"web:1": NEW, "api:1": NEW},
    )
    plan = plan_up(wanted, there)
    waits = {s.number for s in plan.steps if type(s.action).__name__ == "AwaitHealthy"}
    promotes = [s for s in plan.steps if getattr(s.action, "to", "").endswith("-2")]
    assert [waits, waits] == [set(s.after) for s in promotes]


def test_state_stops_first_and_the_old_one_is_removed_last() -> None:
    """A writable volume has one user at a time; going back is starting the old one again."""
    wanted = stack(
        service("db", order=Order.STOP_FIRST, order_why="writable volume data", stop_grace=20)
    )
    plan = plan_up(wanted, observed(container("blog-db-1", "db"), images={"db:1": NEW}))
    expected = """
        [] -> #1 service:db CreateContainer blog-db-2.staged image changed 3f2a1c9 -> 8bd01e2
        [] -> #2 service:db RenameContainer blog-db-1 -> blog-db-1.yielding writable volume data: it stops before its successor starts
        [1,2] -> #3 service:db StayStopped blog-db-1.yielding also after a power cut: its state has one user
        [3] -> #4 service:db StopContainer blog-db-1.yielding writable volume data
        [1,4] -> #5 service:db StartContainer blog-db-2.staged image changed 3f2a1c9 -> 8bd01e2
        [5] -> #6 service:db AwaitHealthy blog-db-2.staged before it takes its place, at most 40 s
        [6] -> #7 service:db RenameContainer blog-db-2.staged -> blog-db-2 ready
        [7] -> #8 service:db RemoveContainer blog-db-1.yielding image changed 3f2a1c9 -> 8bd01e2
    """
    assert normal(expected) == normal(str(plan))


def test_replicas_that_stop_first_are_replaced_one_at_a_time_so_that_somebody_serves() -> None:
    """Each takes its place, and is routed, before the next yields; parallelism says otherwise."""
    db = service(
        "db", replicas=2, order=Order.STOP_FIRST, order_why="writable volume data", hosts=("a.org",)
    )
    there = observed(
        container("blog-db-1", "db"),
        container("blog-db-2", "db", 2),
        images={"web:1": NEW, "db:1": NEW},
    )
    plan = plan_up(stack(db), there)
    turns = [
        str(s.action)
        for s in plan.steps
        if isinstance(s.action, RenameContainer | AwaitRouted | StopContainer)
    ]
    assert [
        "blog-db-1 -> blog-db-1.yielding",
        "blog-db-1.yielding",
        "blog-db-3.staged -> blog-db-3",
        "blog-db-3",
        "blog-db-2 -> blog-db-2.yielding",
        "blog-db-2.yielding",
        "blog-db-4.staged -> blog-db-4",
        "blog-db-3",
        "blog-db-4",
    ] == turns
    assert "0 s" == predicted_pause(plan)
    at_once = plan_up(stack(replace(db, update=Policy(parallelism=0))), there)
    assert "about boot + 0.5 s: db (writable volume data)" == predicted_pause(at_once)


def test_parallelism_and_delay_are_those_of_the_file() -> None:
    """Two come up, then a pause, then the third: all switch at once."""
    web = service("web", replicas=3, update=Policy(parallelism=2, delay=5))
    plan = plan_up(stack(web), observed(images={"web:1": NEW, "db:1": NEW}))
    creates = [s for s in plan.steps if isinstance(s.action, CreateContainer)]
    (delay,) = [s for s in plan.steps if s.action == Delay(target="web", seconds=5)]
    assert [False, False, True] == [delay.number in s.after for s in creates]


def test_scaled_to_nothing_requests_are_held_before_the_last_one_stops() -> None:
    """It is not sent what it could not finish."""
    web = service("web", replicas=0, hosts=("a.org",))
    plan = plan_up(
        stack(web), observed(container("blog-web-1", "web"), images={"web:1": NEW, "db:1": NEW})
    )
    assert [
        "blog-web-1 -> blog-web-1.yielding",
        "blog-web-1.yielding",
        "blog-web-1.yielding -> blog-web-1.yielding.stopping",
        "blog-web-1.yielding.stopping",
        "blog-web-1.yielding.stopping",
    ] == [str(s.action) for s in plan.steps]


def test_going_back_follows_rollback_config() -> None:
    """Order and pace are its own."""
    policy = Policy(parallelism=1, order=Order.STOP_FIRST)
    found = turned_back(stack(service("web", rollback=policy))).services["web"]
    assert (Order.STOP_FIRST, policy) == (found.order, found.update)


def test_going_back_stops_first_where_the_engine_gives_something_to_one_container() -> None:
    """Whatever rollback_config says: the new one could not have the port."""
    start_first = Policy(order=Order.START_FIRST)
    web = service("web", alone="fixed host port 80", rollback=start_first)
    back = turned_back(stack(web)).services["web"]
    why = "fixed host port 80, though rollback_config says start-first"
    assert (Order.STOP_FIRST, why) == (back.order, back.order_why)


def test_a_leaving_container_that_is_wanted_again_is_started_and_has_its_name_back() -> None:
    """Going back after a stop-first rollout that failed."""
    wanted = stack(service("db", order=Order.STOP_FIRST))
    there = observed(
        container("blog-db-1.leaving", "db", state="exited"),
        container("blog-db-2.staged", "db", 2, image_id=NEW, image="db:2"),
        images={"db:1": OLD},
    )
    plan = plan_up(wanted, there)
    expected = """
        [] -> #1 service:db RenameContainer blog-db-2.staged -> blog-db-2.staged.stopping left behind by a rollout that did not finish
        [1] -> #2 service:db StopContainer blog-db-2.staged.stopping left behind by a rollout that did not finish
        [2] -> #3 service:db RemoveContainer blog-db-2.staged.stopping left behind by a rollout that did not finish
        [3] -> #4 service:db StartContainer blog-db-1.leaving it is stopped, and should run
        [4] -> #5 service:db AwaitHealthy blog-db-1.leaving before it takes its place, at most 40 s
        [5] -> #6 service:db RenameContainer blog-db-1.leaving -> blog-db-1 it stays, so it has its name back
    """
    assert normal(expected) == normal(str(plan))


def test_a_fixed_name_is_handed_on_by_renaming() -> None:
    """container_name does not force an outage."""
    wanted = stack(service("web", container_name="site", hosts=("a.org",)))
    plan = plan_up(wanted, observed(container("site", "web"), images={"web:1": NEW}))
    names = [
        (s.action.target, getattr(s.action, "to", type(s.action).__name__)) for s in plan.steps
    ]
    assert [
        ("site.staged", "CreateContainer"),
        ("site.staged", "StartContainer"),
        ("site.staged", "AwaitHealthy"),
        ("site", "site.leaving"),
        ("site.staged", "site"),
        ("site.leaving", "site.draining"),
        ("site", "AwaitRouted"),
        ("site.draining", "Drain"),
        ("site.draining", "site.draining.stopping"),
        ("site.draining.stopping", "StopContainer"),
        ("site.draining.stopping", "RemoveContainer"),
    ] == names


def test_a_staged_container_of_an_interrupted_rollout_is_gone_on_with() -> None:
    """kill -9 between start and promotion: nothing is started twice."""
    there = observed(
        container("blog-web-1", "web", image="web:0"),
        container("blog-web-2.staged", "web", 2, image_id=NEW),
        images={"web:1": NEW},
    )
    kinds = [type(s.action).__name__ for s in plan_up(stack(service("web")), there).steps]
    assert [
        "AwaitHealthy",
        "RenameContainer",
        "RenameContainer",
        "StopContainer",
        "RemoveContainer",
    ] == kinds


def test_a_draining_container_is_finished_and_delays_nobody() -> None:
    """kill -9 while the old one drained."""
    wanted = stack(service("web", hosts=("a.org",), drain=30.0))
    there = observed(
        container("blog-web-2", "web", 2, image_id=NEW),
        container("blog-web-1.draining", "web", 1),
        images={"web:1": NEW},
    )
    expected = """
        [] -> #1 service:web Drain blog-web-1.draining requests in flight, at most 30 s
        [1] -> #2 service:web RenameContainer blog-web-1.draining -> blog-web-1.draining.stopping left behind by a rollout that did not finish
        [2] -> #3 service:web StopContainer blog-web-1.draining.stopping left behind by a rollout that did not finish
        [3] -> #4 service:web RemoveContainer blog-web-1.draining.stopping left behind by a rollout that did not finish
    """
    assert normal(expected) == normal(str(plan_up(wanted, there)))


def test_who_is_replaced_waits_for_no_name_of_one_that_drains_still() -> None:
    """Three rollbacks in a second: each goes live in the time of a start."""
    wanted = stack(service("web", hosts=("a.org",), drain=30.0))
    there = observed(
        container("blog-web-1", "web", 1),
        container("blog-web-2.draining", "web", 2, image_id="sha256:older"),
        container("blog-web-1.draining", "web", 1, image_id="sha256:oldest"),
        container("blog-web-1.draining.draining", "web", 1, image_id="sha256:old"),
        images={"web:1": NEW},
    )
    plan, third = plan_up(wanted, there), "blog-web-1" + 3 * ".draining"
    expected = ["blog-web-2.staged -> blog-web-2", f"blog-web-1 -> {third}"]
    switches = [s.action for s in until_live(plan).steps if isinstance(s.action, RenameContainer)]
    assert expected == [f"{action.target} -> {action.to}" for action in switches]
    assert (Phase.DRAINING, "blog-web-1") == (container(third, "web").phase, base_name(third))
    assert not {"Drain", "StopContainer"} & {
        type(s.action).__name__ for s in until_live(plan).steps
    }


def test_of_two_that_end_the_one_that_is_further_frees_the_name_that_the_other_needs() -> None:
    """Whatever order the Engine shows them in."""
    there = observed(
        container("blog-web-2", "web", 2),
        container("blog-web-1.draining", "web", 1, image_id=NEW),
        container("blog-web-1.draining.stopping", "web", 1, image_id=NEW),
        images={"web:1": OLD},
    )
    steps = plan_up(stack(service("web")), there).steps
    gone = next(s.number for s in steps if isinstance(s.action, RemoveContainer))
    (rename,) = (s for s in steps if isinstance(s.action, RenameContainer))
    assert (gone,) == rename.after


def test_depends_on_orders_the_starts() -> None:
    """A dependency that is new is ready before what needs it starts."""
    wanted = stack(
        service("web", depends_on=(Dependency(service="db", condition=Condition.HEALTHY),)),
        service("db", has_healthcheck=True),
    )
    plan = plan_up(wanted, observed(images={"web:1": NEW, "db:1": NEW}))
    order = [(s.subject, type(s.action).__name__) for s in plan.steps]
    ready = next(s.number for s in plan.steps if s.subject == "service:db" and "Await" in str(s))
    created = next(s for s in plan.steps if s.action.target == "blog-web-1.staged")
    assert ("service:db", "CreateContainer") == order[1]
    assert (1, ready) == created.after


@pytest.mark.parametrize("condition", [Condition.STARTED, Condition.HEALTHY, Condition.COMPLETED])
def test_a_dependency_that_stays_stands_for_those_that_it_has(condition: Condition) -> None:
    """A migration that changed has run before the site starts that needs its database's seed."""
    done = Dependency(service="migrate", condition=Condition.COMPLETED)
    seed = service("seed", depends_on=(done,), has_healthcheck=True)
    needs_seed = (Dependency(service="seed", condition=condition),)
    wanted = stack(service("migrate"), seed, service("web", depends_on=needs_seed))
    kept = container("blog-seed-1", "seed", state="running", health=Health.HEALTHY)
    steps = plan_up(wanted, observed(kept, images={f"{s}:1": OLD for s in wanted.services})).steps
    found = {(s.subject, type(s.action).__name__): s for s in steps}
    wait = found["service:migrate", "AwaitCompleted"].number
    before = found["service:web", "CreateContainer"].after
    between = {n for s in steps if s.number in before for n in s.after}
    assert wait in {*before, *between}


def test_a_dependency_that_stays_has_to_be_healthy_too() -> None:
    """service_healthy holds for what is left alone as well."""
    wanted = stack(
        service("web", depends_on=(Dependency(service="db", condition=Condition.HEALTHY),)),
        service("db", has_healthcheck=True),
    )
    there = observed(
        container("blog-db-1", "db", health=Health.HEALTHY),
        images={"db:1": OLD, "web:1": NEW},
    )
    first = plan_up(wanted, there).steps[1]
    assert ("blog-db-1", "others depend on its health") == (first.action.target, first.why)


def test_a_job_that_others_wait_for_runs_to_its_end() -> None:
    """service_completed_successfully."""
    wanted = stack(
        service("web", depends_on=(Dependency(service="migrate", condition=Condition.COMPLETED),)),
        service("migrate", body={}),
    )
    plan = plan_up(wanted, observed(images={"web:1": NEW, "migrate:1": NEW}))
    kinds = [type(s.action).__name__ for s in plan.steps if s.subject == "service:migrate"]
    assert ["CreateContainer", "StartContainer", "AwaitCompleted", "RenameContainer"] == kinds


def test_a_job_that_ended_well_is_left_alone() -> None:
    """It has done its work; it is not run again until it changes."""
    wanted = stack(service("migrate", body={}))
    there = observed(container("blog-migrate-1", "migrate", state="exited", exit_code=0))
    assert Plan() == plan_up(wanted, there)


def test_a_stopped_container_that_should_run_is_started() -> None:
    """Somebody stopped it; the file says restart: always."""
    there = observed(container("blog-web-1", "web", state="exited", exit_code=0))
    expected = """
        [] -> #1 service:web StartContainer blog-web-1 it is stopped, and should run
        [1] -> #2 service:web AwaitHealthy blog-web-1 before it takes its place, at most 40 s
    """
    assert normal(expected) == normal(str(plan_up(stack(service("web")), there)))


def test_scaling_up_adds_replicas_and_touches_none() -> None:
    """The first replica stays as it is."""
    wanted = scaled(stack(service("web")), {"web": 3})
    plan = plan_up(wanted, observed(container("blog-web-1", "web")))
    made = [s.action.target for s in plan.steps if isinstance(s.action, CreateContainer)]
    assert ["blog-web-2.staged", "blog-web-3.staged"] == made
    assert not [s for s in plan.steps if s.action.target == "blog-web-1"]


def test_scaling_down_takes_the_last_replicas_away() -> None:
    """The lowest numbers stay."""
    wanted = scaled(stack(service("web")), {"web": 1})
    there = observed(container("blog-web-1", "web"), container("blog-web-2", "web", 2))
    expected = """
        [] -> #1 service:web RenameContainer blog-web-2 -> blog-web-2.stopping scaled to 1
        [1] -> #2 service:web StopContainer blog-web-2.stopping scaled to 1
        [2] -> #3 service:web RemoveContainer blog-web-2.stopping scaled to 1
    """
    assert normal(expected) == normal(str(plan_up(wanted, there)))


def test_what_runs_of_a_service_whose_profile_is_off_is_left_alone() -> None:
    """And so are the networks that it is in, and no other service is in."""
    back = Endpoint(network="blog_back", network_id="b", address="10.0.0.2")
    there = observed(
        container("blog-web-1", "web"),
        container("blog-tools-1", "tools", endpoints=(back,)),
        networks={"blog_default": "blog", "blog_back": "blog"},
    )
    assert Plan() == plan_up(stack(service("web"), off=("tools",)), there)
    newer = plan_up(stack(service("web", config_hash="2"), off=("tools",)), there)
    assert ["web"] == [change.key for change in newer.changes]
    assert "tools" not in str(newer)


def test_what_is_no_longer_in_the_stack_is_removed() -> None:
    """A service and a network that the new file does not have; volumes are kept."""
    there = observed(
        container("blog-web-1", "web"),
        container("blog-worker-1", "worker"),
        networks={"blog_default": "blog", "blog_back": "blog"},
        volumes={"blog_data": "blog"},
    )
    expected = """
        [] -> #1 service:worker RenameContainer blog-worker-1 -> blog-worker-1.draining service worker is no longer in the stack
        [1] -> #2 service:worker Drain blog-worker-1.draining requests in flight, at most 30 s
        [2] -> #3 service:worker RenameContainer blog-worker-1.draining -> blog-worker-1.draining.stopping service worker is no longer in the stack
        [3] -> #4 service:worker StopContainer blog-worker-1.draining.stopping service worker is no longer in the stack
        [4] -> #5 service:worker RemoveContainer blog-worker-1.draining.stopping service worker is no longer in the stack
        [5] -> #6 network:blog_back RemoveNetwork blog_back it is no longer in the stack
    """
    assert normal(expected) == normal(str(plan_up(stack(service("web")), there)))


def test_a_site_that_is_called_otherwise_is_live_when_the_old_one_is_not_routed_any_more() -> None:
    """It serves until the other does, and is drained; the wait is the new one's."""
    wanted = stack(service("www", hosts=("a.org",), port=80))
    plan = plan_up(wanted, observed(container("blog-web-1", "web"), images={"www:1": NEW}))
    expected = """
        [] -> #1 service:www CreateContainer blog-www-1.staged it is not there yet
        [1] -> #2 service:www StartContainer blog-www-1.staged it is not there yet
        [2] -> #3 service:www AwaitHealthy blog-www-1.staged before it takes its place, at most 40 s
        [3] -> #4 service:www RenameContainer blog-www-1.staged -> blog-www-1 ready; a.org follows the name
        [4] -> #5 service:www AwaitRouted blog-www-1 the proxy has to answer from it alone, at most 20 s
        [3,5] -> #6 service:web RenameContainer blog-web-1 -> blog-web-1.draining service web is no longer in the stack
        [6] -> #7 service:web AwaitRouted blog-www-1 the proxy has to answer from it alone, at most 20 s
    """
    assert normal(expected) == normal(str(until_live(plan)))
    await_it = next(s.action for s in plan.steps if s.number == 7)
    assert (
        AwaitRouted(target="blog-www-1", seconds=20, instead_of=("blog-web-1.draining",))
        == await_it
    )


def test_a_container_of_compose_run_is_a_persons() -> None:
    """oneoff containers are never touched."""
    one = container("blog-web-run-1", "worker")
    labels = {**one.labels, "com.docker.compose.oneoff": "True"}
    there = observed(container("blog-web-1", "web"), container("x", "worker", labels=labels))
    assert Plan() == plan_up(stack(service("web")), there)


def test_who_shares_a_namespace_follows_its_owner() -> None:
    """network_mode: service:vpn dies with vpn's container, so it is made anew."""
    body = {"HostConfig": {"NetworkMode": "service:vpn"}}
    wanted = stack(service("web", shares=("vpn",), body=body, networks={}), service("vpn"))
    there = observed(
        container("blog-web-1", "web"),
        container("blog-vpn-1", "vpn"),
        images={"web:1": OLD, "vpn:1": NEW},
    )
    made = {
        s.action.target: s.action.body["HostConfig"].get("NetworkMode")
        for s in plan_up(wanted, there).steps
        if isinstance(s.action, CreateContainer)
    }
    assert {
        "blog-vpn-2.staged": None,
        "blog-web-2.staged": "container:blog-vpn-2.staged",
    } == made


def test_an_image_that_is_not_here_is_pulled_first() -> None:
    """The pull comes before the container."""
    plan = plan_up(stack(service("web")), observed(images={}))
    first, created = plan.steps[:2]
    assert ("PullImage", "web:1", (1,)) == (
        type(first.action).__name__,
        first.action.target,
        created.after,
    )


def test_an_image_that_is_not_here_and_never_to_be_pulled_is_shown_and_not_carried_out() -> None:
    web = service("web", pull_policy="never")
    said = "web needs image web:1, which is not here, and is never to be pulled"
    assert (said,) == plan_up(stack(web), observed(images={})).warnings
    with pytest.raises(RequestError, match=said):
        check_possible(stack(web), observed(images={}))
    there = observed(images={"web:1": NEW})
    assert () == plan_up(stack(web), there).warnings
    check_possible(stack(web), there)
    check_possible(stack(replace(web, replicas=0)), observed(images={}))


def test_replicas_that_want_one_port_are_not_carried_out() -> None:
    ports = {"80/tcp": [{"HostIp": "", "HostPort": "8080"}]}
    web = service("web", replicas=2, body={"HostConfig": {"PortBindings": ports}})
    said = "services.web: one of its 2 replicas can have 8080/tcp"
    with pytest.raises(RequestError, match=said):
        check_possible(stack(web), observed())
    check_possible(stack(replace(web, replicas=1)), observed())


def test_a_circle_of_dependencies_is_named() -> None:
    """a -> b -> a."""
    wanted = stack(
        service("a", depends_on=(Dependency(service="b", condition=Condition.STARTED),)),
        service("b", depends_on=(Dependency(service="a", condition=Condition.STARTED),)),
    )
    with pytest.raises(RequestError, match=r"circle: \w -> \w -> \w"):
        plan_up(wanted, observed())


def test_a_missing_external_network_is_found_before_anything_is_touched() -> None:
    """The hint says how to make it."""
    networks = {"edge": NetworkSpec(key="edge", name="edge", external=True)}
    with pytest.raises(RequestError) as caught:
        plan_up(stack(service("web"), networks=networks), observed())
    assert "docker network create edge" == caught.value.hint


def test_a_missing_external_volume_is_found_before_anything_is_touched() -> None:
    """As for networks."""
    volumes = {"old": VolumeSpec(key="old", name="old", external=True)}
    with pytest.raises(RequestError, match="external volume old is not there"):
        plan_up(stack(service("web"), volumes=volumes), observed())


def test_a_network_of_another_project_is_refused() -> None:
    """Its containers would find one another."""
    there = observed(networks={"blog_default": "shop"})
    with pytest.raises(Conflict, match="belongs to project shop"):
        plan_up(stack(service("web")), there)


def needs(one: Container, *others: str) -> Container:
    """A container that says that it depends on these services."""
    said = ",".join(f"{other}:service_started:false" for other in others)
    return replace(one, labels={**one.labels, "com.docker.compose.depends_on": said})


def test_taking_down_ends_who_needs_another_first() -> None:
    """A database outlives those that write to it; in a circle, nobody waits."""
    web, db = container("blog-web-1", "web"), container("blog-db-1", "db")
    expected = """
        [] -> #1 service:web StopContainer blog-web-1 the project is taken down
        [1] -> #2 service:web RemoveContainer blog-web-1 the project is taken down
        [2] -> #3 service:db StopContainer blog-db-1 the project is taken down
        [3] -> #4 service:db RemoveContainer blog-db-1 the project is taken down
        [2,4] -> #5 network:blog_default RemoveNetwork blog_default nobody is left in it
    """
    assert normal(expected) == normal(str(plan_down(observed(needs(web, "db"), db))))
    circle = plan_down(observed(needs(web, "db"), needs(db, "web")))
    assert [(), (1,), (), (3,), (2, 4)] == [step.after for step in circle.steps]


def test_who_leaves_the_stack_ends_after_those_that_may_need_it() -> None:
    """The old site finishes its requests with the cache that the new one does without."""
    web, cache = container("blog-web-1", "web"), container("blog-cache-1", "cache")
    there = observed(needs(web, "cache"), cache, images={"web:1": NEW})
    steps = plan_up(stack(service("web", hosts=("a.org",), port=80)), there).steps
    removed = {s.action.target: s.number for s in steps if isinstance(s.action, RemoveContainer)}
    ending = next(
        s for s in steps if getattr(s.action, "to", "") == "blog-cache-1.draining.stopping"
    )
    assert removed["blog-web-1.draining.stopping"] in ending.after


def test_taking_down_removes_containers_then_networks_and_keeps_volumes() -> None:
    """Volumes go only if that is asked for."""
    there = observed(container("blog-web-1", "web"), volumes={"blog_data": "blog"})
    kept = [type(s.action).__name__ for s in plan_down(there).steps]
    gone = [type(s.action).__name__ for s in plan_down(there, volumes=True).steps]
    assert ["StopContainer", "RemoveContainer", "RemoveNetwork"] == kept
    assert ["StopContainer", "RemoveContainer", "RemoveNetwork", "RemoveVolume"] == gone


def test_a_failed_attempt_is_undone_by_what_was_there_before() -> None:
    """What it made goes; what it stopped or renamed is as it was."""
    web, db = container("blog-web-1", "web"), container("blog-db-1", "db")
    left = (
        replace(web, name="blog-web-1.draining"),
        replace(db, name="blog-db-1.leaving", state="exited"),
        container("blog-db-2.staged", "db", 2),
        container("blog-web-2", "web", 2, state="exited"),
    )
    expected = """
        [] -> #1 service:db StopContainer blog-db-2.staged the attempt that made it failed
        [1] -> #2 service:db RemoveContainer blog-db-2.staged the attempt that made it failed
        [] -> #3 service:web RemoveContainer blog-web-2 the attempt that made it failed
        [2,3] -> #4 service:db StartContainer blog-db-1.leaving it stopped for a successor that failed
        [4] -> #5 service:db RenameContainer blog-db-1.leaving -> blog-db-1 it stays, so it has its name back
        [2,3] -> #6 service:web RenameContainer blog-web-1.draining -> blog-web-1 it stays, so it has its name back
    """
    assert normal(expected) == normal(str(plan_retreat(observed(web, db), observed(*left))))


def test_a_draining_container_that_is_wanted_again_is_gone_on_with_under_a_fixed_name_too() -> None:
    """Going back after the switch: the failed one makes way for the one that it replaced."""
    wanted = stack(service("web", container_name="site", hosts=("a.org",)))
    there = observed(
        container("site", "web", 2, image_id=NEW), container("site.draining", "web"),
        images={"web:1": OLD},
    )  # fmt: skip
    names = [(s.action.target, getattr(s.action, "to", "")) for s in plan_up(wanted, there).steps]
    assert [
        ("site.draining", ""),
        ("site", "site.leaving"),
        ("site.draining", "site"),
        ("site.leaving", "site.draining"),
    ] == names[:4]


def test_a_container_that_was_sent_its_stop_signal_is_never_taken_for_one_that_serves() -> None:
    """A rollback right after a deploy: the old one still runs, but will not for long."""
    there = observed(
        container("blog-web-2", "web", 2, image_id=NEW),
        container("blog-web-1.draining.stopping", "web"),
        images={"web:1": OLD},
    )
    targets = {s.action.target for s in plan_up(stack(service("web")), there).steps}
    assert "blog-web-3.staged" not in targets
    assert "blog-web-1.staged" in targets


def test_a_leaving_container_that_may_be_ending_is_started_again_for_certain() -> None:
    """kill -9 while the old one stops for its successor, and then back."""
    wanted = stack(service("db", order=Order.STOP_FIRST))
    there = observed(container("blog-db-1.leaving", "db"))
    kinds = [type(s.action).__name__ for s in plan_up(wanted, there).steps]
    assert ["StopContainer", "StartContainer", "AwaitHealthy", "RenameContainer"] == kinds


def test_the_plan_says_in_a_line_what_becomes_of_each_service() -> None:
    """Key, old -> new, action, order and why; nothing of those that are left alone."""
    db = service("db", order=Order.STOP_FIRST, order_why="writable volume data")
    wanted = stack(service("web"), db, service("kept"), service("new"))
    there = observed(
        container("blog-web-1", "web"),
        container("blog-db-1", "db", config_hash="1234567890"),
        container("blog-kept-1", "kept"),
        container("blog-old-1", "old"),
        images={"web:1": NEW, "db:1": OLD, "kept:1": OLD, "new:1": NEW},
    )
    assert [
        "db  replace  1234567 -> hash-db  stop-first (writable volume data)  "
        "its configuration changed",
        "new  create  8bd01e2  start-first (stateless)  it is not there yet",
        "old  remove  it is no longer in the stack",
        "web  replace  3f2a1c9 -> 8bd01e2  start-first (stateless)  "
        "image changed 3f2a1c9 -> 8bd01e2",
    ] == sorted(map(str, plan_up(wanted, there).changes))


def test_of_what_docker_compose_took_down_the_further_network_goes_and_no_other() -> None:
    """Its own is there before its containers, where it brings the project up."""
    networks = {"blog_default": "blog", "blog_default.inside": "blog", "x_default.inside": "x"}
    expected = [RemoveNetwork(target="blog_default.inside")]
    assert expected == [step.action for step in plan_left(observed(networks=networks)).steps]
    assert not plan_left(observed(container("blog-web-1", "web"), networks=networks))

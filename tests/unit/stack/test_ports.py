"""Who has a port of this machine: found before anything is stopped."""

from __future__ import annotations

import contextlib

import pytest
from msgspec.structs import replace

from homeport.errors import Conflict, RequestError
from homeport.model.stack import Condition, Dependency
from homeport.stack.check import check
from homeport.stack.ports import holders, unpublished, wanted_ports
from tests.unit.stack.builders import container, observed, service, stack


def publishing(*bindings: tuple[str, str], target: str = "80/tcp") -> dict[str, object]:
    """The body of a service that publishes these (address, port)."""
    found = [{"HostIp": address, "HostPort": port} for address, port in bindings]
    return {"HostConfig": {"PortBindings": {target: found}}}


def test_only_ports_with_a_number_are_asked_for() -> None:
    """Those of a range may be had; a service that does not run asks for none."""
    web = service("web", body=publishing(("", "8080"), ("127.0.0.1", "9000-9001"), ("", "0")))
    one_of = {("127.0.0.1", "9000/tcp"), ("127.0.0.1", "9001/tcp")}
    assert {("", "8080/tcp"), *one_of} == wanted_ports(stack(web))
    wide = service("web", body=publishing(("", "9000-9064"), ("", "")))
    assert set() == wanted_ports(stack(wide))
    assert set() == wanted_ports(stack(replace(web, replicas=0)))


@pytest.mark.parametrize(
    ("wanted", "published", "taken"),
    [
        ("", "0.0.0.0:8080/tcp", True),
        ("127.0.0.1", "0.0.0.0:8080/tcp", True),
        ("127.0.0.1", "127.0.0.1:8080/tcp", True),
        ("127.0.0.1", "10.0.0.1:8080/tcp", False),
        ("", "0.0.0.0:8080/udp", False),
        ("", "0.0.0.0:8081/tcp", False),
    ],
)
def test_a_container_of_another_project_has_a_port(
    wanted: str, published: str, taken: bool
) -> None:
    other = replace(container("other-1", "web"), labels={}, published=(published,))
    found = holders([(wanted, "8080/tcp")], "blog", [other], {})
    assert ({"8080/tcp": "container other-1 has it"} if taken else {}) == found


def test_a_program_of_this_machine_has_a_port_and_our_own_container_hands_it_on() -> None:
    """The Engine's own proxy listens for a container, too."""
    program = "a program of this machine has it"
    wanted = [("", "8080/tcp"), ("127.0.0.1", "9090/tcp"), ("", "7070/tcp")]
    occupied = dict.fromkeys(wanted[:2], program)
    assert {"8080/tcp": program, "9090/tcp": program} == holders(wanted, "blog", [], occupied)
    ours = container("blog-web-1", "web", published=("0.0.0.0:8080/tcp",))
    assert {"9090/tcp": program} == holders(wanted, "blog", [ours], occupied)


def test_what_runs_of_a_service_that_is_left_alone_hands_no_port_on() -> None:
    """Its profile is off, or a person has run it."""
    one = container("blog-web-1", "web", published=("0.0.0.0:8080/tcp",))
    had = {"8080/tcp": "container blog-web-1 has it"}
    assert had == holders([("", "8080/tcp")], "blog", [one], {}, off=("web",))
    run = replace(one, labels={**one.labels, "com.docker.compose.oneoff": "True"})
    assert had == holders([("", "8080/tcp")], "blog", [run], {})


@pytest.mark.parametrize(
    ("replicas", "taken", "why"),
    [
        (2, {}, ""),
        (2, {"80/tcp": "a"}, ""),
        (2, {"80/tcp": "a", "82/tcp": "b"}, "80/tcp: a; 82/tcp: b"),
        (4, {}, "there are 3"),
    ],
)
def test_a_range_has_to_have_a_port_for_each_replica(
    replicas: int, taken: dict[str, str], why: str
) -> None:
    web = service("web", body=publishing(("", "80-82")), replicas=replicas)
    said = f"web cannot have {replicas} of the ports 80-82/tcp of this machine: {why}"
    with pytest.raises(Conflict, match=said) if why else contextlib.nullcontext():
        check(stack(web), observed(taken=taken))


def test_who_listens_is_asked_only_where_no_container_has_the_port() -> None:
    ours = container("blog-web-1", "web", published=("0.0.0.0:8080/tcp",))
    wanted = [("", "8080/tcp"), ("", "9090/tcp")]
    assert [("", "9090/tcp")] == unpublished(wanted, [ours])


def test_a_port_that_is_taken_is_told_with_who_has_it() -> None:
    web = service("web", body=publishing(("", "8080")))
    there = observed(taken={"8080/tcp": "container other-1 has it"})
    with pytest.raises(Conflict, match="port 8080/tcp of this machine: container other-1 has it"):
        check(stack(web), there)


def test_a_project_that_somebody_else_made_is_left_alone() -> None:
    """Another homeport, or docker compose in another folder; in the same folder it is adopted."""
    mine = container("blog-web-1", "web")
    folder = "com.docker.compose.project.working_dir"

    def made_by(**labels: str) -> None:
        names = {"FOLDER": folder, "homeport_instance": "homeport.instance"}
        found = {names[name]: value for name, value in labels.items()}
        check(
            stack(service("web"), directory="/srv/blog"),
            observed(replace(mine, labels={**mine.labels, **found})),
            instance="mine",
        )

    made_by(FOLDER="/srv/blog")
    made_by(FOLDER="/tmp/checkout", homeport_instance="mine")
    with pytest.raises(Conflict, match="made by docker compose in /home/me/blog"):
        made_by(FOLDER="/home/me/blog")
    with pytest.raises(Conflict, match="belongs to another homeport"):
        made_by(FOLDER="/srv/blog", homeport_instance="other")


def test_waiting_for_the_health_of_what_has_no_healthcheck_is_refused() -> None:
    """Where the image is here, before anything is touched; one of its own is enough."""
    web = service("web", depends_on=(Dependency(service="db", condition=Condition.HEALTHY),))
    there = observed(images={"web:1": "", "db:1": ""}, unchecked=frozenset({"db:1"}))
    with pytest.raises(RequestError, match="web waits until db is healthy, but that has no"):
        check(stack(web, service("db")), there)
    check(stack(web, service("db", has_healthcheck=True)), there)

"""What cannot be, named by its field; what is not carried out, named in a warning."""

from __future__ import annotations

import pytest

from homeport.errors import Conflict, FileFault, RequestError
from homeport.model.stack import (
    Condition,
    Dependency,
    NetworkSpec,
    Stack,
    VolumeSpec,
)
from homeport.stack.check import check
from homeport.stack.graph import depends_transitively, in_dependency_order
from homeport.stack.keys import SERVICE_KEYS
from homeport.stack.units import nanoseconds, seconds, size
from tests.unit.stack.builders import observed, service, stack
from tests.unit.stack.models import Model, model, read, short
from tests.unit.stack.test_body import BODIES
from tests.unit.stack.test_host import HOSTS

ERRORS: list[tuple[type[RequestError], Model, str, str]] = [
    (
        FileFault,
        {"x-homeport": ["drain"]},
        "compose.yaml: services.web.x-homeport: is no map of keys",
        "",
    ),
    (
        FileFault,
        {"x-homeport": {"color": "red"}},
        "compose.yaml: services.web.x-homeport.color: is not known",
        "known: order, drain, deadline, hold, platforms, watch, route",
    ),
    (
        FileFault,
        {"x-homeport": {"order": "first"}},
        "compose.yaml: services.web.x-homeport.order: 'first' is no order",
        "start-first, or stop-first",
    ),
    (
        FileFault,
        {"deploy": {"rollback_config": {"failure_action": "explode"}}},
        "compose.yaml: services.web.deploy.rollback_config.failure_action: 'explode' is not known",
        "rollback, pause, continue",
    ),
    (
        FileFault,
        {"deploy": {"update_config": {"max_failure_ratio": 2}}},
        "compose.yaml: services.web.deploy.update_config.max_failure_ratio: 2.0 is no share",
        "",
    ),
    (
        FileFault,
        {"x-homeport": {"drain": "soon"}},
        "compose.yaml: services.web.x-homeport.drain: 'soon' is no duration",
        "for example 30s or 1m30s",
    ),
    (
        FileFault,
        {"top": {"x-homeport": {"color": "red"}}},
        "compose.yaml: x-homeport.color: is not known",
        "known: order, drain, deadline, hold, platforms, watch, route, builds, rebuild, dns",
    ),
    (
        FileFault,
        {"network_mode": "service:nobody"},
        "compose.yaml: services.web: nobody is no service",
        "",
    ),
    *(
        (
            FileFault,
            {"container_name": f"site.{phase}"},
            f"compose.yaml: services.web.container_name: 'site.{phase}' ends in .{phase},"
            " by which rollouts tell how far they are",
            "",
        )
        for phase in ("staged", "leaving", "yielding", "draining", "stopping")
    ),
    *(
        (
            FileFault,
            {"deploy": {"replicas": count}},
            f"compose.yaml: services.web.deploy.replicas: {count} replicas cannot be: 0 to 1000",
            "",
        )
        for count in (-1, 1001)
    ),
    *(
        (
            FileFault,
            {"x-homeport": {key: value}},
            f"compose.yaml: services.web.x-homeport.{key}: {value} is no time to wait",
            "",
        )
        for key in ("drain", "deadline", "hold")
        for value in (-1, float("inf"), float("nan"))
    ),
    (
        FileFault,
        {"volumes_from": ["nobody"]},
        "compose.yaml: services.web: nobody is no service",
        "",
    ),
    (
        FileFault,
        {"secrets": [{"source": "s"}], "top": {"secrets": {"s": {"external": True}}}},
        "compose.yaml: services.web.secrets: secret s is not a file of the repository",
        "give secret s a `file:`; `external` is Swarm's",
    ),
    (
        FileFault,
        {"configs": [{"source": "c"}]},
        "compose.yaml: services.web.configs: config c is not a file of the repository",
        "give config c a `file:`; `external` is Swarm's",
    ),
    (
        FileFault,
        {"build": {"context": "/", "secrets": [{"source": "s"}]}},
        "compose.yaml: services.web.build.secrets: secret s is not a file of the repository",
        "give secret s a `file:`",
    ),
    *(
        (
            FileFault,
            {"healthcheck": {"test": ["CMD", "true"], key: "soon"}},
            f"compose.yaml: services.web.healthcheck.{key}: 'soon' is no duration",
            "for example 30s or 1m30s",
        )
        for key in ("interval", "timeout", "start_period", "start_interval")
    ),
    (
        FileFault,
        {"stop_grace_period": "soon"},
        "compose.yaml: services.web.stop_grace_period: 'soon' is no duration",
        "for example 30s or 1m30s",
    ),
    *(
        (
            FileFault,
            {key: "much"},
            f"compose.yaml: services.web.{key}: 'much' is no size",
            "for example 512m or 1g",
        )
        for key in ("mem_limit", "mem_swappiness", "mem_reservation", "memswap_limit", "shm_size")
    ),
    *(
        (
            FileFault,
            {"deploy": {"resources": {part: {"memory": "much"}}}},
            f"compose.yaml: services.web.deploy.resources.{part}.memory: 'much' is no size",
            "for example 512m or 1g",
        )
        for part in ("limits", "reservations")
    ),
    (
        FileFault,
        {"image": "UPPER/case:x"},
        "compose.yaml: services.web.image: 'UPPER/case' has capitals, which an image's name has"
        " not",
        "write it small: 'upper/case'; a registry's host has a dot or a port",
    ),
    (
        FileFault,
        {"image": "a b", "build": {"context": "/"}},
        "compose.yaml: services.web.image: 'a b' is no name of an image",
        "for example nginx:1.27, or registry.example.org:5000/team/web:2",
    ),
]


@pytest.mark.parametrize(("kind", "keys", "message", "hint"), ERRORS, ids=short)
def test_what_cannot_be_is_said_with_its_field(
    kind: type[RequestError], keys: Model, message: str, hint: str
) -> None:
    with pytest.raises(RequestError) as error:
        read(model(**keys), files=("/blog/compose.yaml",))
    assert (kind, message, hint) == (type(error.value), error.value.message, error.value.hint)


WARNINGS: list[tuple[Model, list[str]]] = [
    ({"develop": "a", "attach": "b", "profiles": "c", "env_file": "d"}, []),
    ({"x-anything": {"a": 1}, "future": None, "other": {}, "third": [], "fourth": ""}, []),
    ({"credential_spec": {"file": "a"}}, ["services.web.credential_spec is not carried out"]),
    (
        {"deploy": {"placement": {"constraints": ["a"]}, "labels": {"a": "b"}}},
        [
            "services.web.deploy.placement is not carried out",
            "services.web.deploy.labels is not carried out",
        ],
    ),
    (
        {"deploy": {"update_config": {"order": "start-first", "speed": 2}}},
        ["services.web.deploy.update_config.speed is not carried out"],
    ),
    ({"deploy": {"mode": "replicated"}}, []),
    (
        {"deploy": {"mode": "global"}},
        ["services.web.deploy.mode: global is Swarm's, and is not carried out"],
    ),
    (
        {"build": {"context": "/", "isolation": "a", "x-bake": {"a": 1}}},
        ["services.web.build.isolation is not carried out"],
    ),
    ({"top": {"models": {"a": {}}, "x-a": {"b": 1}}}, ["models is not carried out"]),
    (
        {"environment": {"VIRTUAL_HOST": "a.org", "VIRTUAL_PORT": "0"}},
        ["services.web.environment: VIRTUAL_PORT '0' is no port: it is not routed"],
    ),
]


def test_a_port_of_the_host_that_two_services_ask_for_is_refused() -> None:
    """Where they ask for it at the same address, and not for one in a range."""

    def both(first: str, second: str, **more: str) -> Model:
        found = model(ports=[{"target": 80, "published": first}])
        found["services"]["two"] = {**found["services"]["web"]}
        found["services"]["two"]["ports"] = [{"target": 80, "published": second, **more}]
        return found

    for apart in (both("80", "81"), both("80", "80-89"), both("80", "80", protocol="udp")):
        read(apart)
    for same in (both("80", "80"), both("80", "80", host_ip="127.0.0.1")):
        with pytest.raises(FileFault) as error:
            read(same, files=("/blog/compose.yaml",))
        expected = "compose.yaml: services.two.ports: 80/tcp is a port of service web, too"
        assert expected == error.value.message


def test_replicas_that_cannot_all_have_their_port_are_told_of() -> None:
    ports = [{"target": 80, "published": "8080"}]
    expected = ("services.web: one of its 2 replicas can have 8080/tcp",)
    assert expected == read(model(ports=ports, scale=2)).warnings
    assert () == read(model(ports=ports)).warnings


def test_a_name_that_two_services_ask_for_is_refused() -> None:
    found = model(container_name="site")
    found["services"]["two"] = found["services"]["web"]
    with pytest.raises(FileFault) as error:
        read(found, files=("/blog/compose.yaml",))
    expected = "compose.yaml: services.two.container_name: 'site' is the name of service web, too"
    assert expected == error.value.message


@pytest.mark.parametrize(("keys", "expected"), WARNINGS, ids=short)
def test_a_key_that_is_not_carried_out_is_named(keys: Model, expected: list[str]) -> None:
    assert expected == list(read(model(**keys)).warnings)


def test_no_key_that_is_carried_out_is_named() -> None:
    assert {key for keys, _ in BODIES + HOSTS for key in keys} <= SERVICE_KEYS
    assert () == read(model(image="a", platform="", pull_policy="never", scale=1)).warnings


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("30s", 30.0), ("1m30s", 90.0), ("1h0m1.5s", 3601.5), ("2d", 172800.0), ("1w", 604800.0),
        ("500ms", 0.5), ("2us", 2e-6), ("2µs", 2e-6), ("2ns", 2e-9), (5, 5.0), (0.5, 0.5),
        (" 1s ", 1.0),
    ],
)  # fmt: skip
def test_a_duration_is_read_as_compose_reads_it(text: object, expected: float) -> None:
    assert pytest.approx(expected) == seconds(text, "field")
    assert round(expected * 1e9) == nanoseconds(text, "field")


@pytest.mark.parametrize("text", ["", "s", "1", "1x", "1s 2s", "-1s", "1m30", True, None])
def test_what_is_no_duration_is_refused(text: object) -> None:
    with pytest.raises(RequestError, match=r"compose: field: '.*' is no duration"):
        seconds(text, "field")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("512m", 512 << 20), ("1g", 1 << 30), ("1GiB", 1 << 30), ("1.5kb", 1536), ("7", 7),
        ("7b", 7), ("2 TB", 2 << 40), ("-1", -1), (-1, -1), (100, 100),
    ],
)  # fmt: skip
def test_a_size_is_read_as_compose_reads_it(text: object, expected: int) -> None:
    assert expected == size(text, "field")


@pytest.mark.parametrize("text", ["", "m", "1x", "-2", "1mm", True, None])
def test_what_is_no_size_is_refused(text: object) -> None:
    with pytest.raises(RequestError, match=r"compose: field: '.*' is no size"):
        size(text, "field")


def needs(*names: str, condition: Condition = Condition.STARTED) -> tuple[Dependency, ...]:
    """A depends_on."""
    return tuple(Dependency(service=name, condition=condition) for name in names)


OUTSIDE = NetworkSpec(key="n", name="other", external=True)
CHECKS: list[tuple[type[RequestError], Stack, Model, str, str]] = [
    (
        RequestError,
        stack(networks={"n": OUTSIDE}),
        {},
        "external network other is not there",
        "docker network create other",
    ),
    (
        RequestError,
        stack(volumes={"v": VolumeSpec(key="v", name="other", external=True)}),
        {},
        "external volume other is not there",
        "docker volume create other",
    ),
    (
        Conflict,
        stack(),
        {"networks": {"blog_default": "shop"}},
        "network blog_default belongs to project shop",
        "give it another name, or declare it external",
    ),
    (
        RequestError,
        stack(service("web", depends_on=needs("db"))),
        {},
        "web depends on db, which is no service",
        "",
    ),
    (
        RequestError,
        stack(
            service("web", depends_on=needs("site", condition=Condition.COMPLETED)),
            service("site", hosts=("a.org",)),
        ),
        {},
        "web waits for site to complete, but that is a site",
        "",
    ),
]


@pytest.mark.parametrize(("kind", "wanted", "there", "message", "hint"), CHECKS, ids=short)
def test_what_is_wrong_is_said_before_anything_is_touched(
    kind: type[RequestError], wanted: Stack, there: Model, message: str, hint: str
) -> None:
    with pytest.raises(RequestError) as error:
        check(wanted, observed(**there))
    assert (kind, message, hint) == (type(error.value), error.value.message, error.value.hint)


def test_what_is_there_or_not_required_is_no_error() -> None:
    optional = Dependency(service="debug", condition=Condition.STARTED, required=False)
    wanted = stack(
        service("web", depends_on=(optional, *needs("job", condition=Condition.COMPLETED))),
        service("job"),
        networks={"n": OUTSIDE},
        volumes={"v": VolumeSpec(key="v", name="data", external=True)},
    )
    check(wanted, observed(networks={"other": "shop"}, volumes={"data": ""}))


def test_each_service_comes_after_those_that_it_needs() -> None:
    wanted = stack(
        service("web", depends_on=needs("api", "absent")),
        service("api", depends_on=needs("db")),
        service("sidecar", shares=("web",)),
        service("db"),
    )
    assert ["db", "api", "web", "sidecar"] == in_dependency_order(wanted)
    needed = {
        (one, other) for one in wanted.services for other in wanted.services
        if depends_transitively(wanted, one, other)
    }  # fmt: skip
    assert {
        ("web", "api"), ("web", "db"), ("api", "db"),
        ("sidecar", "web"), ("sidecar", "api"), ("sidecar", "db"),
    } == needed  # fmt: skip


def test_a_circle_is_named() -> None:
    wanted = stack(service("a", depends_on=needs("b")), service("b", shares=("a",)))
    with pytest.raises(RequestError) as error:
        in_dependency_order(wanted)
    start = "the services depend on one another in a circle: "
    assert error.value.message in (f"{start}a -> b -> a", f"{start}b -> a -> b")
    assert "take one depends_on away" == error.value.hint
    assert depends_transitively(wanted, "a", "a")

"""How a service is built, replaced, waited for and routed."""

from __future__ import annotations

import pytest

from homeport.model.stack import (
    Build,
    Condition,
    Dependency,
    NetworkSpec,
    Order,
    Stack,
)
from tests.unit.stack.models import NETWORK, Model, bare, model, read, short, web

BIND = {"type": "bind", "source": "/s", "target": "/d"}
ORDERS: list[tuple[Model, Order, str]] = [
    ({}, Order.START_FIRST, "stateless"),
    ({"volumes": [BIND]}, Order.STOP_FIRST, "writable bind /s"),
    ({"volumes": [BIND | {"read_only": True}]}, Order.START_FIRST, "stateless"),
    ({"volumes": [{"type": "tmpfs", "target": "/d"}]}, Order.START_FIRST, "stateless"),
    ({"volumes": [{"type": "volume", "target": "/d"}]}, Order.STOP_FIRST, "writable volume /d"),
    (
        {"volumes": [{"type": "volume", "source": "data", "target": "/d"}]},
        Order.STOP_FIRST,
        "writable volume data",
    ),
    ({"ports": [{"target": 80, "published": "80"}]}, Order.STOP_FIRST, "fixed host port 80"),
    ({"ports": [{"target": 80, "published": "80-89"}]}, Order.START_FIRST, "stateless"),
    (
        {"ports": [{"target": 80, "published": "80-81"}], "scale": 2},
        Order.STOP_FIRST,
        "host ports 80-81 for 2",
    ),
    ({"ports": [{"target": 80, "published": "80-83"}], "scale": 2}, Order.START_FIRST, "stateless"),
    ({"ports": [{"target": 80, "published": "80-81"}], "scale": 0}, Order.START_FIRST, "stateless"),
    ({"ports": [{"target": 80, "published": "0"}]}, Order.START_FIRST, "stateless"),
    ({"ports": [{"target": 80}]}, Order.START_FIRST, "stateless"),
    ({"network_mode": "host"}, Order.STOP_FIRST, "host network"),
    (
        {"top": {"networks": {"default": {"name": "host", "external": True}}}},
        Order.STOP_FIRST,
        "host network",
    ),
    (
        {"networks": {"default": {"ipv4_address": "10.0.0.9"}}},
        Order.STOP_FIRST,
        "static address 10.0.0.9",
    ),
    (
        {"networks": {"default": {"ipv6_address": "fd00::9"}}},
        Order.STOP_FIRST,
        "static address fd00::9",
    ),
    ({"container_name": "site"}, Order.START_FIRST, "stateless"),
    (
        {"volumes": [BIND], "deploy": {"update_config": {"order": "start-first"}}},
        Order.START_FIRST,
        "deploy.update_config says so",
    ),
    (
        {"ports": [{"target": 80, "published": "80"}]}
        | {"deploy": {"update_config": {"order": "start-first"}}},
        Order.STOP_FIRST,
        "fixed host port 80, though deploy.update_config says start-first",
    ),
    (
        {"networks": {"default": {"ipv4_address": "10.0.0.9"}}}
        | {"x-homeport": {"order": "start-first"}},
        Order.STOP_FIRST,
        "static address 10.0.0.9, though x-homeport says start-first",
    ),
    (
        {"x-homeport": {"order": "stop-first"}}
        | {"deploy": {"update_config": {"order": "start-first"}}},
        Order.STOP_FIRST,
        "x-homeport says so",
    ),
]


@pytest.mark.parametrize(("keys", "order", "why"), ORDERS, ids=short)
def test_what_two_at_once_would_share_stops_first(keys: Model, order: Order, why: str) -> None:
    found = web(**keys)
    assert (order, why) == (found.order, found.order_why)


def test_x_homeport_of_the_service_goes_before_that_of_the_file() -> None:
    top = {"x-homeport": {"drain": "5s", "deadline": "1m"}}
    found = web(top=top, **{"x-homeport": {"drain": 7}})
    assert (7.0, 60.0) == (found.drain, found.deadline)


TEST = {"test": ["CMD", "true"]}
SERVICES: list[tuple[Model, Model]] = [
    ({}, {}),
    ({"image": ""}, {"image": "blog-web"}),
    ({"scale": 2}, {"replicas": 2}),
    ({"scale": 0}, {"replicas": 0}),
    ({"scale": 2, "deploy": {"replicas": 0}}, {"replicas": 0}),
    ({"container_name": "site"}, {"container_name": "site"}),
    ({"platform": "linux/arm64"}, {"platform": "linux/arm64"}),
    ({"pull_policy": "always"}, {"pull_policy": "always"}),
    ({"expose": ["8000"]}, {"port": 8000}),
    ({"ports": [{"target": 80}]}, {"port": 80}),
    ({"expose": ["80"], "ports": [{"target": 80}]}, {"port": 80}),
    ({"expose": ["80", "81"]}, {"port": 0}),
    ({"expose": ["80-81"]}, {"port": 0}),
    ({"environment": {"VIRTUAL_PORT": "3000"}, "expose": ["80"]}, {"port": 3000}),
    (
        {"environment": {"VIRTUAL_HOST": "B.org, a.org,,b.org"}},
        {"hosts": ("b.org", "a.org")},
    ),
    (
        {"environment": {"VIRTUAL_HOST": "a;b"}},
        {
            "unroutable": "VIRTUAL_HOST 'a;b' is no host name: several names have commas between "
            "them"
        },
    ),
    ({"stop_grace_period": "1m30s"}, {"stop_grace": 90}),
    ({"healthcheck": TEST}, {"has_healthcheck": True, "deadline": 30.0 * 4 + 30}),
    (
        {
            "healthcheck": TEST
            | {"start_period": "1m", "interval": "2s", "retries": 5, "timeout": "3s"}
        },
        {"has_healthcheck": True, "deadline": 60.0 + 2 * 6 + 3},
    ),
    (
        {"healthcheck": TEST | {"interval": "0s", "retries": 0, "timeout": "0s"}},
        {"has_healthcheck": True, "deadline": 30.0 * 4 + 30},
    ),
    ({"healthcheck": TEST | {"disable": True}}, {}),
    ({"healthcheck": {"test": ["NONE"]}}, {}),
    ({"healthcheck": {"interval": "2s"}}, {}),
    (
        {"depends_on": {"db": {"condition": "service_healthy", "restart": True}}},
        {"depends_on": (Dependency(service="db", condition=Condition.HEALTHY, restart=True),)},
    ),
    (
        {"depends_on": {"db": {"required": False}}},
        {"depends_on": (Dependency(service="db", condition=Condition.STARTED, required=False),)},
    ),
]


@pytest.mark.parametrize(("keys", "expected"), SERVICES, ids=short)
def test_a_key_of_the_rollout_says_what_is_wanted(keys: Model, expected: Model) -> None:
    found = web(**keys)
    assert bare(body=found.body, networks=found.networks, **expected) == found


def test_what_is_asked_beside_the_file_goes_before_it() -> None:
    found = read(
        model(scale=2),
        hashes={"web": "abc"},
        images={"web": "blog/web:1234"},
        scale={"web": 5},
        deadline=7.0,
        drain=3.0,
        files=("/blog/compose.yaml",),
    )
    expected = bare(config_hash="abc", image="blog/web:1234", replicas=5, deadline=7.0, drain=3.0)
    network = NetworkSpec(
        key="default", name="blog_default", body={"Driver": "bridge", "Labels": NETWORK}
    )
    assert found == Stack(
        name="blog",
        services={"web": expected},
        networks={"default": network},
        directory="/blog",
        config_files=("/blog/compose.yaml",),
    )


def test_whose_namespaces_and_volumes_a_service_joins() -> None:
    found = web(
        network_mode="service:a",
        ipc="service:b",
        pid="service:a",
        volumes_from=["c:ro", "container:x", "b"],
        top={"services": {name: {"image": name} for name in "abc"}},
    )
    assert ("a", "b", "c") == found.shares
    said = {key: found.body["HostConfig"][key] for key in ("NetworkMode", "IpcMode", "PidMode")}
    assert {"NetworkMode": "service:a", "IpcMode": "service:b", "PidMode": "service:a"} == said


def test_a_build_is_what_buildx_is_told() -> None:
    given = {
        "context": "/blog",
        "dockerfile": "Dockerfile.web",
        "dockerfile_inline": "FROM x",
        "target": "final",
        "args": {"A": "1", "B": None},
        "labels": {"a": "b"},
        "additional_contexts": {"base": "/base"},
        "cache_from": ["web:cache"],
        "extra_hosts": ["one=10.0.0.1"],
        "network": "host",
        "platforms": ["linux/amd64"],
        "pull": True,
        "no_cache": True,
        "shm_size": "16777216",
        "tags": ["web:2"],
        "secrets": [{"source": "s"}, {"source": "s", "target": "t"}],
        "ssh": ["default"],
    }
    expected = Build(
        context="/blog",
        dockerfile="Dockerfile.web",
        dockerfile_inline="FROM x",
        target="final",
        args={"A": "1", "B": None},
        labels={"a": "b"},
        contexts={"base": "/base"},
        cache_from=("web:cache",),
        extra_hosts=("one:10.0.0.1",),
        network="host",
        platforms=("linux/amd64",),
        pull=True,
        no_cache=True,
        shm_size="16777216",
        tags=("web:2",),
        secrets=("id=s,src=/s.txt", "id=t,src=/s.txt"),
        ssh=("default",),
    )
    assert expected == web(build=given, top={"secrets": {"s": {"file": "/s.txt"}}}).build
    assert Build(context="/blog") == web(build={"context": "/blog"}).build

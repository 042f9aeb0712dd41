"""Networks and volumes."""

from __future__ import annotations

import hashlib
import json

import pytest

from homeport.model.stack import (
    NetworkSpec,
    VolumeSpec,
)
from homeport.stack.single import single_service
from tests.unit.stack.models import NETWORK, OWNED, Model, bare, model, read, short

NETWORKS: list[tuple[Model | None, Model]] = [
    (None, {"name": "blog_default", "body": {"Driver": "bridge", "Labels": NETWORK}}),
    ({"name": "other", "external": True}, {"name": "other", "external": True}),
    (
        {"name": "n", "driver": "macvlan", "labels": {"a": "b"}, "internal": True}
        | {"attachable": True, "enable_ipv6": True, "driver_opts": {"parent": "eth0"}}
        | {
            "ipam": {
                "driver": "default",
                "options": {"c": "d"},
                "config": [
                    {
                        "subnet": "10.0.0.0/24",
                        "gateway": "10.0.0.1",
                        "ip_range": "10.0.0.128/25",
                        "aux_addresses": {"router": "10.0.0.2"},
                    },
                    {"subnet": "fd00::/64"},
                ],
            }
        },
        {
            "name": "n",
            "body": {
                "Driver": "macvlan",
                "Labels": {"a": "b", **NETWORK},
                "Internal": True,
                "Attachable": True,
                "EnableIPv6": True,
                "Options": {"parent": "eth0"},
                "IPAM": {
                    "Driver": "default",
                    "Options": {"c": "d"},
                    "Config": [
                        {
                            "Subnet": "10.0.0.0/24",
                            "Gateway": "10.0.0.1",
                            "IPRange": "10.0.0.128/25",
                            "AuxiliaryAddresses": {"router": "10.0.0.2"},
                        },
                        {"Subnet": "fd00::/64"},
                    ],
                },
            },
        },
    ),
    ({"ipam": {}}, {"name": "blog_default", "body": {"Driver": "bridge", "Labels": NETWORK}}),
]


@pytest.mark.parametrize(("given", "expected"), NETWORKS, ids=short)
def test_a_network_is_made_as_compose_makes_it(given: Model | None, expected: Model) -> None:
    found = read(model(top={"networks": {"default": given}}))
    assert {"default": NetworkSpec(key="default", **expected)} == found.networks


def test_a_network_that_nobody_is_in_is_not_made() -> None:
    assert {} == read(model(network_mode="none")).networks


DATA = {"com.docker.compose.volume": "data"} | OWNED
SPECS: list[tuple[Model | None, Model]] = [
    (None, {"name": "blog_data", "body": {"Labels": DATA}}),
    ({"name": "other", "external": True}, {"name": "other", "external": True}),
    (
        {"name": "v", "labels": {"a": "b"}, "driver": "local", "driver_opts": {"type": "tmpfs"}},
        {
            "name": "v",
            "body": {
                "Labels": {"a": "b", **DATA},
                "Driver": "local",
                "DriverOpts": {"type": "tmpfs"},
            },
        },
    ),
]


@pytest.mark.parametrize(("given", "expected"), SPECS, ids=short)
def test_a_volume_is_made_as_compose_makes_it(given: Model | None, expected: Model) -> None:
    found = read(model(top={"volumes": {"data": given}}))
    assert {"data": VolumeSpec(key="data", **expected)} == found.volumes


@pytest.mark.parametrize(
    ("exposed", "environment", "port"), [(0, [], 80), (5000, ["VIRTUAL_PORT=5000"], 5000)]
)
def test_a_dockerfile_alone_is_one_routed_service(
    exposed: int, environment: list[str], port: int
) -> None:
    found = single_service("blog", "blog:1", exposed_port=exposed, host="a.org")
    content = {
        "Env": ["VIRTUAL_HOST=a.org", *environment],
        "Labels": {},
        "HostConfig": {
            "NetworkMode": "blog_default",
            "RestartPolicy": {"Name": "unless-stopped"},
        },
    }
    digest = hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()
    expected = bare(image="blog:1", config_hash=digest, body=content, port=port, hosts=("a.org",))
    assert {"web": expected} == found.services
    assert ("blog", ["blog_default"]) == (found.name, [n.name for n in found.networks.values()])

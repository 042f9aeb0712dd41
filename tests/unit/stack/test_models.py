"""From Compose's normalised model to the Engine's terms: each key, each error."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest

from homeport.errors import Conflict, FileFault, RequestError
from homeport.model.stack import (
    Build,
    Condition,
    Dependency,
    GivenFile,
    NetworkSpec,
    Order,
    Service,
    Stack,
    VolumeSpec,
)
from homeport.stack import body, host
from homeport.stack.check import check
from homeport.stack.endpoints import link_aliases
from homeport.stack.graph import depends_transitively, in_dependency_order
from homeport.stack.keys import SERVICE_KEYS
from homeport.stack.model import read_stack, single_service
from homeport.stack.units import nanoseconds, seconds, size
from tests.unit.stack.builders import observed, service, stack

Model = dict[str, Any]
OWNED = {"com.docker.compose.project": "blog", "com.docker.compose.version": "2.26.1"}
NETWORK = {"com.docker.compose.network": "default"} | OWNED
HOST: Model = {
    "RestartPolicy": {"Name": "no"},
    "NetworkMode": "blog_default",
    "PortBindings": {},
    "Binds": [],
}
BODY: Model = {
    "Env": [],
    "Labels": {},
    "AttachStdout": True,
    "AttachStderr": True,
    "HostConfig": HOST,
}


def model(*, top: Model | None = None, **keys: Any) -> Model:
    """Service `web` with these keys, as `docker compose config` prints it; `top` beside it."""
    web = {"image": "web:1", "networks": {"default": None}, **keys}
    others = (top or {}).get("services", {})
    networks = {"default": {"name": "blog_default"}}
    return {"networks": networks, **(top or {}), "services": {"web": web, **others}}


def short(value: object) -> str:
    """A case, in the name of its test."""
    return str(value)[:60]


def read(found: Model, **values: Any) -> Stack:
    """The stack of a model."""
    defaults: Model = {"hashes": {}, "project": "blog", "directory": "/blog", "files": ()}
    return read_stack(found, **{**defaults, **values})


def web(*, top: Model | None = None, **keys: Any) -> Service:
    """Service `web` as homeport has it."""
    return read(model(top=top, **keys)).services["web"]


def bare(**values: Any) -> Service:
    """What is expected of a service that says nothing, but for `values`."""
    defaults: Model = {
        "name": "web",
        "image": "web:1",
        "config_hash": "",
        "body": BODY,
        "networks": {"blog_default": {"Aliases": ["web"]}},
    }
    return Service(**{**defaults, **values})


# -- body


BODIES: list[tuple[Model, Model]] = [
    ({}, {}),
    ({"command": ["sleep", "1"]}, {"Cmd": ["sleep", "1"]}),
    ({"command": []}, {"Cmd": []}),
    ({"command": None}, {}),
    ({"entrypoint": ["/run"]}, {"Entrypoint": ["/run"]}),
    ({"entrypoint": []}, {"Entrypoint": []}),
    ({"entrypoint": None}, {}),
    ({"domainname": "example.org"}, {"Domainname": "example.org"}),
    ({"hostname": "box"}, {"Hostname": "box"}),
    ({"mac_address": "02:42:ac:11:65:43"}, {"MacAddress": "02:42:ac:11:65:43"}),
    ({"stdin_open": True}, {"OpenStdin": True}),
    ({"stop_signal": "SIGINT"}, {"StopSignal": "SIGINT"}),
    ({"tty": True}, {"Tty": True}),
    ({"user": "1000:1000"}, {"User": "1000:1000"}),
    ({"working_dir": "/tmp"}, {"WorkingDir": "/tmp"}),
    ({"stop_grace_period": "1m30s"}, {"StopTimeout": 90}),
    ({"stop_grace_period": "1.5s"}, {"StopTimeout": 1}),
    (
        {"environment": {"B": "2", "A": "a=b", "EMPTY": "", "UNSET": None}},
        {"Env": ["A=a=b", "B=2", "EMPTY=", "UNSET"]},
    ),
    ({"labels": {"org.example.a": "1", "b": ""}}, {"Labels": {"org.example.a": "1", "b": ""}}),
    (
        {"expose": ["80", "53/udp", "8000-8002"]},
        {"ExposedPorts": {"80/tcp": {}, "53/udp": {}, "8000-8002/tcp": {}}},
    ),
    ({"healthcheck": {"disable": True, "test": "exit 0"}}, {"Healthcheck": {"Test": ["NONE"]}}),
    ({"healthcheck": {"test": ["NONE"]}}, {"Healthcheck": {"Test": ["NONE"]}}),
    ({"healthcheck": {"test": "exit 0"}}, {"Healthcheck": {"Test": ["CMD-SHELL", "exit 0"]}}),
    ({"healthcheck": {"interval": "2s"}}, {"Healthcheck": {"Interval": 2_000_000_000}}),
    (
        {
            "healthcheck": {
                "test": ["CMD", "true"],
                "interval": "1m30s",
                "timeout": "500ms",
                "start_period": "1h0m0s",
                "start_interval": "1s",
                "retries": 4,
            }
        },
        {
            "Healthcheck": {
                "Test": ["CMD", "true"],
                "Interval": 90_000_000_000,
                "Timeout": 500_000_000,
                "StartPeriod": 3_600_000_000_000,
                "StartInterval": 1_000_000_000,
                "Retries": 4,
            }
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "expected"), BODIES, ids=short)
def test_a_key_of_the_container_means_what_it_means_in_compose(
    keys: Model, expected: Model
) -> None:
    assert BODY | expected == web(**keys).body


# -- host


HOSTS: list[tuple[Model, Model]] = [
    ({"annotations": {"a": "b"}}, {"Annotations": {"a": "b"}}),
    ({"cap_add": ["NET_ADMIN"]}, {"CapAdd": ["NET_ADMIN"]}),
    ({"cap_drop": ["ALL"]}, {"CapDrop": ["ALL"]}),
    ({"cgroup": "host"}, {"CgroupnsMode": "host"}),
    ({"cgroup_parent": "/m"}, {"CgroupParent": "/m"}),
    ({"cpu_count": 2}, {"CpuCount": 2}),
    ({"cpu_percent": 50}, {"CpuPercent": 50}),
    ({"cpu_period": 100000}, {"CpuPeriod": 100000}),
    ({"cpu_quota": 50000}, {"CpuQuota": 50000}),
    ({"cpu_rt_period": 1000}, {"CpuRealtimePeriod": 1000}),
    ({"cpu_rt_runtime": 900}, {"CpuRealtimeRuntime": 900}),
    ({"cpu_shares": 512}, {"CpuShares": 512}),
    ({"cpus": 0.5}, {"NanoCpus": 500_000_000}),
    ({"cpuset": "0,1"}, {"CpusetCpus": "0,1"}),
    ({"device_cgroup_rules": ["c 1:3 r"]}, {"DeviceCgroupRules": ["c 1:3 r"]}),
    ({"dns": ["127.0.0.53"]}, {"Dns": ["127.0.0.53"]}),
    ({"dns_opt": ["ndots:1"]}, {"DnsOptions": ["ndots:1"]}),
    ({"dns_search": ["example.org"]}, {"DnsSearch": ["example.org"]}),
    ({"group_add": ["44", "audio"]}, {"GroupAdd": ["44", "audio"]}),
    ({"init": True}, {"Init": True}),
    ({"ipc": "shareable"}, {"IpcMode": "shareable"}),
    ({"isolation": "default"}, {"Isolation": "default"}),
    ({"mem_limit": "67108864"}, {"Memory": 67_108_864}),
    ({"mem_reservation": "32m"}, {"MemoryReservation": 33_554_432}),
    ({"mem_swappiness": "10"}, {"MemorySwappiness": 10}),
    ({"memswap_limit": "-1"}, {"MemorySwap": -1}),
    ({"oom_kill_disable": True}, {"OomKillDisable": True}),
    ({"oom_score_adj": -100}, {"OomScoreAdj": -100}),
    ({"pid": "host"}, {"PidMode": "host"}),
    ({"pids_limit": -1}, {"PidsLimit": -1}),
    ({"privileged": True}, {"Privileged": True}),
    ({"read_only": True}, {"ReadonlyRootfs": True}),
    ({"runtime": "runc"}, {"Runtime": "runc"}),
    ({"security_opt": ["no-new-privileges"]}, {"SecurityOpt": ["no-new-privileges"]}),
    ({"shm_size": "16mb"}, {"ShmSize": 16_777_216}),
    ({"storage_opt": {"size": "1G"}}, {"StorageOpt": {"size": "1G"}}),
    ({"sysctls": {"net.core.somaxconn": "1024"}}, {"Sysctls": {"net.core.somaxconn": "1024"}}),
    ({"userns_mode": "host"}, {"UsernsMode": "host"}),
    ({"uts": "host"}, {"UTSMode": "host"}),
    ({"volumes_from": ["container:other:ro"]}, {"VolumesFrom": ["container:other:ro"]}),
    # restart, and what Swarm says of it
    ({"restart": "no"}, {}),
    ({"restart": "always"}, {"RestartPolicy": {"Name": "always"}}),
    ({"restart": "unless-stopped"}, {"RestartPolicy": {"Name": "unless-stopped"}}),
    ({"restart": "on-failure"}, {"RestartPolicy": {"Name": "on-failure"}}),
    (
        {"restart": "on-failure:5"},
        {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 5}},
    ),
    ({"deploy": {"restart_policy": {"condition": "none"}}}, {}),
    (
        {"deploy": {"restart_policy": {"condition": "any", "max_attempts": 3}}},
        {"RestartPolicy": {"Name": "always"}},
    ),
    (
        {"deploy": {"restart_policy": {"condition": "on-failure", "max_attempts": 3}}},
        {"RestartPolicy": {"Name": "on-failure", "MaximumRetryCount": 3}},
    ),
    # deploy.resources
    (
        {"deploy": {"resources": {"limits": {"cpus": "0.25", "memory": "52428800", "pids": 20}}}},
        {"NanoCpus": 250_000_000, "Memory": 52_428_800, "PidsLimit": 20},
    ),
    (
        {"cpus": 1, "mem_limit": "1m", "pids_limit": 1, "mem_reservation": "1m"}
        | {
            "deploy": {
                "resources": {
                    "limits": {"cpus": 2, "memory": "2m", "pids": 2},
                    "reservations": {"memory": "3m"},
                }
            }
        },
        {"NanoCpus": 2_000_000_000, "Memory": 2 << 20, "PidsLimit": 2}
        | {"MemoryReservation": 3 << 20},
    ),
    # what is translated as a whole
    ({"blkio_config": {"weight": 300}}, {"BlkioWeight": 300}),
    (
        {"devices": ["/dev/a:/dev/b:r", "/dev/c", "/dev/d:rw", "/dev/e:/dev/f"]},
        {
            "Devices": [
                {"PathOnHost": "/dev/a", "PathInContainer": "/dev/b", "CgroupPermissions": "r"},
                {"PathOnHost": "/dev/c", "PathInContainer": "/dev/c", "CgroupPermissions": "rwm"},
                {"PathOnHost": "/dev/d", "PathInContainer": "/dev/d", "CgroupPermissions": "rw"},
                {"PathOnHost": "/dev/e", "PathInContainer": "/dev/f", "CgroupPermissions": "rwm"},
            ]
        },
    ),
    (
        {"devices": [{"source": "/dev/a", "target": "/dev/b", "permissions": "r"}]},
        {
            "Devices": [
                {"PathOnHost": "/dev/a", "PathInContainer": "/dev/b", "CgroupPermissions": "r"}
            ]
        },
    ),
    (
        {"extra_hosts": ["one=10.0.0.1", "two:10.0.0.2", "six=::1"]},
        {"ExtraHosts": ["one:10.0.0.1", "two:10.0.0.2", "six:::1"]},
    ),
    (
        {"extra_hosts": {"one": "10.0.0.1", "two": ["10.0.0.2", "::1"]}},
        {"ExtraHosts": ["one:10.0.0.1", "two:10.0.0.2", "two:::1"]},
    ),
    (
        {"gpus": "all"},
        {
            "DeviceRequests": [
                {"Driver": "", "Count": -1, "DeviceIDs": []}
                | {"Capabilities": [["gpu"]], "Options": {}}
            ]
        },
    ),
    (
        {"deploy": {"resources": {"reservations": {"devices": [
            {"driver": "nvidia", "count": 2, "capabilities": ["gpu", "utility"]},
            {"device_ids": ["0"], "count": "all", "capabilities": ["tpu"], "options": {"a": "b"}},
            {"count": "all"},
        ]}}}},
        {
            "DeviceRequests": [
                {"Driver": "nvidia", "Count": 2, "DeviceIDs": []}
                | {"Capabilities": [["gpu", "utility"]], "Options": {}},
                {"Driver": "", "Count": 0, "DeviceIDs": ["0"]}
                | {"Capabilities": [["tpu"]], "Options": {"a": "b"}},
                {"Driver": "", "Count": -1, "DeviceIDs": []}
                | {"Capabilities": [["gpu"]], "Options": {}},
            ]
        },
    ),
    (
        {"logging": {"driver": "local", "options": {"max-file": 3}}},
        {"LogConfig": {"Type": "local", "Config": {"max-file": "3"}}},
    ),
    ({"logging": {"options": {"a": "b"}}}, {"LogConfig": {"Type": "", "Config": {"a": "b"}}}),
    ({"tmpfs": ["/run", "/tmp:size=1m"]}, {"Tmpfs": {"/run": "", "/tmp": "size=1m"}}),
    ({"tmpfs": "/run"}, {"Tmpfs": {"/run": ""}}),
    (
        {"ulimits": {"nproc": 100, "nofile": {"soft": 1000, "hard": 2000}}},
        {
            "Ulimits": [
                {"Name": "nofile", "Soft": 1000, "Hard": 2000},
                {"Name": "nproc", "Soft": 100, "Hard": 100},
            ]
        },
    ),
]  # fmt: skip


@pytest.mark.parametrize(("keys", "expected"), HOSTS, ids=short)
def test_a_key_of_the_host_means_what_it_means_in_compose(keys: Model, expected: Model) -> None:
    assert BODY | {"HostConfig": HOST | expected} == web(**keys).body


def test_every_key_that_is_translated_stands_in_a_table() -> None:
    tabled = {key for keys, _ in BODIES + HOSTS for key in keys}
    assert body.KEYS | host.KEYS == tabled | {"ports"}


# -- ports, networks and links


def test_ports_are_exposed_and_bound_where_the_file_says() -> None:
    found = web(
        expose=["80", "9000/udp"],
        ports=[
            {"target": 80, "published": "8080", "protocol": "tcp", "mode": "ingress"},
            {"target": 80, "published": "8081-8089", "host_ip": "127.0.0.1"},
            {"target": 53, "protocol": "udp"},
        ],
    )
    assert {"80/tcp": {}, "9000/udp": {}, "53/udp": {}} == found.body["ExposedPorts"]
    assert {
        "80/tcp": [
            {"HostIp": "", "HostPort": "8080"},
            {"HostIp": "127.0.0.1", "HostPort": "8081-8089"},
        ],
        "53/udp": [{"HostIp": "", "HostPort": ""}],
    } == found.body["HostConfig"]["PortBindings"]


def test_a_service_joins_its_networks_by_priority_then_by_name() -> None:
    joined = {"b": None, "a": {}, "c": {"priority": 5, "aliases": ["www", "web"]}}
    found = web(networks=joined, top={"networks": {key: {"name": f"blog_{key}"} for key in "abc"}})
    assert [
        ("blog_c", {"Aliases": ["web", "www"]}),
        ("blog_a", {"Aliases": ["web"]}),
        ("blog_b", {"Aliases": ["web"]}),
    ] == list(found.networks.items())
    assert "blog_c" == found.body["HostConfig"]["NetworkMode"]


def test_a_place_in_a_network_says_addresses_options_and_external_links() -> None:
    given = {
        "ipv4_address": "10.0.0.9",
        "ipv6_address": "fd00::9",
        "link_local_ips": ["169.254.8.8"],
        "mac_address": "02:42:ac:11:65:43",
        "driver_opts": {"a": "b"},
    }
    found = web(networks={"default": given}, external_links=["db_1", "other:alias"])
    expected = {
        "Aliases": ["web"],
        "Links": ["db_1:db_1", "other:alias"],
        "IPAMConfig": {
            "IPv4Address": "10.0.0.9",
            "IPv6Address": "fd00::9",
            "LinkLocalIPs": ["169.254.8.8"],
        },
        "MacAddress": "02:42:ac:11:65:43",
        "DriverOpts": {"a": "b"},
    }
    assert {"blog_default": expected} == found.networks


@pytest.mark.parametrize("mode", ["host", "none", "bridge", "service:db", "container:other"])
def test_a_network_mode_takes_the_place_of_networks(mode: str) -> None:
    found = web(network_mode=mode, top={"services": {"db": {"image": "db"}}})
    assert ({}, mode) == (found.networks, found.body["HostConfig"]["NetworkMode"])


def test_without_any_network_there_is_none() -> None:
    found = web(networks={})
    assert ({}, "none") == (found.networks, found.body["HostConfig"]["NetworkMode"])


def test_a_link_is_an_alias_of_the_service_that_it_names() -> None:
    services = {
        "web": {"links": ["db:database", "db", "db:db"]},
        "api": {"links": ["db:store", "db:database", "other:x"]},
        "db": None,
    }
    assert ("database", "store") == link_aliases(services, "db")


# -- mounts

VOLUMES: Model = {"volumes": {"data": {"name": "blog_data"}}}
MOUNTS: list[tuple[Model, list[str], list[Model]]] = [
    ({"type": "volume", "source": "data", "target": "/d"}, ["blog_data:/d:rw"], []),
    (
        {"type": "volume", "source": "data", "target": "/d", "read_only": True}
        | {"volume": {"nocopy": True}},
        ["blog_data:/d:ro,nocopy"],
        [],
    ),
    ({"type": "volume", "source": "elsewhere", "target": "/d"}, ["elsewhere:/d:rw"], []),
    (
        {"type": "volume", "source": "data", "target": "/d", "volume": {"subpath": "a/b"}},
        [],
        [
            {"Type": "volume", "Target": "/d", "Source": "blog_data"}
            | {"VolumeOptions": {"NoCopy": False, "Subpath": "a/b"}}
        ],
    ),
    ({"type": "volume", "target": "/d", "volume": {}}, [], [{"Type": "volume", "Target": "/d"}]),
    (
        {"type": "volume", "target": "/d", "volume": {"nocopy": True}},
        [],
        [{"Type": "volume", "Target": "/d", "VolumeOptions": {"NoCopy": True}}],
    ),
    (
        {"type": "bind", "source": "/s", "target": "/d", "bind": {"create_host_path": True}},
        ["/s:/d:rw"],
        [],
    ),
    (
        {"type": "bind", "source": "/s", "target": "/d", "read_only": True}
        | {"bind": {"create_host_path": True, "selinux": "z", "propagation": "rslave"}},
        ["/s:/d:ro,z,rslave"],
        [],
    ),
    (
        {"type": "bind", "source": "/s", "target": "/d", "read_only": True}
        | {"consistency": "cached", "bind": {"propagation": "shared"}},
        [],
        [
            {"Type": "bind", "Target": "/d", "Source": "/s", "ReadOnly": True}
            | {"Consistency": "cached", "BindOptions": {"Propagation": "shared"}}
        ],
    ),
    (
        {"type": "bind", "source": "/s", "target": "/d"},
        [],
        [{"Type": "bind", "Target": "/d", "Source": "/s"}],
    ),
    ({"type": "tmpfs", "target": "/d"}, [], [{"Type": "tmpfs", "Target": "/d"}]),
    (
        {"type": "tmpfs", "target": "/d", "tmpfs": {"size": "1048576", "mode": 1016}},
        [],
        [
            {"Type": "tmpfs", "Target": "/d"}
            | {"TmpfsOptions": {"SizeBytes": 1_048_576, "Mode": 1016}}
        ],
    ),
    (
        {"type": "npipe", "source": "a", "target": "b"},
        [],
        [{"Type": "npipe", "Target": "b", "Source": "a"}],
    ),
]


@pytest.mark.parametrize(("volume", "binds", "mounts"), MOUNTS, ids=short)
def test_a_volume_is_bound_or_mounted(volume: Model, binds: list[str], mounts: list[Model]) -> None:
    found = web(volumes=[volume], top=VOLUMES).body["HostConfig"]
    assert (binds, mounts) == (found["Binds"], found.get("Mounts", []))


def test_secrets_and_configs_that_are_files_are_mounted_read_only() -> None:
    top = {"secrets": {"s": {"file": "/s.txt"}}, "configs": {"c": {"file": "/c.txt"}}}
    found = web(
        secrets=[{"source": "s"}, {"source": "s", "target": "other"}],
        configs=[{"source": "c"}, {"source": "c", "target": "/etc/c"}],
        top=top,
    )
    targets = [
        ("/s.txt", "/run/secrets/s"),
        ("/s.txt", "/run/secrets/other"),
        ("/c.txt", "/c"),
        ("/c.txt", "/etc/c"),
    ]
    assert [
        {"Type": "bind", "Source": source, "Target": target, "ReadOnly": True}
        for source, target in targets
    ] == found.body["HostConfig"]["Mounts"]
    assert () == found.files


def test_secrets_and_configs_with_a_content_are_given() -> None:
    top = {"secrets": {"s": {"content": "a secret"}}, "configs": {"c": {"content": ""}}}
    found = web(
        secrets=[{"source": "s", "mode": "0400", "uid": "1000", "gid": "1001"}],
        configs=[{"source": "c", "target": "/etc/c", "mode": 416}, {"source": "c"}],
        top=top,
    )
    assert (
        GivenFile(path="/run/secrets/s", content="a secret", mode=0o400, uid=1000, gid=1001),
        GivenFile(path="/etc/c", content="", mode=0o640),
        GivenFile(path="/c", content=""),
    ) == found.files
    assert BODY == found.body


# -- the order of a rollout

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
    ({"ports": [{"target": 80, "published": "0"}]}, Order.START_FIRST, "stateless"),
    ({"ports": [{"target": 80}]}, Order.START_FIRST, "stateless"),
    ({"network_mode": "host"}, Order.STOP_FIRST, "host network"),
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


# -- the rest of a service

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
        {"environment": {"VIRTUAL_HOST": "~^a$"}},
        {"unroutable": "VIRTUAL_HOST '~^a$' is no host name"},
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


# -- networks and volumes

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


# -- errors: each names the field

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
        "known: order, drain, deadline",
    ),
    (
        FileFault,
        {"x-homeport": {"order": "first"}},
        "compose.yaml: services.web.x-homeport.order: 'first' is no order",
        "start-first, or stop-first",
    ),
    (
        RequestError,
        {"x-homeport": {"drain": "soon"}},
        "services.web.x-homeport.drain: 'soon' is no duration",
        "for example 30s or 1m30s",
    ),
    (
        FileFault,
        {"top": {"x-homeport": {"color": "red"}}},
        "compose.yaml: x-homeport.color: is not known",
        "known: order, drain, deadline",
    ),
    (
        FileFault,
        {"network_mode": "service:nobody"},
        "compose.yaml: services.web: nobody is no service",
        "",
    ),
    (
        FileFault,
        {"volumes_from": ["nobody"]},
        "compose.yaml: services.web: nobody is no service",
        "",
    ),
    (
        RequestError,
        {"secrets": [{"source": "s"}], "top": {"secrets": {"s": {"external": True}}}},
        "services.web.secrets: secret s is not a file of the repository",
        "give secret s a `file:`; `external` is Swarm's",
    ),
    (
        RequestError,
        {"configs": [{"source": "c"}]},
        "services.web.configs: config c is not a file of the repository",
        "give config c a `file:`; `external` is Swarm's",
    ),
    (
        RequestError,
        {"build": {"context": "/", "secrets": [{"source": "s"}]}},
        "services.web.build.secrets: secret s is not a file of the repository",
        "give secret s a `file:`",
    ),
    *(
        (
            RequestError,
            {"healthcheck": {"test": ["CMD", "true"], key: "soon"}},
            f"services.web.healthcheck.{key}: 'soon' is no duration",
            "for example 30s or 1m30s",
        )
        for key in ("interval", "timeout", "start_period", "start_interval")
    ),
    (
        RequestError,
        {"stop_grace_period": "soon"},
        "services.web.stop_grace_period: 'soon' is no duration",
        "for example 30s or 1m30s",
    ),
    *(
        (
            RequestError,
            {key: "much"},
            f"services.web.{key}: 'much' is no size",
            "for example 512m or 1g",
        )
        for key in ("mem_limit", "mem_swappiness", "mem_reservation", "memswap_limit", "shm_size")
    ),
    *(
        (
            RequestError,
            {"deploy": {"resources": {part: {"memory": "much"}}}},
            f"services.web.deploy.resources.{part}.memory: 'much' is no size",
            "for example 512m or 1g",
        )
        for part in ("limits", "reservations")
    ),
]


@pytest.mark.parametrize(("kind", "keys", "message", "hint"), ERRORS, ids=short)
def test_what_cannot_be_is_said_with_its_field(
    kind: type[RequestError], keys: Model, message: str, hint: str
) -> None:
    with pytest.raises(RequestError) as error:
        read(model(**keys), files=("/blog/compose.yaml",))
    assert (kind, message, hint) == (type(error.value), error.value.message, error.value.hint)


# -- warnings

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
        {"deploy": {"update_config": {"order": "start-first", "parallelism": 2}}},
        ["services.web.deploy.update_config.parallelism is not carried out"],
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


@pytest.mark.parametrize(("keys", "expected"), WARNINGS, ids=short)
def test_a_key_that_is_not_carried_out_is_named(keys: Model, expected: list[str]) -> None:
    assert expected == list(read(model(**keys)).warnings)


def test_no_key_that_is_carried_out_is_named() -> None:
    assert {key for keys, _ in BODIES + HOSTS for key in keys} <= SERVICE_KEYS
    assert () == read(model(image="a", platform="", pull_policy="never", scale=1)).warnings


# -- units


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
    with pytest.raises(RequestError, match=r"field: '.*' is no duration"):
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
    with pytest.raises(RequestError, match=r"field: '.*' is no size"):
        size(text, "field")


# -- check and graph


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

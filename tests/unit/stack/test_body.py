"""What runs in a container, and what it is connected to."""

from __future__ import annotations

import pytest

from homeport.model.stack import (
    GivenFile,
)
from homeport.stack.endpoints import link_aliases
from tests.unit.stack.models import BODY, Model, short, web

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

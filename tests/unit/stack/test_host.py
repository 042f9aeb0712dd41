"""The HostConfig of a container: each key."""

from __future__ import annotations

import pytest

from homeport.stack import body, host
from tests.unit.stack.models import BODY, HOST, Model, short, web
from tests.unit.stack.test_body import BODIES

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

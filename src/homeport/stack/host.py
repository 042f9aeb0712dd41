"""The HostConfig of a container: what Compose's keys mean to the Engine. Pure.

Source: docker/compose v2, pkg/compose/create.go (getCreateConfigs, getDeployResources).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from homeport.stack.units import size

Model = Mapping[str, Any]

# Compose's key -> the Engine's, where the value stays as it is.
_SAME = {
    "annotations": "Annotations",
    "cap_add": "CapAdd",
    "cap_drop": "CapDrop",
    "cgroup": "CgroupnsMode",
    "cgroup_parent": "CgroupParent",
    "cpu_count": "CpuCount",
    "cpu_percent": "CpuPercent",
    "cpu_period": "CpuPeriod",
    "cpu_quota": "CpuQuota",
    "cpu_rt_period": "CpuRealtimePeriod",
    "cpu_rt_runtime": "CpuRealtimeRuntime",
    "cpu_shares": "CpuShares",
    "cpuset": "CpusetCpus",
    "device_cgroup_rules": "DeviceCgroupRules",
    "dns": "Dns",
    "dns_opt": "DnsOptions",
    "dns_search": "DnsSearch",
    "group_add": "GroupAdd",
    "ipc": "IpcMode",
    "isolation": "Isolation",
    "oom_kill_disable": "OomKillDisable",
    "oom_score_adj": "OomScoreAdj",
    "pid": "PidMode",
    "pids_limit": "PidsLimit",
    "privileged": "Privileged",
    "read_only": "ReadonlyRootfs",
    "runtime": "Runtime",
    "storage_opt": "StorageOpt",
    "sysctls": "Sysctls",
    "userns_mode": "UsernsMode",
    "uts": "UTSMode",
    "volumes_from": "VolumesFrom",
}
_SIZES = {
    "mem_limit": "Memory",
    "mem_swappiness": "MemorySwappiness",
    "mem_reservation": "MemoryReservation",
    "memswap_limit": "MemorySwap",
    "shm_size": "ShmSize",
}


def host_config(service: Model, where: str) -> dict[str, Any]:
    """The HostConfig of a service, but its networks, mounts and ports."""
    host = {theirs: service[ours] for ours, theirs in _SAME.items() if service.get(ours)}
    for ours, theirs in _SIZES.items():
        if service.get(ours):
            host[theirs] = size(service[ours], f"{where}.{ours}")
    for key, translate in _TRANSLATED.items():
        if service.get(key):
            host |= translate(service[key])
    if service.get("init") is not None:  # false counts where the Engine's default is true
        host["Init"] = service["init"]
    host |= _security(service.get("security_opt") or ())
    host["RestartPolicy"] = restart_policy(service)
    return {**host, **_limits(service, where)}


def restart_policy(service: Model) -> dict[str, Any]:
    """`deploy.restart_policy`, else `restart`."""
    policy = (service.get("deploy") or {}).get("restart_policy") or {}
    if not policy:
        name, _, count = str(service.get("restart") or "no").partition(":")
        return {"Name": name} | ({"MaximumRetryCount": int(count)} if count else {})
    name = {"any": "always", "none": "no"}.get(policy.get("condition", "any"), "on-failure")
    attempts = int(policy.get("max_attempts") or 0) if name == "on-failure" else 0
    return {"Name": name} | ({"MaximumRetryCount": attempts} if attempts else {})


def _security(options: Sequence[str]) -> dict[str, Any]:
    """`systempaths=unconfined` is the client's word for no masked and no read-only paths."""
    unmasked = [o for o in options if o.replace(":", "=") == "systempaths=unconfined"]
    others = [option for option in options if option not in unmasked]
    found: dict[str, Any] = {"SecurityOpt": others} if others else {}
    return found | ({"MaskedPaths": [], "ReadonlyPaths": []} if unmasked else {})


def _limits(service: Model, where: str) -> dict[str, Any]:
    """`cpus`, and `deploy.resources`, which stands above the older keys."""
    found: dict[str, Any] = {}
    if service.get("cpus"):
        found["NanoCpus"] = round(float(service["cpus"]) * 1e9)
    resources = (service.get("deploy") or {}).get("resources") or {}
    limits, reserved = resources.get("limits") or {}, resources.get("reservations") or {}
    if limits.get("cpus"):
        found["NanoCpus"] = round(float(limits["cpus"]) * 1e9)
    if limits.get("memory"):
        found["Memory"] = size(limits["memory"], f"{where}.deploy.resources.limits.memory")
    if limits.get("pids"):
        found["PidsLimit"] = int(limits["pids"])
    if reserved.get("memory"):
        field = f"{where}.deploy.resources.reservations.memory"
        found["MemoryReservation"] = size(reserved["memory"], field)
    devices = [_reserved(device) for device in reserved.get("devices") or ()]
    return found | ({"DeviceRequests": devices} if devices else {})


def _reserved(device: Model) -> dict[str, Any]:
    """A GPU, or what else a driver hands out."""
    ids = device.get("device_ids") or []
    count = -1 if device.get("count") in ("all", -1) else int(device.get("count") or 0)
    return {
        "Driver": device.get("driver", ""),
        "Count": 0 if ids else count,
        "DeviceIDs": ids,
        "Capabilities": [device.get("capabilities") or ["gpu"]],
        "Options": device.get("options") or {},
    }


def _blkio(found: Model) -> dict[str, Any]:
    names = {
        "device_read_bps": "BlkioDeviceReadBps",
        "device_read_iops": "BlkioDeviceReadIOps",
        "device_write_bps": "BlkioDeviceWriteBps",
        "device_write_iops": "BlkioDeviceWriteIOps",
    }
    host: dict[str, Any] = {}
    if found.get("weight"):
        host["BlkioWeight"] = int(found["weight"])
    if found.get("weight_device"):
        devices = map(_lowered, found["weight_device"])
        host["BlkioWeightDevice"] = [
            {"Path": d["path"], "Weight": int(d["weight"])} for d in devices
        ]
    for ours, theirs in names.items():
        limits = [_lowered(limit) for limit in found.get(ours) or ()]
        if limits:
            host[theirs] = [{"Path": d["path"], "Rate": size(d["rate"], ours)} for d in limits]
    return host


def _lowered(found: Model) -> dict[str, Any]:
    """Compose 2.26 prints `Path`, `Rate` and `Weight`; others print them small."""
    return {key.lower(): value for key, value in found.items()}


def _devices(found: Any) -> dict[str, Any]:
    return {"Devices": [_device(device) for device in found]}


def _device(device: Any) -> dict[str, str]:
    """`host:container:permissions`, or the long form of newer Composes."""
    if isinstance(device, str):
        host, _, rest = device.partition(":")
        inside, _, permissions = rest.partition(":")
        if inside and set(inside) <= set("rwm"):
            inside, permissions = "", inside
    else:
        host, inside = device["source"], device.get("target", "")
        permissions = device.get("permissions", "")
    return {
        "PathOnHost": host,
        "PathInContainer": inside or host,
        "CgroupPermissions": permissions or "rwm",
    }


def _extra_hosts(found: Any) -> dict[str, Any]:
    """A list of `name=address`, or a map; the Engine takes `name:address`."""
    if isinstance(found, Mapping):
        pairs = [(k, a) for k, v in found.items() for a in (v if isinstance(v, list) else [v])]
        return {"ExtraHosts": [f"{name}:{address}" for name, address in pairs]}
    return {"ExtraHosts": [text.replace("=", ":", 1) for text in found]}


def _gpus(found: Any) -> dict[str, Any]:
    wanted = [{"count": -1}] if found == "all" else found
    return {"DeviceRequests": [_reserved(device) for device in wanted]}


def _logging(found: Model) -> dict[str, Any]:
    driver, options = found.get("driver") or "", found.get("options") or {}
    return {"LogConfig": {"Type": driver, "Config": {k: str(v) for k, v in options.items()}}}


def _tmpfs(found: Any) -> dict[str, Any]:
    paths = [found] if isinstance(found, str) else found
    return {"Tmpfs": {path.partition(":")[0]: path.partition(":")[2] for path in paths}}


def _ulimits(found: Model) -> dict[str, Any]:
    pairs = {
        # Compose prints {} for 0.
        name: (v.get("soft", 0), v.get("hard", 0)) if isinstance(v, Mapping) else (v, v)
        for name, v in found.items()
    }
    return {
        "Ulimits": [
            {"Name": name, "Soft": int(soft), "Hard": int(hard)}
            for name, (soft, hard) in sorted(pairs.items())
        ]
    }


_TRANSLATED: dict[str, Callable[[Any], dict[str, Any]]] = {
    "blkio_config": _blkio,
    "devices": _devices,
    "extra_hosts": _extra_hosts,
    "gpus": _gpus,
    "logging": _logging,
    "tmpfs": _tmpfs,
    "ulimits": _ulimits,
}

KEYS = frozenset(
    {*_SAME, *_SIZES, *_TRANSLATED, "restart", "cpus", "deploy", "init", "security_opt"}
)

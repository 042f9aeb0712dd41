"""What a job's container may have of the host: nothing that would own it. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from homeport.errors import RequestError
from homeport.pipeline.gate.owned import own_container, own_network
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.shape import canonical, names, texts
from homeport.pipeline.gate.verdict import Facts, Kind, Question, refused

_KNOWN = names(
    "AutoRemove Binds BlkioWeight CapAdd CapDrop CapabilitiesAdd CapabilitiesDrop Cgroup "
    "CgroupParent CgroupnsMode ConsoleSize ContainerIDFile CpuCount CpuPercent CpuPeriod CpuQuota "
    "CpuRealtimePeriod CpuRealtimeRuntime CpuShares CpusetCpus CpusetMems DeviceCgroupRules "
    "DeviceRequests Devices Dns DnsOptions DnsSearch ExtraHosts GroupAdd Init IpcMode Isolation "
    "KernelMemory KernelMemoryTCP Links LogConfig MaskedPaths Memory MemoryReservation MemorySwap "
    "MemorySwappiness Mounts NanoCpus NetworkMode OomKillDisable OomScoreAdj PidMode PidsLimit "
    "PortBindings Privileged PublishAllPorts ReadonlyPaths ReadonlyRootfs RestartPolicy Runtime "
    "SecurityOpt ShmSize StorageOpt Sysctls Tmpfs UTSMode Ulimits UsernsMode VolumeDriver "
    "VolumesFrom"
)
_LOGS = ("", "json-file", "local", "none")
# Within its own namespaces a container may trace and bind; the rest reaches the host.
_CAPABILITIES = (
    "AUDIT_WRITE", "CHOWN", "DAC_OVERRIDE", "FOWNER", "FSETID", "KILL", "MKNOD",
    "NET_BIND_SERVICE", "SETGID", "SETPCAP", "SETUID", "SYS_CHROOT", "SYS_PTRACE",
)  # fmt: skip
_NOTHING = ("Devices", "DeviceRequests", "DeviceCgroupRules", "CgroupParent", "Cgroup")


def read_host(found: Any) -> dict[str, Any]:
    """`HostConfig` with the Engine's own keys."""
    return canonical(found, _KNOWN, "HostConfig")


def asks_of_host(host: Mapping[str, Any]) -> set[Question]:
    """The containers and networks that a `HostConfig` names."""
    asked = {Question(Kind.CONTAINER, name) for name in _others(host)}
    network = str(host.get("NetworkMode") or "default")
    if ":" not in network and network not in ("default", "bridge", "none", "host"):
        asked.add(Question(Kind.NETWORK, network))
    return asked


def check_host(host: dict[str, Any], scope: Scope, facts: Facts) -> dict[str, Any]:
    """A `HostConfig` as the job may have it.

    Raises:
        Forbidden: it would reach the host, or what others have.
        RequestError: it is not understood.
    """
    for key, look in _RULES.items():
        look(host, key)
    return {
        **host,
        "Binds": [_bind(text, scope) for text in texts(host.get("Binds"), "Binds")],
        "Mounts": [_mount(one, scope) for one in host.get("Mounts") or []],
        "NetworkMode": _network(host, scope, facts),
        "VolumesFrom": [_named(v, facts) for v in texts(host.get("VolumesFrom"), "VolumesFrom")],
        "Links": [_link(text, facts) for text in texts(host.get("Links"), "Links")],
        "PidMode": _mode(host, "PidMode", facts),
        "IpcMode": _mode(host, "IpcMode", facts),
        # The host's ports are those of what is live.
        "PortBindings": {},
        # One that is started again would be mounted what a link leads to by then.
        "RestartPolicy": {"Name": "no"},
        "PublishAllPorts": False,
        **_limited(host, scope),
    }


# -- yes or no


def _false(host: Mapping[str, Any], key: str) -> None:
    if host.get(key):
        raise refused(_WHAT.get(key, f"set {key}"), _WHY.get(key, ""))


def _own_namespace(host: Mapping[str, Any], key: str) -> None:
    if host.get(key) not in (None, "", "private"):
        raise refused(f"share the host's namespaces ({key})")


def _capabilities(host: Mapping[str, Any], key: str) -> None:
    for name in texts(host.get(key), key):
        if name.upper().removeprefix("CAP_") not in _CAPABILITIES:
            raise refused(f"have the capability {name[:40]}")


def _security(host: Mapping[str, Any], key: str) -> None:
    for option in texts(host.get(key), key):
        if option not in ("no-new-privileges", "no-new-privileges:true", "no-new-privileges=true"):
            raise refused(f"set the security option {option[:60]}")


def _hidden(host: Mapping[str, Any], key: str) -> None:
    if host.get(key) is not None:
        raise refused(f"open what the Engine hides of /proc ({key})")


def _log(host: Mapping[str, Any], key: str) -> None:
    config = canonical(host.get(key), names("Type Config"), key)
    if config.get("Type", "") not in _LOGS or any(config.get("Config") or {}):
        raise refused("send a container's output elsewhere")


def _runtime(host: Mapping[str, Any], key: str) -> None:
    if host.get(key) not in (None, "", "runc", "local", "default"):
        raise refused(f"choose {key}")


def _oom(host: Mapping[str, Any], key: str) -> None:
    if int(host.get(key) or 0) < 0:
        raise refused("be spared when memory is short")


_WHAT = {"Privileged": "start a privileged container", "Devices": "use the host's devices"}
_WHY = {"Privileged": "emulators are registered by homeport itself; what else is it needed for?"}
_RULES: dict[str, Callable[[Mapping[str, Any], str], None]] = {
    "Privileged": _false,
    **dict.fromkeys(_NOTHING, _false),
    **dict.fromkeys(("UTSMode", "UsernsMode", "CgroupnsMode"), _own_namespace),
    **dict.fromkeys(("CapAdd", "CapabilitiesAdd"), _capabilities),
    "SecurityOpt": _security,
    **dict.fromkeys(("MaskedPaths", "ReadonlyPaths"), _hidden),
    "LogConfig": _log,
    **dict.fromkeys(("Runtime", "VolumeDriver", "Isolation"), _runtime),
    "OomScoreAdj": _oom,
    "OomKillDisable": _false,
}


# -- what is given another name


def _bind(text: str, scope: Scope) -> str:
    """`/path:/in:ro` of the job's own folders, or `volume:/in`."""
    source, colon, rest = text.partition(":")
    if not colon:
        raise RequestError(f"the bind {text[:80]!r} says no place in the container")
    return f"{_source(source, scope)}:{rest}"


def _source(source: str, scope: Scope) -> str:
    if not source.startswith("/"):
        return scope.own(source)
    path = scope.on_host(source.rstrip("/") or "/")
    if not path:
        raise refused(f"mount the host's {source[:80]}", "its own folder, and volumes, it may")
    return path


_MOUNT = names(
    "Type Source Target ReadOnly Consistency BindOptions VolumeOptions TmpfsOptions ImageOptions"
)


def _mount(found: Any, scope: Scope) -> dict[str, Any]:
    mount = canonical(found, _MOUNT, "Mounts")
    kind, source = str(mount.get("Type", "")), str(mount.get("Source") or "")
    if kind not in ("bind", "volume", "tmpfs"):
        raise refused(f"mount a {kind[:20] or 'thing without a type'}")
    options = canonical(
        mount.get("VolumeOptions"), names("NoCopy Labels DriverConfig Subpath"), "VolumeOptions"
    )
    if options.get("DriverConfig"):
        raise refused("choose where a volume is kept")
    if kind != "tmpfs" and (source or kind == "bind"):
        mount["Source"] = _source(source, scope)
    return mount | ({"VolumeOptions": options} if options else {})


def _others(host: Mapping[str, Any]) -> list[str]:
    """The other containers that are named."""
    shared = [str(host.get(key) or "") for key in ("NetworkMode", "PidMode", "IpcMode")]
    found = [mode.removeprefix("container:") for mode in shared if mode.startswith("container:")]
    found += [v.partition(":")[0] for v in texts(host.get("VolumesFrom"), "VolumesFrom")]
    return found + [link.partition(":")[0] for link in texts(host.get("Links"), "Links")]


def _named(text: str, facts: Facts) -> str:
    name, colon, rest = text.partition(":")
    return own_container(name, facts).name + colon + rest


def _link(text: str, facts: Facts) -> str:
    name, _, alias = text.partition(":")
    return f"{own_container(name, facts).name}:{alias or name}"


def _mode(host: Mapping[str, Any], key: str, facts: Facts) -> str:
    mode = str(host.get(key) or "")
    if mode.startswith("container:"):
        return f"container:{own_container(mode.removeprefix('container:'), facts).name}"
    allowed = ("", "private") if key == "PidMode" else ("", "private", "shareable", "none")
    if mode not in allowed:
        raise refused(f"share the host's namespaces ({key})")
    return mode


def _network(host: Mapping[str, Any], scope: Scope, facts: Facts) -> str:
    mode = str(host.get("NetworkMode") or "default")
    if mode in ("default", "bridge", "none"):
        return mode
    if mode == "host":
        raise refused("use the host's network")
    if mode.startswith("container:"):
        return f"container:{own_container(mode.removeprefix('container:'), facts).name}"
    return own_network(mode, facts).name


def _limited(host: Mapping[str, Any], scope: Scope) -> dict[str, Any]:
    """No container gets more than the job may use."""
    limits = scope.limits
    memory = min(int(host.get("Memory") or 0) or limits.memory, limits.memory)
    cpus = int(limits.cpus * 1e9)
    asked = int(host.get("NanoCpus") or 0)
    by_quota = bool(host.get("CpuQuota") or host.get("CpuPeriod"))
    pids = int(host.get("PidsLimit") or 0)
    return {
        "Memory": memory,
        "MemorySwap": memory,
        "MemoryReservation": min(int(host.get("MemoryReservation") or 0), memory),
        "NanoCpus": min(asked or cpus, cpus),
        "CpuShares": limits.shares,
        **({"CpuQuota": 0, "CpuPeriod": 0} if by_quota else {}),
        "PidsLimit": min(pids if pids > 0 else limits.pids, limits.pids),
    }

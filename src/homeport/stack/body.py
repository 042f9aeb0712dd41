"""The body of POST /containers/create for a service: what Compose itself would send. Pure.

Source: docker/compose v2, pkg/compose/create.go (getCreateConfigs).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.stack.endpoints import exposed, network_mode, published
from homeport.stack.host import host_config
from homeport.stack.mounts import Mounts
from homeport.stack.units import nanoseconds, seconds

Model = Mapping[str, Any]

# Compose's key -> the Engine's, where the value stays as it is.
_SAME = {
    "command": "Cmd",
    "domainname": "Domainname",
    "entrypoint": "Entrypoint",
    "hostname": "Hostname",
    "mac_address": "MacAddress",
    "stdin_open": "OpenStdin",
    "stop_signal": "StopSignal",
    "tty": "Tty",
    "user": "User",
    "working_dir": "WorkingDir",
}
KEYS = frozenset(
    {*_SAME, "environment", "healthcheck", "labels", "stop_grace_period", "ports", "expose"}
)
_CHECK_TIMES = {
    "interval": "Interval",
    "timeout": "Timeout",
    "start_period": "StartPeriod",
    "start_interval": "StartInterval",
}


def body_of(service: Model, mounts: Mounts, names: Mapping[str, str], where: str) -> dict[str, Any]:
    """Everything but the image, and the labels of one replica."""
    body = {theirs: service[ours] for ours, theirs in _SAME.items() if service.get(ours)}
    for key in ("command", "entrypoint"):  # [] empties what the image says; null leaves it
        if service.get(key) == []:
            body[_SAME[key]] = []
    body["Env"] = _environment(service.get("environment") or {})
    body["Labels"] = {key: str(value) for key, value in (service.get("labels") or {}).items()}
    body["AttachStdout"] = body["AttachStderr"] = True
    if ports := exposed(service):
        body["ExposedPorts"] = ports
    if check := healthcheck(service, where):
        body["Healthcheck"] = check
    if service.get("stop_grace_period"):
        field = f"{where}.stop_grace_period"
        body["StopTimeout"] = int(seconds(service["stop_grace_period"], field))
    return {**body, "HostConfig": _host(service, mounts, names, where)}


def healthcheck(service: Model, where: str) -> dict[str, Any]:
    """The Healthcheck of a service; {} leaves the image's own."""
    given = service.get("healthcheck") or {}
    if given.get("disable"):
        return {"Test": ["NONE"]}
    check: dict[str, Any] = {}
    if given.get("test"):
        test = given["test"]
        check["Test"] = ["CMD-SHELL", test] if isinstance(test, str) else test
    for ours, theirs in _CHECK_TIMES.items():
        if given.get(ours):
            check[theirs] = nanoseconds(given[ours], f"{where}.healthcheck.{ours}")
    if given.get("retries"):
        check["Retries"] = int(given["retries"])
    return check


def _host(service: Model, mounts: Mounts, names: Mapping[str, str], where: str) -> dict[str, Any]:
    host = host_config(service, where)
    host["NetworkMode"] = network_mode(service, names)
    host["PortBindings"] = published(service)
    host["Binds"] = mounts.binds
    if mounts.mounts:
        host["Mounts"] = mounts.mounts
    return host


def _environment(found: Mapping[str, Any]) -> list[str]:
    """`KEY=value`; a key without a value is taken out of the image's environment."""
    return [key if value is None else f"{key}={value}" for key, value in sorted(found.items())]

"""A container that a job creates. Pure."""

from __future__ import annotations

import secrets
from typing import Any

from homeport.pipeline.gate.host import asks_of_host, check_host, read_host
from homeport.pipeline.gate.owned import own_network
from homeport.pipeline.gate.published import PORTS, published
from homeport.pipeline.gate.scope import LABEL, Scope
from homeport.pipeline.gate.shape import canonical, names, table, texts
from homeport.pipeline.gate.verdict import Facts, Forward, Found, Kind, Question, Request, refused

_KNOWN = names(
    "ArgsEscaped AttachStderr AttachStdin AttachStdout Cmd Domainname Entrypoint Env ExposedPorts "
    "Healthcheck HostConfig Hostname Image Labels MacAddress NetworkDisabled NetworkingConfig "
    "OnBuild OpenStdin Shell StdinOnce StopSignal StopTimeout Tty User Volumes WorkingDir"
)
_ENDPOINT = names(
    "IPAMConfig Links Aliases MacAddress DriverOpts GwPriority NetworkID EndpointID Gateway "
    "IPAddress IPPrefixLen IPv6Gateway GlobalIPv6Address GlobalIPv6PrefixLen DNSNames"
)
# Images whose one purpose is to register emulators on the host.
_EMULATORS = (
    "multiarch/qemu-user-static",
    "tonistiigi/binfmt",
    "docker/binfmt",
    "linuxkit/binfmt",
    "aptman/qus",
)
_DONE = "homeport: the emulators are registered on this box, for every container"


def read_container(body: Any) -> dict[str, Any]:
    """The body of a create, with the Engine's own keys."""
    found = canonical(body, _KNOWN, "the container")
    found["HostConfig"] = read_host(found.get("HostConfig"))
    networking = canonical(
        found.get("NetworkingConfig"), names("EndpointsConfig"), "NetworkingConfig"
    )
    endpoints = table(networking.get("EndpointsConfig"), "EndpointsConfig")
    found["NetworkingConfig"] = {
        "EndpointsConfig": {
            name: canonical(settings, _ENDPOINT, "an endpoint")
            for name, settings in endpoints.items()
        }
    }
    return found


def asks_of_container(body: dict[str, Any]) -> set[Question]:
    """What has to be known before a container is created."""
    asked = asks_of_host(body["HostConfig"]) | {Question(Kind.IMAGE, str(body.get("Image") or ""))}
    endpoints = body["NetworkingConfig"]["EndpointsConfig"]
    plain = {"default", "bridge", "none", "host"}
    return asked | {Question(Kind.NETWORK, name) for name in endpoints if name not in plain}


def create(request: Request, body: dict[str, Any], scope: Scope, facts: Facts) -> Forward:
    """The container as the job may have it.

    Raises:
        Forbidden: it would reach the host, or what others have.
    """
    image = str(body.get("Image") or "")
    if _registers(image) and body["HostConfig"].get("Privileged"):
        return _emulators(request, scope, remove=bool(body["HostConfig"].get("AutoRemove")))
    name = request.first("name").lstrip("/")
    host = check_host(dict(body["HostConfig"]), scope, facts)
    found = usable(image, scope, facts)
    label, warning = _published(body, found)
    made = {
        **body,
        "Image": found.name,
        "Labels": {**table(body.get("Labels"), "Labels"), LABEL: scope.key, PORTS: label},
        "HostConfig": host,
        "NetworkingConfig": _networking(body, name, host["NetworkMode"], scope, facts),
    }
    return Forward(target=_target(request, scope, name), body=made, warning=warning)


def _published(body: dict[str, Any], image: Found) -> tuple[str, str]:
    host = body["HostConfig"]
    exposed = {*table(body.get("ExposedPorts"), "ExposedPorts"), *image.ports}
    bindings = table(host.get("PortBindings"), "PortBindings")
    return published(bindings, sorted(exposed) if host.get("PublishAllPorts") else ())


def usable(image: str, scope: Scope, facts: Facts, kind: Kind = Kind.IMAGE) -> Found:
    """An image that a job may run or read: its own, its app's, or one that is nobody's.

    Raises:
        Forbidden: it was built from another app, or by another job.
    """
    found = facts.get(Question(kind, image))
    if found is None:  # the Engine says that there is none, and the client pulls it
        return Found(name=image, own=False)
    if found.labels.get("homeport.app", scope.app) != scope.app:
        raise refused(f"use image {image[:80]}, which is another app's")
    if found.tags and all(scope.is_others(tag) for tag in found.tags):
        raise refused(f"use image {image[:80]}, which is another job's")
    return found


def _target(request: Request, scope: Scope, name: str) -> str:
    return request.with_query(name=scope.own(name or f"c{secrets.token_hex(4)}"))


def _registers(image: str) -> bool:
    name = image.removeprefix("docker.io/").partition("@")[0].partition(":")[0]
    return name in _EMULATORS


def _emulators(request: Request, scope: Scope, *, remove: bool) -> Forward:
    """The job gets the effect, and not the privilege: the container only says so."""
    body = {
        "Image": scope.image,
        "Entrypoint": ["/bin/sh", "-c", f"echo '{_DONE}'"],
        "Cmd": [],
        "AttachStdout": True,
        "AttachStderr": True,
        "Labels": {LABEL: scope.key},
        "HostConfig": {"NetworkMode": "none", "PidsLimit": 16, "AutoRemove": remove},
    }
    return Forward(
        target=_target(request, scope, request.first("name").lstrip("/")), body=body, register=True
    )


def _networking(
    body: dict[str, Any], name: str, mode: str, scope: Scope, facts: Facts
) -> dict[str, Any]:
    """The networks by the Engine's names; in them a container is found by the name it was given."""
    endpoints = {}
    for network, settings in body["NetworkingConfig"]["EndpointsConfig"].items():
        if network in ("default", "bridge", "none"):
            endpoints[network] = settings
        else:
            endpoints[own_network(network, facts).name] = settings
    if scope.owns(mode):
        endpoints.setdefault(mode, {})
    for network, settings in endpoints.items():
        if name and scope.owns(network):
            aliases = texts(settings.get("Aliases"), "Aliases")
            endpoints[network] = {**settings, "Aliases": [*aliases, name]}
    return {"EndpointsConfig": endpoints}

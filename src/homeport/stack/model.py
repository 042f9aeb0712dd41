"""From Compose's normalised model to a Stack. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath
from typing import Any

from homeport.errors import FileFault
from homeport.model.stack import NetworkSpec, Service, Stack
from homeport.stack.extension import records_wish
from homeport.stack.hashes import hashed_text, rule_of, up_hashes
from homeport.stack.keys import warnings_of
from homeport.stack.resources import network_of, volume_of
from homeport.stack.service import read_service
from homeport.stack.sound import check_sound, crowded

Model = Mapping[str, Any]


def read_stack(
    model: Model,
    *,
    hashes: Mapping[str, str],
    project: str,
    directory: str,
    files: tuple[str, ...],
    images: Mapping[str, str] | None = None,
    scale: Mapping[str, int] | None = None,
    deadline: float = 60.0,
    drain: float = 30.0,
) -> Stack:
    """What a compose file wants.

    Args:
        model: what `docker compose config --format json` prints.
        hashes: service -> its hash, by `docker compose config --hash`.
        project: the project's name.
        directory: the project's folder.
        files: the compose files, for Compose's labels.
        images: service -> the reference of the image that was built for it.
        scale: service -> replicas, where it differs from the file.
        deadline: seconds until a container without a healthcheck has to be ready.
        drain: seconds that requests in flight may take.

    Raises:
        FileFault: the file asks for what cannot be.
    """
    try:
        return _read(
            model,
            hashes=hashes,
            project=project,
            directory=directory,
            files=files,
            images=images or {},
            scale=scale or {},
            defaults=(deadline, drain),
        )
    except FileFault as fault:  # what is below knows the field, and not the file
        name = PurePath(files[0]).name if files else fault.file
        raise FileFault(fault.said, file=name, field=fault.field, hint=fault.hint) from fault


def _read(
    model: Model,
    *,
    hashes: Mapping[str, str],
    project: str,
    directory: str,
    files: tuple[str, ...],
    images: Mapping[str, str],
    scale: Mapping[str, int],
    defaults: tuple[float, float],
) -> Stack:
    networks = {k: network_of(k, n or {}, project) for k, n in _section(model, "networks").items()}
    names = {key: network.name for key, network in networks.items()}
    wanted = _section(model, "services")
    written = up_hashes(wanted, hashes, env_files=bool(model.get("x-env-files")))
    rule = rule_of(wanted, hashes)
    services = {}
    for name, found in wanted.items():
        service = {**found, "name": name}
        services[name] = read_service(
            service,
            model,
            names=names,
            project=project,
            config_hash=written[name],
            hashed=hashed_text(found, wanted, rule),
            image=images.get(name, ""),
            replicas=scale.get(name),
            defaults=defaults,
        )
    check_sound(services)
    return Stack(
        name=project,
        services=services,
        networks=_used(networks, services),
        volumes={k: volume_of(k, v or {}, project) for k, v in _section(model, "volumes").items()},
        warnings=(*warnings_of(model), *_unroutable(services), *crowded(services)),
        directory=directory,
        config_files=files,
        dns=records_wish(model),
        off=tuple(model.get("x-off") or ()),
    )


def _unroutable(services: Mapping[str, Service]) -> list[str]:
    return [
        f"services.{name}.environment: {service.unroutable}: it is not routed"
        for name, service in services.items()
        if service.unroutable
    ]


def _used(
    networks: Mapping[str, NetworkSpec], services: Mapping[str, Service]
) -> dict[str, NetworkSpec]:
    """The networks that a service is in: Compose makes no others."""
    joined = {name for service in services.values() for name in service.networks}
    return {key: network for key, network in networks.items() if network.name in joined}


def _section(model: Model, key: str) -> Model:
    return model.get(key) or {}

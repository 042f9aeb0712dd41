"""From a service of Compose's normalised model to a Service. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.errors import FileFault
from homeport.model.reference import fault_of
from homeport.model.stack import Condition, Dependency, Service
from homeport.model.wish import Refused, Wish, read_wish
from homeport.stack.body import body_of
from homeport.stack.builds import build_of
from homeport.stack.endpoints import endpoints, link_aliases, network_mode
from homeport.stack.extension import extension
from homeport.stack.mounts import mounted_in, mounts_of
from homeport.stack.order import alone, order_of
from homeport.stack.policy import policy_of
from homeport.stack.units import seconds

Model = Mapping[str, Any]


def read_service(
    service: Model,
    model: Model,
    *,
    names: Mapping[str, str],
    project: str,
    config_hash: str,
    hashed: str,
    image: str,
    replicas: int | None,
    defaults: tuple[float, float],
) -> Service:
    """What the file wants of a service.

    Args:
        service: it, with its name.
        model: the file that it stands in.
        names: key -> name of each network.
        project: the project's name.
        config_hash: its hash, as Compose labels its containers.
        hashed: the text of that hash, for one that shares another's namespace.
        image: the reference of the image that was built for it, "" where none was.
        replicas: how many there shall be, where that differs from the file.
        defaults: the deadline and the drain of one that says nothing of them.

    Raises:
        FileFault: it asks for what cannot be.
    """
    name, where = service["name"], f"services.{service['name']}"
    shares = tuple(_shares(service))
    said = extension(model, service, name)
    mounts = mounts_of(service, model, where)
    count = _replicas(service) if replicas is None else replicas
    network = network_mode(service, names)
    order, why = order_of(service, said, mounts.writable, network=network, replicas=count)
    deadline, drain = defaults
    wish, unroutable = _wish(service)
    deploy = service.get("deploy") or {}
    return Service(
        name=name,
        image=image or _image(service, where) or f"{project}-{name}",
        config_hash=config_hash,
        body=body_of(service, mounts, names, where),
        networks=endpoints(service, names, link_aliases(model["services"], name)),
        build=build_of(service["build"], model, where) if service.get("build") else None,
        replicas=count,
        container_name=service.get("container_name", ""),
        depends_on=tuple(_dependency(k, d) for k, d in (service.get("depends_on") or {}).items()),
        platform=service.get("platform", ""),
        pull_policy=service.get("pull_policy", ""),
        alone=next(iter(alone(service, count)), ""),
        order=order,
        order_why=why,
        update=policy_of(deploy, "update_config", where),
        rollback=policy_of(deploy, "rollback_config", where),
        has_healthcheck=_has_check(service),
        deadline=said.get("deadline", _deadline(service, where, deadline)),
        files=mounts.files,
        mounted=mounted_in(mounts, model.get("x-mounted") or {}),
        port=wish.port or _port(service),
        stop_grace=int(
            seconds(service.get("stop_grace_period") or "10s", f"{where}.stop_grace_period")
        ),
        drain=said.get("drain", drain),
        hold=said.get("hold", 0.0),
        route=said.get("route", {}),
        platforms=said.get("platforms", _built_for(service)),
        watch=said.get("watch", False),
        hosts=wish.hosts,
        unroutable=unroutable,
        shares=shares,
        hashed=hashed if shares else "",
    )


def _image(service: Model, where: str) -> str:
    """The image that the file names; "" where it names none."""
    name = service.get("image") or ""
    if name and (fault := fault_of(name)):
        said, hint = fault
        raise FileFault(said, file="compose", field=f"{where}.image", hint=hint)
    return str(name)


def _built_for(service: Model) -> tuple[str, ...]:
    """`build.platforms`, Compose's own word for it."""
    build = service.get("build") or {}
    return tuple(build.get("platforms") or ()) if isinstance(build, Mapping) else ()


def _replicas(service: Model) -> int:
    deploy = service.get("deploy") or {}
    found = deploy.get("replicas", service.get("scale"))
    return 1 if found is None else int(found)


def _has_check(service: Model) -> bool:
    check = service.get("healthcheck") or {}
    test = check.get("test") or []
    return bool(test) and test[0] != "NONE" and not check.get("disable")


def _deadline(service: Model, where: str, default: float) -> float:
    """start_period + interval x (retries + 1) + timeout; without a check, the default.

    0 means what nothing means: the Engine's own.
    """
    if not _has_check(service):
        return default
    check = service["healthcheck"]
    start, interval, timeout = (
        seconds(check.get(key) or 0, f"{where}.healthcheck.{key}") or other
        for key, other in (("start_period", 0.0), ("interval", 30.0), ("timeout", 30.0))
    )
    return start + interval * (int(check.get("retries") or 3) + 1) + timeout


def _wish(service: Model) -> tuple[Wish, str]:
    """What it will ask of the proxy; and why that cannot be, where it cannot."""
    environment = (service.get("environment") or {}).items()
    try:
        return read_wish({k: str(v) for k, v in environment if v is not None}), ""
    except Refused as error:
        return read_wish({}), error.message


def _port(service: Model) -> int:
    """The only port that the file exposes; 0 where there are none or several."""
    ports = {str(p).split("/")[0] for p in service.get("expose") or ()}
    ports |= {str(p["target"]) for p in service.get("ports") or ()}
    single = ports.pop() if len(ports) == 1 else ""
    return int(single) if single.isdigit() else 0


def _shares(service: Model) -> list[str]:
    """The services whose namespaces or volumes it joins."""
    modes = (service.get(key) or "" for key in ("network_mode", "ipc", "pid"))
    named = [m.partition(":")[2] for m in modes if str(m).startswith("service:")]
    sources = (str(source) for source in service.get("volumes_from") or ())
    named += [s.split(":")[0] for s in sources if not s.startswith("container:")]
    return list(dict.fromkeys(named))


def _dependency(name: str, found: Model) -> Dependency:
    return Dependency(
        service=name,
        condition=Condition(found.get("condition", "service_started")),
        required=found.get("required", True),
        restart=found.get("restart", False),
    )

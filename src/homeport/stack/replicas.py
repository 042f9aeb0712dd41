"""Which containers of a service stay, which go, and which have to be made. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import msgspec

from homeport.model.container import STAGED, Container, Phase, base_name
from homeport.model.stack import Order, Service
from homeport.stack.labels import CONFIG_HASH, FILES, RULES, files_digest, rules_digest
from homeport.stack.observed import number_of

# A container in one of these states takes part; in any other it has to be started.
_ALIVE = ("running", "restarting", "paused")
# Restart policies with which one that ended well has done its work.
MAY_END = ("", "no", "on-failure")
# ... and with which the Engine starts one when it is started itself.
STARTED_AGAIN = ("always", "unless-stopped", "on-failure")
# It made way for a successor.
_ASIDE = (Phase.LEAVING, Phase.YIELDING)


class NewReplica(msgspec.Struct, frozen=True, kw_only=True):
    """A replica to be made. `name` is its name once it is in service."""

    number: int
    name: str
    why: str

    @property
    def staged(self) -> str:
        """Its name until it is promoted."""
        return self.name + STAGED


class Replicas(msgspec.Struct, frozen=True, kw_only=True):
    """A service's containers, sorted by what becomes of them."""

    keep: tuple[Container, ...] = ()  # as wanted, and running
    start: tuple[Container, ...] = ()  # as wanted, but stopped
    restart: tuple[Container, ...] = ()  # as wanted, but perhaps being stopped
    adopt: tuple[Container, ...] = ()  # as wanted, left by a rollout that was interrupted
    new: tuple[NewReplica, ...] = ()
    old: tuple[Container, ...] = ()  # in service, and to be replaced or given up
    gone: tuple[Container, ...] = ()  # left behind by a rollout that was interrupted
    why: str = ""  # why the old ones go

    @property
    def stays(self) -> tuple[Container, ...]:
        """What is not replaced, the lowest number first."""
        found = (*self.keep, *self.start, *self.restart, *self.adopt)
        return tuple(sorted(found, key=number_of))

    @property
    def all(self) -> tuple[Container, ...]:
        """Every container that is there."""
        return (*self.stays, *self.old, *self.gone)

    @property
    def starts(self) -> bool:
        """Whether one of them has to be started."""
        return bool(self.start or self.restart or self.adopt or self.new)

    @property
    def settled(self) -> bool:
        """Whether nothing has to be done."""
        parts = (self.start, self.restart, self.adopt, self.new, self.old, self.gone)
        return not any(parts) and all(c.phase is Phase.IN_SERVICE for c in self.keep)


def sort_replicas(
    service: Service,
    containers: Sequence[Container],
    *,
    project: str,
    image_id: str,
    force: str = "",
) -> Replicas:
    """Compare what is wanted of a service with its containers.

    Args:
        service: what is wanted.
        containers: what is there of it.
        project: whose it is; new names begin with it.
        image_id: what `service.image` is now, "" where it has to be pulled.
        force: a reason to replace also those that are as wanted.
    """
    live = [c for c in containers if c.phase is Phase.IN_SERVICE]
    taken_over = {c.name for c in live}
    live += [
        c
        for c in containers
        if c.phase in _ASIDE
        and (base_name(c.name) not in taken_over or is_current(c, service, image_id))
    ]
    fits = _in_order([c for c in live if not force and is_current(c, service, image_id)])
    kept, surplus = fits[: service.replicas], fits[service.replicas :]
    missing = service.replicas - len(kept)
    adopt = _adoptable(service, containers, kept, image_id)[:missing]
    old = _in_order([c for c in live if c not in kept])
    taken = {number_of(c) for c in (*live, *adopt)}
    why = _why(service, [c for c in old if c not in surplus], image_id, force)
    return Replicas(
        keep=tuple(c for c in kept if not _has_to_start(c, service) and not _ends(c, service)),
        start=tuple(c for c in kept if _has_to_start(c, service)),
        restart=tuple(c for c in kept if _ends(c, service)),
        adopt=tuple(adopt),
        new=tuple(_new(service, project, missing - len(adopt), taken, why)),
        old=tuple(old),
        gone=tuple(c for c in containers if c not in (*live, *adopt)),
        why=why or f"scaled to {service.replicas}",
    )


def is_current(container: Container, service: Service, image_id: str) -> bool:
    """Whether a container is what the service wants: same configuration, same image."""
    same_config = container.labels.get(CONFIG_HASH) == service.config_hash
    if not _has_files(container, service):
        return False
    if container.labels.get(RULES, "") != rules_digest(service):
        return False
    return same_config and bool(image_id) and container.image_id == image_id


def _has_files(container: Container, service: Service) -> bool:
    """Whether it was given what the files hold now; one that docker compose made does not say."""
    digest = files_digest(service)
    return container.labels.get(FILES, digest) == digest


def _adoptable(
    service: Service, containers: Sequence[Container], kept: list[Container], image_id: str
) -> list[Container]:
    """Staged or draining ones that run as wanted, and whose name in service nobody keeps."""
    found = {base_name(c.name): c for c in kept}
    for container in _in_order(containers):
        unfinished = container.phase in (Phase.STAGED, Phase.DRAINING) and container.running
        if unfinished and is_current(container, service, image_id):
            found.setdefault(base_name(container.name), container)
    return [c for c in found.values() if c not in kept]


def _has_to_start(container: Container, service: Service) -> bool:
    if container.state in _ALIVE:
        return False
    if container.phase in _ASIDE:  # stopped for a successor that never came
        return True
    # A job that ended well has done its work; what is to run always was stopped by somebody.
    finished = container.state == "exited" and container.exit_code == 0
    return not (finished and restart_policy(service.body) in MAY_END)


def _ends(container: Container, service: Service) -> bool:
    """Whether it may have been sent its stop signal by a rollout that was interrupted.

    The Engine shows that only once it has ended.
    """
    stops = service.order is Order.STOP_FIRST and container.phase in _ASIDE
    return stops and container.state in _ALIVE


def restart_policy(body: Mapping[str, object]) -> str:
    """What the Engine is told to do when it ends; "" for nothing."""
    host = body.get("HostConfig")
    policy = host.get("RestartPolicy") if isinstance(host, Mapping) else None
    return str(policy.get("Name", "")) if isinstance(policy, Mapping) else ""


def _in_order(containers: Sequence[Container]) -> list[Container]:
    return sorted(containers, key=lambda c: (c.state not in _ALIVE, number_of(c), c.name))


def _new(service: Service, project: str, count: int, taken: set[int], why: str) -> list[NewReplica]:
    free = [n for n in range(1, len(taken) + count + 1) if n not in taken]
    return [
        NewReplica(
            number=number,
            name=service.container_name or f"{project}-{service.name}-{number}",
            why=why or "it is not there yet",
        )
        for number in free[: max(count, 0)]
    ]


def _why(service: Service, old: list[Container], image_id: str, force: str) -> str:
    if force or not old:
        return force
    first = old[0]
    if first.image_id != image_id:
        return f"image changed {short(first.image_id)} -> {short(image_id) or service.image}"
    if first.labels.get(CONFIG_HASH) == service.config_hash and not _has_files(first, service):
        return "a file that it is given changed"
    return "its configuration changed"


def short(image_id: str) -> str:
    """The first 7 digits of an image id, as in `3f2a1c9`."""
    return image_id.removeprefix("sha256:")[:7]

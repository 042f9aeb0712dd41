"""A plan in a line for each service that it touches. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from homeport.model.plan import Change
from homeport.model.stack import Service, Stack
from homeport.stack.labels import CONFIG_HASH, FILES, files_digest
from homeport.stack.observed import Observed
from homeport.stack.replicas import Replicas, short

_DIGITS = 7


def changes(stack: Stack, observed: Observed, replicas: Mapping[str, Replicas]) -> Iterator[Change]:
    """What becomes of each service; nothing for those that are left alone."""
    changing = {name: found for name, found in replicas.items() if not found.settled}
    for name, found in changing.items():
        if not stack.services[name].leaves:
            yield _change(stack.services[name], found, observed)
    for name in sorted(changing):
        if stack.services[name].leaves and name:
            yield Change(key=name, action="remove", why="it is no longer in the stack")


def _change(service: Service, found: Replicas, observed: Observed) -> Change:
    old, new = _difference(service, found, observed)
    return Change(
        key=service.name,
        action=_action(found),
        old=old,
        new=new,
        order=str(service.order),
        order_why=service.order_why,
        why=found.why if found.old or found.gone else next((n.why for n in found.new), ""),
    )


def _action(found: Replicas) -> str:
    if found.new or found.adopt:
        return "replace" if found.old else "create"
    return "scale" if found.old else "start"


def _difference(service: Service, found: Replicas, observed: Observed) -> tuple[str, str]:
    """The image, where it is another; else the configuration."""
    image = observed.images.get(service.image, "")
    if not (found.old and found.new):
        return "", short(image) or service.image
    first = found.old[0]
    if first.image_id != image:
        return short(first.image_id), short(image) or service.image
    hashes = first.labels.get(CONFIG_HASH, ""), service.config_hash
    if hashes[0] == hashes[1]:
        hashes = first.labels.get(FILES, ""), files_digest(service)
    before, after = (digest[:_DIGITS] for digest in hashes)
    return before, after

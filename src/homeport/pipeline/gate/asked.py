"""Which objects a request names: the Engine is asked whose they are. Pure."""

from __future__ import annotations

from collections.abc import Callable

from homeport.pipeline.gate import builds, images
from homeport.pipeline.gate.containers import asks_of_container, read_container
from homeport.pipeline.gate.networks import joining
from homeport.pipeline.gate.verdict import Kind, Question, Request

Asks = Callable[[Request, str], set[Question]]  # of a request, and the name in its path


def one(kind: Kind) -> Asks:
    """The object that the path names."""
    return lambda _request, name: {Question(kind, name)}


def of_create(request: Request, _name: str) -> set[Question]:
    """All that `docker run` names: its image, and what it shares."""
    return asks_of_container(read_container(request.body))


def of_build(request: Request, _name: str) -> set[Question]:
    """Images of a build's cache, the job's own, and its network."""
    asked = {Question(Kind.IMAGE, name) for name in builds.cache_sources(request)}
    asked.add(builds.OWN)
    network = request.first("networkmode")
    if network.startswith("container:"):
        asked.add(Question(Kind.CONTAINER, network.removeprefix("container:")))
    elif network not in ("", "default", "none", "bridge", "host"):
        asked.add(Question(Kind.NETWORK, network))
    return asked


def of_push(request: Request, name: str) -> set[Question]:
    """The image, with its tag."""
    return {Question(Kind.IMAGE, images.pushed_name(request, name))}


def of_save(request: Request, _name: str) -> set[Question]:
    """Each image of a `docker save`."""
    return {Question(Kind.SAVED, name) for name in request.all("names")}


def of_commit(request: Request, _name: str) -> set[Question]:
    """The container of a `docker commit`."""
    return {Question(Kind.CONTAINER, request.first("container"))}


def of_join(request: Request, name: str) -> set[Question]:
    """The network, and the container that joins or leaves it."""
    return {Question(Kind.NETWORK, name), Question(Kind.CONTAINER, joining(request))}

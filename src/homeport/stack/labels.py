"""The labels by which `docker compose` knows a container for its own. Pure."""

from __future__ import annotations

import hashlib

from homeport.model.stack import Dependency, Order, Service, Stack

PREFIX = "com.docker.compose."
FOLDER = PREFIX + "project.working_dir"
CONFIG_FILES = PREFIX + "project.config_files"
CONFIG_HASH = PREFIX + "config-hash"
DEPENDS_ON = PREFIX + "depends_on"
INSTANCE = "homeport.instance"
IMAGE = PREFIX + "image"  # the image's id: put in when the container is created
FILES = "homeport.files"  # a digest of the files that it was given
ORDER = "homeport.order"  # stop-first, where it has to stop before its successor starts
DNS = "homeport.dns"  # of its hosts' records: off, or PROVIDER:ZONE
HOLD = "homeport.hold"  # seconds for which its requests are held where nobody answers
RULES = "homeport.rules"  # a digest of the rules that follow
ROUTE = "homeport.route."  # before each rule by which its hosts are served

# Compose compares it with nothing; it tells which rules wrote the other labels.
_VERSION = "2.26.1"


def replica_labels(
    stack: Stack, service: Service, *, number: int, instance: str = ""
) -> dict[str, str]:
    """The labels of one replica, but the image's id, which is known when it is created.

    Source: docker/compose v2, pkg/api/labels.go and pkg/compose/create.go.
    """
    labels = {
        f"{PREFIX}project": stack.name,
        f"{PREFIX}service": service.name,
        f"{PREFIX}container-number": str(number),
        f"{PREFIX}oneoff": "False",
        CONFIG_HASH: service.config_hash,
        DEPENDS_ON: ",".join(
            _dependency(d) for d in service.depends_on if d.service in stack.services
        ),
        FOLDER: stack.directory,
        CONFIG_FILES: ",".join(stack.config_files),
        f"{PREFIX}version": _VERSION,
        INSTANCE: instance,
    }
    if stack.environment_file:
        labels[f"{PREFIX}project.environment_file"] = stack.environment_file
    if service.files or service.mounted:
        labels[FILES] = files_digest(service)
    if service.hosts and service.order is Order.STOP_FIRST:
        labels[ORDER] = service.order
    if service.hosts and service.hold:
        labels[HOLD] = f"{service.hold:g}"
    if service.route:
        labels |= {f"{ROUTE}{key}": value for key, value in service.route.items()}
        labels[RULES] = rules_digest(service)
    if service.hosts and stack.dns:
        labels[DNS] = stack.dns
    return labels


def rules_digest(service: Service) -> str:
    """Tells whether a container was made with today's `x-homeport.route`; "" of none.

    Compose's hash does not know of it, and some of the labels may be its image's.
    """
    said = repr(sorted(service.route.items()))
    return hashlib.sha256(said.encode()).hexdigest()[:16] if service.route else ""


def files_digest(service: Service) -> str:
    """Tells whether a container was given today's files: Compose's hash does not know of them."""
    mounted = repr(sorted(service.mounted.items())) if service.mounted else ""
    digest = hashlib.sha256((repr(service.files) + mounted).encode())
    return digest.hexdigest()[:16]


def _dependency(dependency: Dependency) -> str:
    return f"{dependency.service}:{dependency.condition}:{str(dependency.restart).lower()}"

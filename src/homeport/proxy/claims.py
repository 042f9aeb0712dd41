"""Who has which host: a file beside nginx's configuration, so that it outlives the daemon.

A host belongs to the first project that asked for it, for as long as that has containers.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from homeport.errors import FileFault
from homeport.model.container import Container
from homeport.model.route import RouteTable
from homeport.proxy.routes import owner_of


def read_claims(path: Path) -> dict[str, str]:
    """Host -> owner.

    Raises:
        FileFault: the file holds something else.
    """
    if not path.exists():
        return {}
    try:
        found = json.loads(path.read_text())
        return {str(host): str(owner) for host, owner in found.items()}
    except (ValueError, AttributeError) as error:
        raise FileFault(
            "holds no claims", file=str(path), hint="remove it: the containers claim again"
        ) from error


def write_claims(path: Path, claims: Mapping[str, str]) -> None:
    """Write the file whole: a crash leaves the old one."""
    beside = path.with_suffix(".new")
    beside.write_text(json.dumps(dict(sorted(claims.items())), indent=1))
    beside.replace(path)


def claims_of(
    table: RouteTable, before: Mapping[str, str], containers: Iterable[Container]
) -> dict[str, str]:
    """The claims that hold now: of those served, and of owners that still have containers."""
    present = {owner_of(container) for container in containers}
    kept = {host: owner for host, owner in before.items() if owner in present}
    return kept | {route.host: route.owner for route in table.routes}


def conflicts(hosts: Sequence[str], project: str, claims: Mapping[str, str]) -> list[str]:
    """For each host that is another's, a sentence that says whose."""
    return [
        f"{host} belongs to {claims[host]}"
        for host in hosts
        if claims.get(host, project) != project
    ]

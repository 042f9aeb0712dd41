"""Volumes of the job's. Pure."""

from __future__ import annotations

import secrets

from homeport.pipeline.gate.owned import there
from homeport.pipeline.gate.scope import LABEL, Scope
from homeport.pipeline.gate.shape import canonical, names, table
from homeport.pipeline.gate.verdict import Facts, Forward, Kind, Question, Request, Verdict, refused


def one(request: Request, _scope: Scope, facts: Facts, name: str) -> Verdict:
    """`docker volume inspect` and `rm`."""
    found = there(Question(Kind.VOLUME, name), facts)
    return Forward(target=request.target(f"/volumes/{found.name}"))


def create(request: Request, scope: Scope, _facts: Facts, _name: str) -> Verdict:
    """`docker volume create`: where it is kept is the box's affair."""
    body = canonical(request.body, names("Name Driver DriverOpts Labels"), "the volume")
    if body.get("DriverOpts") or body.get("Driver") not in (None, "", "local"):
        raise refused("choose where a volume is kept")
    labels = {**table(body.get("Labels"), "Labels"), LABEL: scope.key}
    body |= {
        "Name": scope.own(str(body.get("Name") or f"v{secrets.token_hex(4)}")),
        "Labels": labels,
    }
    return Forward(target=request.target(request.path), body=body)

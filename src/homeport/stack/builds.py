"""How the image of a service is built, from Compose's normalised model. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.errors import FileFault
from homeport.model.stack import Build

Model = Mapping[str, Any]


def build_of(found: Model, model: Model, where: str) -> Build:
    """The `build` section of a service; `model` defines the secrets that it names.

    Raises:
        FileFault: a secret is not a file.
    """
    secrets = (_build_secret(s, model, where) for s in found.get("secrets") or ())
    return Build(
        context=found["context"],
        dockerfile=found.get("dockerfile") or "",
        dockerfile_inline=found.get("dockerfile_inline") or "",
        target=found.get("target") or "",
        args=found.get("args") or {},
        labels=found.get("labels") or {},
        contexts=found.get("additional_contexts") or {},
        cache_from=tuple(found.get("cache_from") or ()),
        extra_hosts=tuple(str(h).replace("=", ":", 1) for h in found.get("extra_hosts") or ()),
        network=found.get("network") or "",
        platforms=tuple(found.get("platforms") or ()),
        pull=bool(found.get("pull")),
        no_cache=bool(found.get("no_cache")),
        shm_size=str(found.get("shm_size") or ""),
        tags=tuple(found.get("tags") or ()),
        secrets=tuple(secrets),
        ssh=tuple(str(s) for s in found.get("ssh") or ()),
    )


def _build_secret(wanted: Model, model: Model, where: str) -> str:
    """A secret for the time of the build, in buildx's notation."""
    name = wanted["source"]
    given = (model.get("secrets") or {}).get(name) or {}
    if not given.get("file"):
        said = f"secret {name} is not a file of the repository"
        hint = f"give secret {name} a `file:`"
        raise FileFault(said, file="compose", field=f"{where}.build.secrets", hint=hint)
    return f"id={wanted.get('target') or name},src={given['file']}"

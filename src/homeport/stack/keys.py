"""Which keys of a compose file are carried out; every other is named in a warning. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from homeport.stack import body, host, policy

Model = Mapping[str, Any]

# Read by model, endpoints, mounts or order, or of no meaning once Compose has normalised the file.
_ELSEWHERE = frozenset(
    {
        "build", "configs", "container_name", "depends_on", "env_file", "external_links", "image",
        "links", "network_mode", "networks", "platform", "profiles", "pull_policy", "scale",
        "secrets", "volumes", "x-homeport",
    }
)  # fmt: skip
# `develop` is for `compose watch`, `attach` for `compose up` in the foreground.
_WITHOUT_EFFECT = frozenset({"develop", "attach", "extends", "name"})
SERVICE_KEYS = body.KEYS | host.KEYS | _ELSEWHERE | _WITHOUT_EFFECT
TOP_KEYS = frozenset(
    {"name", "version", "services", "networks", "volumes", "secrets", "configs", "include"}
)
DEPLOY_KEYS = frozenset(
    {"replicas", "resources", "restart_policy", "update_config", "rollback_config", "mode"}
)
BUILD_KEYS = frozenset(
    {
        "additional_contexts", "args", "cache_from", "context", "dockerfile", "dockerfile_inline",
        "extra_hosts", "labels", "network", "no_cache", "platforms", "pull", "secrets", "shm_size",
        "ssh", "tags", "target",
    }
)  # fmt: skip


def warnings_of(model: Model) -> Iterator[str]:
    """A sentence for each key that is not carried out."""
    yield from _unknown(model, TOP_KEYS, "")
    for name, service in (model.get("services") or {}).items():
        where = f"services.{name}."
        yield from _unknown(service, SERVICE_KEYS, where)
        deploy = service.get("deploy") or {}
        yield from _unknown(deploy, DEPLOY_KEYS, f"{where}deploy.")
        for key in ("update_config", "rollback_config"):
            yield from _unknown(deploy.get(key) or {}, policy.KEYS, f"{where}deploy.{key}.")
        if deploy.get("mode", "replicated") != "replicated":
            yield f"{where}deploy.mode: {deploy['mode']} is Swarm's, and is not carried out"
        if isinstance(service.get("build"), Mapping):
            yield from _unknown(service["build"], BUILD_KEYS, f"{where}build.")


def _unknown(found: Model, known: frozenset[str], where: str) -> Iterator[str]:
    for key, value in found.items():
        if key not in known and not key.startswith("x-") and value not in (None, {}, [], ""):
            yield f"{where}{key} is not carried out"

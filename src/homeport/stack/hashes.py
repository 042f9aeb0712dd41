"""Compose's hash of a service, as `docker compose up` writes it. Pure.

`docker compose config --hash` says another in three cases, because `up` resolves first:

- `env_file`: the files are read into `environment` and forgotten, as `config --format json` prints
  it; `--hash` hashes their paths.
- `depends_on` of a service that is absent, with `required: false`: it is forgotten.
- `network_mode`, `ipc` and `pid: service:x`, and `volumes_from`: they name containers by id.

Source: docker/compose v2.26.1, pkg/compose/hash.go (ServiceHash), cmd/compose/config.go (runHash
has WithoutEnvironmentResolution, what prints has not) and pkg/compose/convergence.go
(resolveServiceReferences); compose-go, types/project.go (WithServicesEnvironmentResolved,
WithServicesDisabled). Each rule was measured against the plugin: tests/engine.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import msgspec

Model = Mapping[str, Any]
Rule = frozenset[str]

# The keys of a service that are not hashed, the oldest rule first; `deploy.replicas` never is.
_FIRST: Rule = frozenset({"build", "pull_policy", "scale"})  # 2.26
_SECOND: Rule = _FIRST | {"depends_on"}  # docker/compose pull request 12072, August 2024
_THIRD: Rule = _SECOND | {"profiles"}  # docker/compose pull request 12265, November 2024
RULES = (_FIRST, _SECOND, _THIRD)

_MODES = ("network_mode", "ipc", "pid")
# What Go's encoding/json escapes in strings, and Python does not.
_ESCAPED = {ord(char): f"\\u{ord(char):04x}" for char in "<>&\u2028\u2029"}


class Known(msgspec.Struct, frozen=True):
    """How a plugin hashes, as far as that was seen."""

    rule: Rule
    keys: frozenset[str]  # of services: of others it is not known whether they are hashed


def rule_of(services: Mapping[str, Model], asked: Mapping[str, str]) -> Rule:
    """The plugin's rule: the one by which most of its own answers come out; the oldest of equals.

    Args:
        services: those of `docker compose config --format json`, with `$$` read as `$`.
        asked: service -> its hash, by `docker compose config --hash`.
    """
    return max(RULES, key=lambda rule: sum(_explains(rule, services, asked, n) for n in services))


def explained(services: Mapping[str, Model], asked: Mapping[str, str]) -> Known | None:
    """What the plugin's own answers let know; None where one of them follows no rule."""
    rule = rule_of(services, asked)
    if not all(_explains(rule, services, asked, name) for name in services):
        return None
    return Known(rule=rule, keys=frozenset(key for found in services.values() for key in found))


def foreseen(services: Mapping[str, Model], known: Known) -> dict[str, str] | None:
    """What `docker compose config --hash` would say; None where a key is new."""
    if any(key not in known.keys for found in services.values() for key in found):
        return None
    return {name: _digest(_kept(found, known.rule)) for name, found in services.items()}


def up_hashes(
    services: Mapping[str, Model], asked: Mapping[str, str], *, env_files: bool
) -> dict[str, str]:
    """Service -> the hash that `docker compose up` writes.

    The hash of a service that joins containers of others is known with their ids: `shared_hash`.

    Args:
        services: those of `docker compose config --format json`, with `$$` read as `$`.
        asked: service -> its hash, by `docker compose config --hash`.
        env_files: whether the files mention `env_file`; else an answer that no rule explains is
            that of a plugin which is not known here, and stands.
    """
    rule = rule_of(services, asked)
    return {
        name: service_hash(service, services, rule)
        if env_files or _explains(rule, services, asked, name)
        else asked.get(name, "")
        for name, service in services.items()
    }


def service_hash(service: Model, services: Mapping[str, Model], rule: Rule = _FIRST) -> str:
    """The hash that `up` writes for a service that joins no container of another."""
    return shared_hash(hashed_text(service, services, rule), {})


def hashed_text(service: Model, services: Mapping[str, Model], rule: Rule = _FIRST) -> str:
    """What is hashed of a service, but for the ids: text that can be kept until they are known."""
    return go_json(_kept(_without_absent(service, services), rule))


def shared_hash(text: str, ids: Mapping[str, str]) -> str:
    """The hash of a service that joins containers of others; "" while one of them is not there.

    Args:
        text: what `hashed_text` made of the service.
        ids: service -> the full id of its first container, the one with the lowest number.
    """
    service = json.loads(text)
    try:
        return _digest(_with_ids(service, ids))
    except KeyError:
        return ""


def go_json(value: object) -> str:
    """JSON as Go's encoding/json writes it; keys stay in the order in which Compose printed them.

    Numbers below 0.0001 would differ: compose files have none.
    """
    text = json.dumps(value, separators=(",", ":"), ensure_ascii=False)
    return text.translate(_ESCAPED)


def _explains(
    rule: Rule, services: Mapping[str, Model], asked: Mapping[str, str], name: str
) -> bool:
    """Whether the plugin's answer for a service is what the rule says of the service as printed."""
    return _digest(_kept(services[name], rule)) == asked.get(name)


def _kept(service: Model, rule: Rule) -> dict[str, Any]:
    """What ServiceHash leaves of a service. Extensions are never in it.

    `x-printed` holds what Compose printed of keys that were changed since.
    """
    printed = {**service, **service.get("x-printed", {})}
    kept = {k: v for k, v in printed.items() if k not in rule and not k.startswith("x-")}
    if kept.get("deploy"):
        kept["deploy"] = {k: v for k, v in kept["deploy"].items() if k != "replicas"}
    return kept


def _without_absent(service: Model, services: Mapping[str, Model]) -> dict[str, Any]:
    """`depends_on` only of what is there; the key goes with the last of them."""
    wanted = service.get("depends_on") or {}
    there = {name: found for name, found in wanted.items() if name in services}
    if there:
        return {**service, "depends_on": there}
    return {key: value for key, value in service.items() if key != "depends_on"}


def _with_ids(service: Model, ids: Mapping[str, str]) -> dict[str, Any]:
    result = dict(service)
    for key in _MODES:
        kind, _, other = str(service.get(key, "")).partition(":")
        if kind == "service":
            result[key] = f"container:{ids[other]}"
    if sources := service.get("volumes_from"):
        result["volumes_from"] = [_source(str(source), ids) for source in sources]
    return result


def _source(source: str, ids: Mapping[str, str]) -> str:
    """`SERVICE[:ro]` as an id, `container:NAME[:ro]` as the name: Compose drops the mode."""
    if source.startswith("container:"):
        return source.split(":")[1]
    return ids[source.split(":")[0]]


def _digest(service: Model) -> str:
    return hashlib.sha256(go_json(service).encode()).hexdigest()

"""Real stacks on an empty Engine: each is planned, or refused for a reason that stands."""

from __future__ import annotations

import gzip
import json
import re
from collections import Counter
from functools import cache
from typing import Any

from homeport.errors import RequestError
from homeport.model.plan import CreateContainer, Plan
from homeport.model.stack import Stack
from homeport.stack.model import read_stack
from homeport.stack.observed import Observed
from homeport.stack.plan import plan_up
from tests.corpus.conftest import DATA

MODELS = DATA / "compose-models.jsonl.gz"

Model = dict[str, Any]
# Each names the field, or the object that is missing.
EXTERNAL = re.compile(r"external (network|volume) (\S+) is not there")
SECRET = re.compile(r"services\.([^.]+)\.(secrets|configs): (?:secret|config) (\S+) is not a file")


@cache
def models() -> dict[str, Model]:
    """Id -> model; Compose prints each `$` doubled."""
    with gzip.open(MODELS, "rt") as lines:
        found = [json.loads(line.replace("$$", "$")) for line in lines]
    return {one["id"]: one["model"] for one in found}


def read(model: Model) -> Stack:
    """The stack of a model."""
    hashes = {name: f"hash-{name}" for name in model["services"]}
    name = model.get("name") or "corpus"
    return read_stack(model, hashes=hashes, project=name, directory="/corpus", files=())


def planned(model: Model, *, prepared: bool) -> Plan:
    """Its plan for an empty Engine; `prepared`: one that has what is external."""
    stack = read(model)
    networks = {n.name: "" for n in stack.networks.values() if n.external and prepared}
    volumes = {v.name: "" for v in stack.volumes.values() if v.external and prepared}
    return plan_up(stack, Observed(project=stack.name, networks=networks, volumes=volumes))


def refusals(*, prepared: bool) -> dict[str, str]:
    """Id -> why it cannot be planned. Any other exception is a failure."""
    found = {}
    for key, model in models().items():
        try:
            planned(model, prepared=prepared)
        except RequestError as error:
            found[key] = error.message
    return found


def is_external(model: Model, message: str) -> bool:
    """Whether the file says itself that somebody else makes it."""
    found = EXTERNAL.search(message)
    section = model.get(f"{found[1]}s") or {} if found else {}
    return any(
        one and one.get("external") and found and one["name"] == found[2]
        for one in section.values()
    )


def is_without_file(model: Model, message: str) -> bool:
    """Whether a secret has no content that could be known from the model."""
    found = SECRET.search(message)
    if not found or found[1] not in model["services"]:
        return False
    secret = model[found[2]][found[3]]
    return bool(secret.get("external") or secret.get("environment"))


def test_what_is_refused_is_external_or_has_no_content() -> None:
    unfounded = {
        key: message
        for key, message in refusals(prepared=False).items()
        if not is_external(models()[key], message) and not is_without_file(models()[key], message)
    }
    assert {} == unfounded


def test_where_what_is_external_is_there_only_secrets_without_content_are_refused() -> None:
    unfounded = {
        key: message
        for key, message in refusals(prepared=True).items()
        if not is_without_file(models()[key], message)
    }
    assert {} == unfounded


def test_all_but_a_few_are_planned() -> None:
    """444 were there when this was written, and more may come."""
    count = Counter(
        {
            "models": len(models()),
            "empty": len(models()) - len(refusals(prepared=False)),
            "prepared": len(models()) - len(refusals(prepared=True)),
        }
    )
    assert count["models"] >= 444
    assert count["empty"] >= 0.85 * count["models"]
    assert count["prepared"] >= 0.99 * count["models"]


def test_each_replica_of_each_service_is_created_once() -> None:
    wrong = {}
    for key in models().keys() - refusals(prepared=True).keys():
        stack, plan = read(models()[key]), planned(models()[key], prepared=True)
        made = Counter(
            step.action.body["Labels"]["com.docker.compose.service"]
            for step in plan.steps
            if isinstance(step.action, CreateContainer)
        )
        wanted = {name: s.replicas for name, s in stack.services.items() if s.replicas}
        if wanted != made:
            wrong[key] = (wanted, made)
    assert {} == wrong


def test_every_body_can_be_sent() -> None:
    """It is JSON, its names are the Engine's, and nobody is joined by a service's name."""
    names = set()
    for key in models().keys() - refusals(prepared=True).keys():
        for step in planned(models()[key], prepared=True).steps:
            if isinstance(step.action, CreateContainer):
                names |= _names(json.loads(json.dumps(step.action.body)))
    assert set() == {name for name in names if not re.fullmatch(r"([A-Z][A-Za-z0-9]*)+", name)}


def _names(body: Model) -> set[str]:
    """The names in a body that are not data."""
    host = body["HostConfig"]
    modes = {str(host.get(key, "")) for key in ("NetworkMode", "IpcMode", "PidMode")}
    return {*body, *host, *(mode for mode in modes if mode.startswith("service:"))}

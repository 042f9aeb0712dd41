"""What a registry has under a name that a job asks for."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.errors import NotFound
from homeport.pipeline.gate.routes import rule_for
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.verdict import Forward, Found, Kind, Local, Question, read_target

SCOPE = Scope(app="blog", key="job-1", image="busybox")
DIGEST = "sha256:" + "a" * 64


def judged(found: Found | None) -> Any:
    """What becomes of the question, where the Engine has this under that name."""
    request = read_target("GET", "/v1.41/distribution/me/site:edge/json")
    rule, name = rule_for(request)
    (asked,) = rule.asks(request, name)
    assert Question(Kind.IMAGE, "me/site:edge") == asked
    return rule.decide(request, SCOPE, {asked: found}, name)


def test_what_the_job_pushed_is_told_without_asking_the_registry_of_that_name() -> None:
    """buildx asks for it where the Engine has a digest: Docker Hub would have been asked."""
    told = judged(Found(name="job-1-me/site:edge", own=True, digests=("sha256:b", DIGEST)))
    assert isinstance(told, Local)
    assert DIGEST == told.content["Descriptor"]["digest"]


def test_what_it_has_not_pushed_is_nowhere() -> None:
    with pytest.raises(NotFound, match="me/site:edge was not pushed"):
        judged(Found(name="job-1-me/site:edge", own=True))


@pytest.mark.parametrize("found", [None, Found(name="me/site:edge", own=False)])
def test_what_is_not_its_own_the_engine_asks_for(found: Found | None) -> None:
    told = judged(found)
    assert isinstance(told, Forward)
    assert told.target.endswith("/distribution/me/site:edge/json")

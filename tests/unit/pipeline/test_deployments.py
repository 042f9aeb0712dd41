"""Where a job of a `.travis.yml` deploys."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.pipeline.bash.program import Deployment
from homeport.pipeline.deployments import Place, deployments
from homeport.pipeline.travis import Event, Job, plan

LIVE = Place(branch="main", live=True)
TOPIC = Place(branch="topic", live=False)
TAG = Place(branch="v1", tag="v1", live=False)


def job(deploy: str) -> Job:
    text = f"language: python\npython: ['3.6']\nscript: 'true'\ndeploy:\n{deploy}"
    (found,) = plan(text, file=".travis.yml", event=Event()).jobs
    return found


@pytest.mark.parametrize(
    ("on", "places"),
    [
        ("", [LIVE]),
        ("on: {repo: me/site}", [LIVE]),
        ("on: main", [LIVE]),
        ("on: {branch: [topic, main]}", [LIVE, TOPIC]),
        ("on: {branch: {topic: a, other: b}}", [TOPIC]),
        ("on: {all_branches: true}", [LIVE, TOPIC, TAG]),
        ("on: {tags: true}", [TAG]),
        ("on: {tags: false}", [LIVE]),
        ("on: {tags: true, branch: v1}", [TAG]),
        ("on: {branch: v1}", [TAG]),
        ("on: {python: '3.6'}", [LIVE]),
        ("on: {python: '3.7'}", []),
        ("on: {node: '8'}", []),
    ],
)
def test_a_script_deploys_where_the_file_says(on: str, places: list[Place]) -> None:
    text = f"  provider: script\n  script: ./deploy\n  {on}\n"
    found = [place for place in (LIVE, TOPIC, TAG) if _one(text, place).commands]
    assert places == found


def _one(text: str, place: Place) -> Deployment:
    (found,) = deployments(job(text), place)
    return found


@pytest.mark.parametrize(
    ("script", "commands"),
    [("./deploy", ["./deploy"]), ("[one, two]", ["one", "two"]), ("", []), ("7", ["7"])],
)
def test_its_commands_are_one_or_several(script: str, commands: list[str]) -> None:
    text = f"  provider: script\n  script: {script}\n  on: {{condition: [$A = b, -n $C]}}\n"
    found = _one(text, LIVE)
    assert (commands, ["$A = b", "-n $C"]) == (list(found.commands), list(found.conditions))


def test_what_is_not_for_this_place_says_why() -> None:
    texts: dict[str, tuple[str, Any]] = {
        "this branch is not permitted: topic": ("", TOPIC),
        "it is for tags": ("on: {tags: true}", LIVE),
        "it is not for tags": ("on: {tags: false, all_branches: true}", TAG),
        "it is for python 3.7": ("on: {python: '3.7'}", LIVE),
    }
    told = {
        _one(f"  provider: script\n  script: x\n  {on}\n", p).reason for on, p in texts.values()
    }
    assert set(texts) == told


def test_other_providers_are_not_carried_out() -> None:
    assert [] == deployments(job("  provider: heroku\n  app: mine\n"), LIVE)

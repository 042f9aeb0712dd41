"""What a runner gets: more than the plan prints."""

from __future__ import annotations

import pytest

from homeport.pipeline.travis.defaults import commands
from homeport.pipeline.travis.jobs import git_of
from homeport.pipeline.travis.model import Branches, Cache, Event, EventType, Git, Job, Variable
from tests.unit.pipeline.travis.shown import planned


def only_job(text: str) -> Job:
    (job,) = planned(text).jobs
    return job


def test_a_job_has_all_that_its_runner_needs() -> None:
    job = only_job("""
language: python
python: 3.6
dist: xenial
sudo: required
services: [docker, postgres]
addons: {apt: [curl], hosts: a.local}
cache: [pip, {directories: [$HOME/.npm]}]
git: {depth: false, submodules: false}
deploy: {provider: script, script: ./deploy, true: master}
if: type = push
env: [secure: Y2lwaGVy]
""")
    assert {
        "versions": {"python": "3.6"},
        "dist": "xenial",
        "sudo": True,
        "services": ("docker", "postgresql"),
        "addons": {"apt": {"packages": ["curl"]}, "hosts": ["a.local"]},
        "cache": Cache(directories=("$HOME/.npm",), flags={"pip": True}),
        "git": Git(depth=0, submodules=False),
        "deploy": ({"provider": "script", "script": "./deploy", "on": {"branch": "master"}},),
        "condition": "type = push",
        "env": (Variable(name="secure", value="Y2lwaGVy", encrypted=True),),
    } == {
        "versions": job.versions,
        "dist": job.dist,
        "sudo": job.sudo,
        "services": job.services,
        "addons": job.addons,
        "cache": job.cache,
        "git": job.git,
        "deploy": job.deploy,
        "condition": job.condition,
        "env": job.env,
    }


def test_a_file_says_what_holds_for_the_run() -> None:
    config = planned("""
branches: {except: [/^tmp/]}
jobs: {fast_finish: true, include: [{stage: a}, {stage: b}]}
""")
    assert (True, Branches(excluded=("/^tmp/",)), ("a", "b")) == (
        config.fast_finish,
        config.branches,
        config.stages,
    )


@pytest.mark.parametrize(
    ("event", "expected"),
    [
        (
            Event(type=EventType.PULL_REQUEST, head_branch="fix", fork=True),
            ["1.1 pull", "1.2 fork"],
        ),
        (Event(type=EventType.PUSH, tag="v1", branch="v1"), ["1.1 tag"]),
        (Event(type=EventType.CRON, sender="me", commit_message="x"), ["1.1 cron"]),
    ],
)
def test_an_event_decides_which_jobs_run(event: Event, expected: list[str]) -> None:
    config = planned(
        """
jobs:
  include:
    - {name: pull, if: type = pull_request AND head_branch = fix}
    - {name: fork, if: fork}
    - {name: tag, if: tag =~ ^v}
    - {name: cron, if: type IN (cron) AND sender = me AND commit_message = x}
""",
        event,
    )
    assert expected == [f"{job.number} {job.name}" for job in config.jobs]


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (None, Git()),
        ("text", Git()),
        ({"depth": 3}, Git(depth=3)),
        ({"depth": "no"}, Git(depth=0)),
        ({"depth": "deep"}, Git()),
        ({"strategy": "tarball", "quiet": True}, Git(strategy="tarball", quiet=True)),
        (
            {"submodules_depth": 2, "lfs_skip_smudge": "on"},
            Git(submodules_depth=2, lfs_skip_smudge=True),
        ),
        (
            {"autocrlf": False, "sparse_checkout": "src"},
            Git(autocrlf="false", sparse_checkout="src"),
        ),
    ],
)
def test_the_checkout_is_read_with_its_defaults(given: object, expected: Git) -> None:
    assert expected == git_of(given)


@pytest.mark.parametrize(
    ("cache", "expected"),
    [
        ("pip", Cache(flags={"pip": True})),
        ("[pip, npm]", Cache(flags={"pip": True, "npm": True})),
        ("false", Cache(flags={})),
        ("{directories: a}", Cache(directories=("a",))),
        (
            "[{directories: [a]}, b, {pip: true}]",
            Cache(directories=("a", "b"), flags={"pip": True}),
        ),
        ("{pip: true, directories: [a, null]}", Cache(directories=("a",), flags={"pip": True})),
    ],
)
def test_a_cache_has_six_spellings(cache: str, expected: Cache) -> None:
    found = only_job(f"cache: {cache}").cache
    on = {name: value for name, value in found.flags.items() if value}
    assert expected == Cache(directories=found.directories, flags=on)


@pytest.mark.parametrize(
    ("text", "phase", "expected"),
    [
        ("{language: rust}", "script", ("cargo build --verbose", "cargo test --verbose")),
        ("{language: rust}", "install", ()),
        ("{language: shell}", "script", ()),
        ("{language: rust, script: make}", "script", ("make",)),
        ("{language: ruby, install: skip}", "install", ()),
        ("{language: ruby, install: ignore}", "install", ()),
        ("{language: ruby, install: [skip, make]}", "install", ("skip", "make")),
        ("{language: sage}", "script", ()),
        ("{script: ['echo a': b]}", "script", ("echo a: b",)),
    ],
)
def test_a_phase_has_its_own_commands_or_those_of_its_language(
    text: str, phase: str, expected: tuple[str, ...]
) -> None:
    assert expected == tuple(commands(only_job(text), phase))


def test_the_default_of_python_needs_requirements() -> None:
    (install,) = commands(only_job("language: python"), "install")
    assert "travis_retry pip install -r requirements.txt" in install

"""What is left out is said."""

from __future__ import annotations

from homeport.pipeline.limits import platform_of, runs_here, runs_on, told, untested
from homeport.pipeline.travis import Event, plan

FILE = """
language: generic
os: [linux, osx]
services: [docker, redis, riak]
addons: {apt: {packages: [jq], sources: [mine]}, hosts: [a]}
cache: {directories: [kept]}
env: {global: [{secure: "abc="}]}
deploy: [{provider: script, script: ./deploy}, {provider: heroku, app: a}, pages]
script: "true"
"""


def test_everything_that_is_left_out_is_said_once() -> None:
    jobs = plan(FILE, file=".travis.yml", event=Event()).jobs
    assert [
        "the service riak is not started",
        "encrypted variables are left out: homeport secret set gives jobs what they need",
        "deploy: heroku is not carried out: homeport deploys what passed",
        "deploy: pages is not carried out: homeport deploys what passed",
        "the addon apt is not installed but for its packages",
        "the addon hosts is not installed",
        "jobs for osx are not run: this box has Linux",
    ] == told(jobs, deploys=True)
    assert "deploy: script is not carried out: that is for pushes" in told(jobs)


def test_a_checkout_that_is_asked_for_and_not_made_is_said() -> None:
    asked = "submodules_depth: 3, strategy: tarball, lfs_skip_smudge: true, sparse_checkout: src"
    text = f"git: {{depth: 3, quiet: true, {asked}, autocrlf: true}}"
    jobs = plan(text, file="f", event=Event()).jobs
    said = "is not carried out: a job has the checkout as git makes it"
    options = ["submodules_depth", "strategy", "lfs_skip_smudge", "sparse_checkout", "autocrlf"]
    assert [f"git: {option} {said}" for option in options] == told(jobs)
    same = "git: {strategy: clone, autocrlf: input, submodules: false}"
    assert [] == told(plan(same, file="f", event=Event()).jobs)


def test_jobs_of_an_architecture_run_where_the_box_runs_or_emulates_it() -> None:
    text = "language: generic\narch: [amd64, arm64-graviton2, s390x]\nscript: 'true'\n"
    jobs = plan(text, file="f", event=Event()).jobs
    runs = runs_on(lambda platform: platform.arch in ("amd64", "arm64"))
    assert ["linux/amd64", "linux/arm64", "linux/s390x"] == [str(platform_of(j)) for j in jobs]
    assert [True, True, False] == [runs(job) for job in jobs]
    assert ["jobs for s390x are not run: this box has no emulator for it"] == told(jobs, runs=runs)


def test_a_file_of_whose_jobs_none_runs_tests_nothing() -> None:
    jobs = plan("language: generic\nos: [osx, windows]\n", file="f", event=Event()).jobs
    expected = "no job of it runs on this box, which is not for osx, windows"
    assert expected == untested(jobs, runs_here)
    assert "" == untested([], runs_here)
    assert "" == untested(plan(FILE, file="f", event=Event()).jobs, runs_here)


def test_a_plain_job_has_nothing_to_be_said() -> None:
    jobs = plan("language: generic\nscript: 'true'\n", file="f", event=Event()).jobs
    assert [] == told(jobs)

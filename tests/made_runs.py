"""Runs and jobs for the tests of what is shown of them, the friendly and the hostile."""

from __future__ import annotations

from dataclasses import replace

from homeport.model.app import JobRecord, Run, RunState
from homeport.model.pull import PullRequest
from homeport.web.pages.runs import Stage, job_page, run_page
from tests.made_images import COMMIT, NOW

LOG = b"""$ git status
travis_fold:start:install
$ npm ci
added 3 packages
travis_fold:end:install 2500000000
travis_fold:start:script.1
$ npm test
1 failing
travis_fold:end:script.1 1200000000
it ended with 1
"""


def made_run(**change: object) -> Run:
    run = Run(
        number=12,
        app="blog",
        kind="push",
        ref="refs/heads/main",
        commit=COMMIT,
        state=RunState.FAILED,
        reason="job 12.1 failed",
        hint="homeport run logs 12 --job 12.1 shows what it said",
        by="anna",
        queued_at=NOW - 100,
        started_at=NOW - 98,
        finished_at=NOW - 40,
    )
    return replace(run, **change)  # type: ignore[arg-type]


def made_job(**change: object) -> JobRecord:
    job = JobRecord(
        run=12,
        number="12.1",
        name="node 20",
        why="node_js: 20",
        state="failed",
        reason="its script ended with 1",
        image="sha256:abc",
        seconds=31.0,
        started_at=NOW - 90,
    )
    return replace(job, **change)  # type: ignore[arg-type]


def friendly() -> list[str]:
    """The pages of a run that failed, and of its job."""
    stages = [Stage(name="check out", seconds=0.2), Stage(name="jobs")]
    jobs = [made_job(), made_job(number="12.2", state="cancelled", seconds=0.0)]
    run = made_run()
    return [run_page(run, stages, jobs, LOG, now=NOW), job_page(run, jobs[0], LOG, now=NOW)]


def hostile(value: str) -> list[str]:
    """The same, where every text that is not a word of homeport's is this one."""
    fork = PullRequest(number=1, base=value, head=value, slug=value, fork=True)
    texts = {"app": value, "ref": value, "commit": value, "reason": value}
    run = made_run(**texts, hint=value, by=value, pull=fork)
    job = made_job(number=value, name=value, why=value, reason=value, image=value)
    log = LOG.replace(b"1 failing", value.encode(errors="replace"))
    page = run_page(run, [Stage(name=value)], [job], log, now=NOW)
    return [page, job_page(run, job, log, now=NOW)]

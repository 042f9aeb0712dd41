"""The jobs of a `.travis.yml`: run in their order, their images published once all have passed."""

from __future__ import annotations

import asyncio
import shutil
from dataclasses import replace
from pathlib import Path

from homeport.build import binfmt
from homeport.delivery.hands import hands_of
from homeport.delivery.jobfile import Pipeline
from homeport.delivery.joblog import JobLog
from homeport.delivery.jobs import Job
from homeport.delivery.kept import Kept, forget_workspaces
from homeport.delivery.naming import forget_pushed, publish_pushed
from homeport.errors import HomeportError
from homeport.events import JobFinished, JobStarted
from homeport.pipeline import travis
from homeport.pipeline.bash.program import program
from homeport.pipeline.image import ensure_image
from homeport.pipeline.job_images import image_for
from homeport.pipeline.limits import platform_of
from homeport.pipeline.matrix import Matrix, label, run_all, title
from homeport.pipeline.passed import Inputs, key_of, told
from homeport.pipeline.run import Ended, Task, run_job
from homeport.pipeline.schedule import JobState
from homeport.pipeline.work import secret_values, work_of
from homeport.source.checkout import checkout, with_git
from homeport.source.history import tree_of


async def run_pipeline(pipeline: Pipeline) -> None:
    """Run every job, stage by stage; what they pushed is published when all have passed.

    Raises:
        HomeportError: a required job did not pass.
    """
    try:
        matrix = Matrix(
            config=pipeline.config,
            most=pipeline.shop.jobs,
            runs=pipeline.runs,
            run=lambda job: _one(pipeline, job),
            finished=lambda job, ended: _finish(pipeline, job, ended),
        )
        await run_all(matrix)
        _judge(pipeline, matrix)
    except BaseException:
        forget_pushed(pipeline.shop, pipeline.pushed)
        raise
    finally:
        forget_workspaces(pipeline.shop, pipeline.run)
    await publish_pushed(pipeline.shop, pipeline.app, pipeline.run, pipeline.pushed)


def _judge(pipeline: Pipeline, matrix: Matrix) -> None:
    state, number = matrix.outcome, pipeline.run.number
    if state is JobState.PASSED:
        return
    bad = [label(number, job) for job in matrix.those(state) if not job.allow_failure]
    raise HomeportError(
        f"{'jobs' if len(bad) > 1 else 'job'} {', '.join(bad)} {state}",
        hint=f"homeport run logs {number} --job {bad[0]} shows what it said",
    )


async def _one(pipeline: Pipeline, job: travis.Job) -> Ended:
    """A job; what it pushed is kept aside if it passed."""
    name = label(pipeline.run.number, job)
    app, run, shop = pipeline.app, pipeline.run, pipeline.shop
    work = Job(
        shop=shop,
        app=app,
        run=run,
        say=pipeline.say,
        number=int(name.rpartition(".")[2]),
        earlier=pipeline.pushed,
    )
    if shop.working.locked():
        pipeline.say(f"job {name} waits: {shop.jobs} of this box are under way (the setting jobs)")
    passed = False
    try:
        async with shop.working:
            started = JobStarted(
                app=app.name, run=run.number, job=name, name=title(job), why=job.why
            )
            shop.memory.record(started)
            ended = await _unless_passed(pipeline, job, work)
        passed = ended.state is JobState.PASSED
    finally:
        if passed:
            pipeline.pushed += work.pushed
        else:
            forget_pushed(shop, work.pushed)
    # One that pushed or deployed has to run again: that is a part of what it does.
    return replace(ended, key="") if work.pushed or job.deploy else ended


async def _unless_passed(pipeline: Pipeline, job: travis.Job, work: Job) -> Ended:
    """Run it, unless all that goes into it passed before, and the box is to believe that."""
    shop, app, run = pipeline.shop, pipeline.app, pipeline.run
    name = image_for(job.language, job.versions, shop.job_images, otherwise=shop.job_image)
    platform = platform_of(job) or pipeline.native
    if done := await binfmt.ensure(platform, pipeline.native):
        pipeline.say(done)
    image = await ensure_image(shop.docker, name, pipeline.say, platform)
    inputs = Inputs(
        tree=await tree_of(shop.repository(app.name), run.commit),
        config=job.raw,
        image=image,
        secrets=shop.memory.secret_versions(app.name),
        branch=pipeline.occasion.tag or pipeline.occasion.branch,
        # A fork's job has no secrets, and may do less for it: it proves nothing of a push.
        pull=run.pull is not None,
    )
    key = key_of(inputs)
    if shop.skip_passed and (before := shop.memory.passed_before(app.name, key)):
        reason = told(before, shop.pages)
        return Ended(state=JobState.PASSED, seconds=0.0, reason=reason, image=image, proof=before)
    ended = await _run(pipeline, job, work, image)
    return replace(ended, image=image, key=key)


async def _run(pipeline: Pipeline, job: travis.Job, work: Job, image: str) -> Ended:
    """Run it in a checkout of its own."""
    shop, run, tree = pipeline.shop, pipeline.run, work.folder / "tree"
    repository = shop.repository(pipeline.app.name)
    log = JobLog(shop.memory, run.number, label(run.number, job))
    # What a homeport left that was killed in the middle of this job.
    await _cleared(work.folder)
    tree.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        await checkout(repository, tree, run.commit)
        async with with_git(
            repository,
            tree,
            run.commit,
            depth=job.git.depth,
            submodules=job.git.submodules,
            origin=pipeline.app.remote,
        ):
            task = await _task(pipeline, job, work, image)
            return await run_job(task, hands_of(work), log.take)
    finally:
        log.end()
        await _cleared(work.folder)


async def _task(pipeline: Pipeline, job: travis.Job, work: Job, image: str) -> Task:
    """What is run for a job: its program, in its container, with what it is given."""
    shop, app, occasion = pipeline.shop, pipeline.app, pipeline.occasion
    kept = Kept(
        shop=shop, app=app, run=pipeline.run, job=job, branch=occasion.branch, say=pipeline.say
    )
    home = work.home(work.folder / "tree", image, inside=f"/home/travis/build/{app.name}")
    given, opened = pipeline.secrets, await pipeline.opened(job)
    name = label(pipeline.run.number, job)
    what = work_of(job, occasion, label=name, folder=home.inside, secrets=given, opened=opened)
    return Task(
        home=kept.furnish(home),
        program=program(what),
        secrets=(*given.values(), *secret_values(opened)),
        keep=kept.keep,
        seconds=shop.job_deadline,
        silence=shop.job_silence,
    )


async def _cleared(folder: Path) -> None:
    await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


def _finish(pipeline: Pipeline, job: travis.Job, ended: Ended) -> None:
    pipeline.shop.memory.record(
        JobFinished(
            app=pipeline.app.name,
            run=pipeline.run.number,
            job=label(pipeline.run.number, job),
            state=ended.state,
            reason=ended.reason,
            seconds=ended.seconds,
            image=ended.image,
            key=ended.key,
            proof=ended.proof,
        )
    )

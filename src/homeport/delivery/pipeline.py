"""The jobs of a `.travis.yml`: run in their order, their images published once all have passed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from homeport.delivery.joblog import JobLog
from homeport.delivery.jobs import Job, Pushed
from homeport.delivery.kept import Kept, forget_workspaces
from homeport.delivery.naming import forget_pushed, publish_pushed
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError
from homeport.events import JobFinished, JobStarted, Warned
from homeport.model.app import App, Run
from homeport.pipeline import travis
from homeport.pipeline.bash.program import program
from homeport.pipeline.image import ensure_image
from homeport.pipeline.job_images import image_for
from homeport.pipeline.limits import told
from homeport.pipeline.matrix import Matrix, label, run_all, title
from homeport.pipeline.passed import Inputs, key_of
from homeport.pipeline.run import Ended, Task, run_job
from homeport.pipeline.schedule import JobState
from homeport.pipeline.work import Occasion, secret_values, work_of
from homeport.source.checkout import checkout, with_git
from homeport.source.history import message, tree_of

FILE = ".travis.yml"


class Skipped(HomeportError):
    """A commit that is not to be tested does not go live: that would be a guess."""


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """A run's jobs, and what became of each."""

    shop: Workshop
    app: App
    run: Run
    config: travis.Config
    said: str  # the commit's message
    say: Callable[[str], None]
    pushed: list[Pushed] = field(default_factory=list)

    @property
    def occasion(self) -> Occasion:
        """What its jobs are run for."""
        branch, tag = _names(self.run)
        return Occasion(
            slug=self.app.name,
            branch=branch,
            tag=tag,
            commit=self.run.commit,
            message=self.said,
            run=self.run.number,
            pull=self.run.pull,
        )

    @property
    def secrets(self) -> dict[str, str]:
        """What its jobs are given; none for a pull request of a fork."""
        if self.run.pull and self.run.pull.fork:
            return {}
        return self.shop.memory.secrets(self.app.name)

    async def opened(self, job: travis.Job) -> dict[str, str]:
        """What its encrypted variables say; nothing for a pull request of a fork."""
        hidden = [variable for variable in job.env if variable.encrypted]
        key = self.shop.memory.app_key(self.app.name) if hidden else ""
        if not key or (self.run.pull and self.run.pull.fork):
            return {}
        from homeport.pipeline.secure import opened  # 20 MB: only where there is something to open

        found = await asyncio.to_thread(opened, key, hidden)
        if len(found) < len({variable.value for variable in hidden}):
            text = f"{FILE}: a secure value is not for this app: homeport secret encrypt makes one"
            self.shop.memory.record(Warned(app=self.app.name, run=self.run.number, text=text))
        return found


async def read_pipeline(
    shop: Workshop, app: App, run: Run, tree: Path, say: Callable[[str], None]
) -> Pipeline | None:
    """What the `.travis.yml` of a checkout asks for; None where there is none, or not for this.

    Raises:
        FileFault: it cannot be read, or makes too many jobs.
        Skipped: the commit is pushed, and its message says `[skip ci]`.
    """
    path = tree / FILE
    if not path.is_file() or path.is_symlink():
        return None
    said = await message(shop.repository(app.name), run.commit)
    branch, tag = _names(run)
    event = _event(app, run, said)
    text = await asyncio.to_thread(path.read_text, errors="replace")
    config = await asyncio.to_thread(travis.plan, text, file=FILE, event=event)
    for one in config.messages:
        if one.level is travis.Level.ERROR:
            shop.memory.record(Warned(app=app.name, run=run.number, text=str(one)))
    for sentence in told(config.jobs, opens=bool(shop.memory.app_key(app.name))):
        shop.memory.record(Warned(app=app.name, run=run.number, text=f"{FILE}: {sentence}"))
    if not travis.builds(config.branches, tag or branch):
        say(f"{FILE} leaves {tag or branch} out: no jobs")
        return None
    if travis.skips(said):
        if run.kind in ("push", "build"):
            raise Skipped("the message of the commit asks for no jobs: it is stored, and no more")
        say("the message of the commit asks for no jobs")
        return None
    return Pipeline(shop=shop, app=app, run=run, config=config, said=said, say=say)


def _names(run: Run) -> tuple[str, str]:
    """Branch and tag; a tag's branch has its name, a pull request's is the one that it is for."""
    if run.pull:
        return run.pull.base, ""
    name = run.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    return name, name if run.ref.startswith("refs/tags/") else ""


def _event(app: App, run: Run, said: str) -> travis.Event:
    """What happened, as far as conditions ask for it."""
    branch, tag = _names(run)
    event = travis.Event(branch=branch, tag=tag, commit_message=said, repo=app.name)
    if run.pull is None:
        return event
    return replace(
        event,
        type=travis.EventType.PULL_REQUEST,
        head_branch=run.pull.head,
        head_repo=run.pull.slug,
        fork=run.pull.fork,
    )


async def run_pipeline(pipeline: Pipeline) -> None:
    """Run every job, stage by stage; what they pushed is published when all have passed.

    Raises:
        HomeportError: a required job did not pass.
    """
    try:
        matrix = Matrix(
            config=pipeline.config,
            most=pipeline.shop.jobs,
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
    work = Job(shop=shop, app=app, run=run, say=pipeline.say, number=int(name.rpartition(".")[2]))
    shop.memory.record(
        JobStarted(app=app.name, run=run.number, job=name, name=title(job), why=job.why)
    )
    passed = False
    try:
        async with shop.working:
            ended = await _unless_passed(pipeline, job, work)
        passed = ended.state is JobState.PASSED
    finally:
        if passed:
            pipeline.pushed += work.pushed
        else:
            forget_pushed(shop, work.pushed)
    # One that pushed has to run again: what it pushed is a part of what it does.
    return replace(ended, key="") if work.pushed else ended


async def _unless_passed(pipeline: Pipeline, job: travis.Job, work: Job) -> Ended:
    """Run it, unless all that goes into it passed before, and the box is to believe that."""
    shop, app, run = pipeline.shop, pipeline.app, pipeline.run
    name = image_for(job.language, job.versions, shop.job_images, otherwise=shop.job_image)
    image = await ensure_image(shop.docker, name, pipeline.say)
    inputs = Inputs(
        tree=await tree_of(shop.repository(app.name), run.commit),
        config=job.raw,
        image=image,
        secrets=shop.memory.secret_versions(app.name),
        branch=pipeline.occasion.tag or pipeline.occasion.branch,
    )
    key = key_of(inputs)
    if shop.skip_passed and (before := shop.memory.passed_before(app.name, key)):
        reason = f"the same passed as job {before}"
        return Ended(state=JobState.PASSED, seconds=0.0, reason=reason, image=image)
    ended = await _run(pipeline, job, work, name)
    return replace(ended, image=image, key=key)


async def _run(pipeline: Pipeline, job: travis.Job, work: Job, image: str) -> Ended:
    shop, run = pipeline.shop, pipeline.run
    tree = work.folder / "tree"
    tree.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    repository, name = shop.repository(pipeline.app.name), label(run.number, job)
    log = JobLog(shop.memory, run.number, name)
    kept = Kept(
        shop=shop,
        app=pipeline.app,
        run=run,
        job=job,
        branch=pipeline.occasion.branch,
        say=pipeline.say,
    )
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
            home = work.home(tree, image, inside=f"/home/travis/build/{pipeline.app.name}")
            given, opened = pipeline.secrets, await pipeline.opened(job)
            what = work_of(
                job,
                pipeline.occasion,
                label=name,
                folder=home.inside,
                secrets=given,
                opened=opened,
            )
            task = Task(
                home=kept.furnish(home),
                program=program(what),
                secrets=(*given.values(), *secret_values(opened)),
                keep=kept.keep,
                seconds=shop.job_deadline,
                silence=shop.job_silence,
            )
            return await run_job(task, work.hands, log.take)
    finally:
        log.end()
        await asyncio.to_thread(shutil.rmtree, work.folder, ignore_errors=True)


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
        )
    )

"""The jobs of a `.travis.yml`: run in their order, their images published once all have passed."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from homeport.delivery.jobs import Job, Pushed
from homeport.delivery.naming import forget_pushed, publish_pushed
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError
from homeport.events import JobFinished, JobStarted, Warned
from homeport.model.app import App, Run
from homeport.pipeline import travis
from homeport.pipeline.bash.program import PHASES, Variable, Work, program
from homeport.pipeline.container import Lines
from homeport.pipeline.job_images import image_for
from homeport.pipeline.limits import runs_here, told
from homeport.pipeline.run import Ended, Task, run_job
from homeport.pipeline.schedule import Cell, JobState, given_up, is_over, outcome, ready
from homeport.pipeline.variables import About, variables
from homeport.source.checkout import checkout, with_git
from homeport.source.history import message

FILE = ".travis.yml"
_GIVEN_UP = Ended(state=JobState.CANCELLED, seconds=0.0, reason="a stage before it did not pass")


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """A run's jobs, and what became of each."""

    shop: Workshop
    app: App
    run: Run
    config: travis.Config
    said: str  # the commit's message
    say: Callable[[str], None]
    states: dict[str, JobState] = field(default_factory=dict)
    pushed: list[Pushed] = field(default_factory=list)

    @property
    def cells(self) -> list[Cell]:
        """The jobs, as far as their turn depends on it."""
        return [
            Cell(number=j.number, stage=j.stage or "", allow_failure=j.allow_failure)
            for j in self.config.jobs
            if runs_here(j)
        ]


async def read_pipeline(
    shop: Workshop, app: App, run: Run, tree: Path, say: Callable[[str], None]
) -> Pipeline | None:
    """What the `.travis.yml` of a checkout asks for; None where there is none, or not for this.

    Raises:
        FileFault: it cannot be read, or makes too many jobs.
    """
    path = tree / FILE
    if not path.is_file() or path.is_symlink():
        return None
    said = await message(shop.repository(app.name), run.commit)
    branch, tag = _names(run)
    event = travis.Event(branch=branch, tag=tag, commit_message=said, repo=app.name)
    text = await asyncio.to_thread(path.read_text, errors="replace")
    config = await asyncio.to_thread(travis.plan, text, file=FILE, event=event)
    for one in config.messages:
        if one.level is travis.Level.ERROR:
            shop.memory.record(Warned(app=app.name, run=run.number, text=str(one)))
    for sentence in told(config.jobs):
        shop.memory.record(Warned(app=app.name, run=run.number, text=f"{FILE}: {sentence}"))
    if not travis.builds(config.branches, tag or branch):
        say(f"{FILE} leaves {tag or branch} out: no jobs")
        return None
    if travis.skips(said):
        say("the message of the commit asks for no jobs")
        return None
    return Pipeline(shop=shop, app=app, run=run, config=config, said=said, say=say)


def _names(run: Run) -> tuple[str, str]:
    """Branch and tag; a tag's branch has its name."""
    name = run.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    return name, name if run.ref.startswith("refs/tags/") else ""


async def run_pipeline(pipeline: Pipeline) -> None:
    """Run every job, stage by stage; what they pushed is published when all have passed.

    Raises:
        HomeportError: a required job did not pass.
    """
    try:
        await _run_all(pipeline)
        _judge(pipeline)
    except BaseException:
        forget_pushed(pipeline.shop, pipeline.pushed)
        raise
    await publish_pushed(pipeline.shop, pipeline.app, pipeline.run, pipeline.pushed)


async def _run_all(pipeline: Pipeline) -> None:
    pipeline.states = {cell.number: JobState.WAITING for cell in pipeline.cells}
    under_way: dict[asyncio.Task[None], str] = {}
    try:
        while not is_over(pipeline.cells, pipeline.states, fast=pipeline.config.fast_finish):
            for number in given_up(pipeline.cells, pipeline.states):
                _finish(pipeline, number, _GIVEN_UP)
            for number in ready(pipeline.cells, pipeline.states):
                if len(under_way) < pipeline.shop.jobs:
                    pipeline.states[number] = JobState.RUNNING
                    under_way[asyncio.create_task(_one(pipeline, number))] = number
            if not under_way:
                break
            done, _ = await asyncio.wait(under_way, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                under_way.pop(task)
                task.result()
    finally:
        for task in under_way:
            task.cancel()
        await asyncio.gather(*under_way, return_exceptions=True)


def _judge(pipeline: Pipeline) -> None:
    state = outcome(pipeline.cells, pipeline.states)
    if state is JobState.PASSED:
        return
    bad = [_label(pipeline, n.number) for n in pipeline.cells if pipeline.states[n.number] is state]
    raise HomeportError(
        f"{'jobs' if len(bad) > 1 else 'job'} {', '.join(bad)} {state}",
        hint=f"homeport run logs {pipeline.run.number} shows what they said",
    )


async def _one(pipeline: Pipeline, number: str) -> None:
    """A job, whatever comes of it."""
    job = next(job for job in pipeline.config.jobs if job.number == number)
    label = _label(pipeline, number)
    lines = Lines(lambda line: pipeline.say(f"[{label}] {line}"))
    work = Job(
        shop=pipeline.shop,
        app=pipeline.app,
        run=pipeline.run,
        say=pipeline.say,
        number=int(label.rpartition(".")[2]),
    )
    pipeline.shop.memory.record(
        JobStarted(
            app=pipeline.app.name, run=pipeline.run.number, job=label, name=_title(job), why=job.why
        )
    )
    try:
        ended = await _run(pipeline, job, work, label, lines)
    except HomeportError as error:
        ended = Ended(state=JobState.ERRORED, seconds=0.0, reason=error.message)
    lines.end()
    if ended.state is JobState.PASSED:
        pipeline.pushed += work.pushed
    else:
        forget_pushed(pipeline.shop, work.pushed)
    _finish(pipeline, number, ended)


async def _run(pipeline: Pipeline, job: travis.Job, work: Job, label: str, lines: Lines) -> Ended:
    shop, run = pipeline.shop, pipeline.run
    image = image_for(job.language, job.versions, shop.job_images, otherwise=shop.job_image)
    tree = work.folder / "tree"
    tree.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    repository = shop.repository(pipeline.app.name)
    try:
        await checkout(repository, tree, run.commit)
        async with with_git(repository, tree, run.commit):
            home = work.home(tree, image, inside=f"/home/travis/build/{pipeline.app.name}")
            given = shop.memory.secrets(pipeline.app.name)
            text = program(_work(pipeline, job, label, home.inside, given))
            task = Task(home=home, program=text, secrets=tuple(given.values()))
            return await run_job(task, work.hands, lines.take)
    finally:
        await asyncio.to_thread(shutil.rmtree, work.folder, ignore_errors=True)


def _work(
    pipeline: Pipeline, job: travis.Job, label: str, folder: str, secrets: Mapping[str, str]
) -> Work:
    branch, tag = _names(pipeline.run)
    about = About(
        slug=pipeline.app.name,
        branch=branch,
        tag=tag,
        commit=pipeline.run.commit,
        message=pipeline.said,
        run=pipeline.run.number,
        number=label,
        name=job.name or "",
        stage=job.stage or "",
        language=job.language,
        versions=job.versions,
        arch=job.arch or "amd64",
        allow_failure=job.allow_failure,
        folder=folder,
        secure=bool(secrets),
    )
    own = [Variable(name=n, value=v, literal=True, secret=True) for n, v in secrets.items()]
    phases = {phase: travis.commands(job, phase) for phase in PHASES}
    given = [Variable(name=v.name, value=v.value) for v in job.env if not v.encrypted]
    return Work(variables=[*variables(about), *own, *given], phases=phases, deploys=False)


def _label(pipeline: Pipeline, number: str) -> str:
    """`12.1`: the job of a plan as one of this run."""
    return f"{pipeline.run.number}.{number.rpartition('.')[2]}"


def _title(job: travis.Job) -> str:
    versions = ", ".join(f"{axis} {version}" for axis, version in job.versions.items())
    return job.name or versions or job.language


def _finish(pipeline: Pipeline, number: str, ended: Ended) -> None:
    pipeline.states[number] = ended.state
    pipeline.shop.memory.record(
        JobFinished(
            app=pipeline.app.name,
            run=pipeline.run.number,
            job=_label(pipeline, number),
            state=ended.state,
            reason=ended.reason,
            seconds=ended.seconds,
        )
    )

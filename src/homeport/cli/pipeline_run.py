"""`homeport pipeline run`: the composition root of jobs on a working tree."""

from __future__ import annotations

import asyncio
import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from homeport.build import binfmt
from homeport.cli import show
from homeport.engine import process
from homeport.engine.docker import Docker
from homeport.errors import HomeportError, RequestError
from homeport.model.image import Platform, read_platform
from homeport.pipeline.job_images import image_for, read_table
from homeport.pipeline.limits import platform_of, runs_on, told
from homeport.pipeline.local import Workbench, run_here
from homeport.pipeline.matrix import Matrix, find_job, label, run_all, title
from homeport.pipeline.run import Ended
from homeport.pipeline.schedule import JobState
from homeport.pipeline.travis.model import Config, Event, Job
from homeport.pipeline.travis.plan import plan
from homeport.pipeline.work import Occasion
from homeport.settings import Settings
from homeport.source.checkout import with_git


@dataclass(frozen=True, slots=True, kw_only=True)
class Replayed:
    """A run of the box, as far as its jobs depend on it."""

    number: int = 1
    branch: str = ""
    images: Mapping[str, str] = field(default_factory=dict)  # job -> image id


@dataclass(slots=True, kw_only=True)
class LocalRun:
    """What is to be run, and where."""

    file: Path
    text: str
    settings: Settings
    branch: str = ""
    only: Sequence[str] = ()
    secrets: Mapping[str, str] = field(default_factory=dict)
    replayed: Replayed = field(default_factory=Replayed)

    @property
    def folder(self) -> Path:
        """The working tree."""
        return self.file.resolve().parent


def run(wanted: LocalRun) -> bool:
    """Run the jobs, say what became of each; whether the required ones passed.

    Raises:
        FileFault: the file cannot be read.
        HomeportError: there is no Engine.
    """
    return asyncio.run(_run(wanted))


def read_secrets(given: Sequence[str]) -> dict[str, str]:
    """`NAME=VALUE`, or `NAME` of the environment.

    Raises:
        RequestError: the environment has no such variable.
    """
    found = {}
    for one in given:
        name, equals, value = one.partition("=")
        if not equals and name not in os.environ:
            raise RequestError(f"the environment has no {name[:60]}", hint="--env NAME=VALUE")
        found[name] = value if equals else os.environ[name]
    return found


async def _run(wanted: LocalRun) -> bool:
    occasion = await _occasion(wanted)
    event = Event(branch=occasion.branch, commit_message=occasion.message, repo=wanted.folder.name)
    config = plan(wanted.text, file=str(wanted.file), event=event)
    for line in map(str, config.messages):
        _say(line)
    only = [find_job(config, number, wanted.replayed.number).number for number in wanted.only]
    docker = Docker(wanted.settings.docker_host)
    with tempfile.TemporaryDirectory(prefix="homeport-jobs-") as scratch:
        try:
            native = read_platform((await docker.version()).arch)
            occasion = replace(occasion, arch=native.arch)
            bench = _bench(wanted, occasion, Path(scratch), docker, native)
            for line in told(config.jobs, runs=bench.runs):
                _say(line)
            return await _all(bench, config, only, wanted.settings.jobs)
        finally:
            docker.close()


async def _occasion(wanted: LocalRun) -> Occasion:
    return Occasion(
        commit=await _git(wanted.folder, "rev-parse", "HEAD"),  # first: there has to be one
        slug=_slug(wanted.folder),
        branch=wanted.branch or wanted.replayed.branch or await _branch(wanted.folder),
        message=await _git(wanted.folder, "log", "-1", "--format=%B"),
        run=wanted.replayed.number,
    )


def _bench(
    wanted: LocalRun, occasion: Occasion, scratch: Path, docker: Docker, native: Platform
) -> Workbench:
    settings = wanted.settings
    table = read_table(settings.job_images)

    def image(job: Job) -> str:
        own = image_for(job.language, job.versions, table, otherwise=settings.job_image)
        return wanted.replayed.images.get(label(occasion.run, job), own)

    return Workbench(
        docker=docker,
        scratch=scratch,
        key=f"homeport-local-{secrets.token_hex(3)}-",
        occasion=occasion,
        image=image,
        tree=lambda target, job: _tree(wanted.folder, occasion.commit, target, job),
        register=lambda: _register(native),
        runs=runs_on(lambda platform: binfmt.can_run(platform, native)),
        platform=lambda job: _ready(job, native),
        say=_say,
        secrets=wanted.secrets,
        service_images=read_table(settings.service_images),
    )


async def _all(bench: Workbench, config: Config, only: Sequence[str], most: int) -> bool:
    rows: list[tuple[object, ...]] = []

    def finished(job: Job, ended: Ended) -> None:
        number = label(bench.occasion.run, job)
        rows.append((number, ended.state, f"{ended.seconds:.2f} s", title(job), ended.reason))

    matrix = Matrix(
        config=config,
        most=most,
        run=lambda job: run_here(bench, job),
        finished=finished,
        runs=bench.runs,
        only=only,
    )
    await run_all(matrix)
    show.table(("JOB", "STATE", "TOOK", "NAME", "REASON"), rows, nothing="no job runs")
    return matrix.outcome is JobState.PASSED if rows else not config.jobs


@contextlib.asynccontextmanager
async def _tree(source: Path, commit: str, target: Path, job: Job) -> AsyncIterator[None]:
    """A copy of what git would take of a working tree; of everything where there is no git."""
    if not commit:
        await asyncio.to_thread(shutil.copytree, source, target, True, dirs_exist_ok=True)
        yield
        return
    names = [name async for name in _listed(source, submodules=job.git.submodules)]
    await asyncio.to_thread(_copy, source, target, names)
    async with with_git(await _git_folder(source), target, commit, depth=job.git.depth):
        yield


async def _listed(source: Path, *, submodules: bool) -> AsyncIterator[str]:
    """What git would take of a working tree, and of its submodules, as they are checked out."""
    listed = await _git(source, "ls-files", "-zco", "--exclude-standard")
    for name in filter(None, listed.split("\0")):
        if submodules and not name.endswith("/") and (source / name / ".git").exists():
            async for below in _listed(source / name, submodules=True):
                yield f"{name}/{below}"
        else:
            yield name


async def _git_folder(source: Path) -> Path:
    return Path(await _git(source, "rev-parse", "--path-format=absolute", "--git-common-dir"))


def _copy(source: Path, target: Path, names: Sequence[str]) -> None:
    for name in names:
        path = source / name
        if not (path.is_symlink() or path.is_file()):
            continue  # deleted in the working tree, or a repository in it
        (target / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(path, target / name, follow_symlinks=False)


async def _ready(job: Job, native: Platform) -> Platform:
    """What a job runs on, with its emulator."""
    platform = platform_of(job) or native
    await binfmt.ensure(platform, native)
    return platform


async def _register(native: Platform) -> None:
    for platform in (Platform("arm64"), Platform("arm", "v7"), Platform("amd64")):
        with contextlib.suppress(HomeportError):  # what is not there is told by what needs it
            await binfmt.ensure(platform, native)


async def _branch(folder: Path) -> str:
    found = await _git(folder, "rev-parse", "--abbrev-ref", "HEAD")
    return "master" if found in ("", "HEAD") else found


async def _git(folder: Path, *arguments: str) -> str:
    done = await process.run(["git", "-C", str(folder), *arguments])
    return "" if done.status else done.text


def _slug(folder: Path) -> str:
    name = "".join(c if c.isalnum() or c in "-_." else "-" for c in folder.name.lower())
    return name.strip("-.") or "tree"


def _say(line: str) -> None:
    click.echo(line, err=True)

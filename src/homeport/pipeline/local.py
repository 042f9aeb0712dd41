"""Jobs on the machine at hand: the containers of the box, but no app, daemon or registry."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field, replace
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.model.image import Platform
from homeport.pipeline.bash.program import program
from homeport.pipeline.container import Home, Lines
from homeport.pipeline.folds import readable
from homeport.pipeline.gate.parts import Part
from homeport.pipeline.gate.scope import Limits, Scope
from homeport.pipeline.gate.verdict import Index
from homeport.pipeline.image import ensure_image
from homeport.pipeline.keep import created, used
from homeport.pipeline.matrix import label
from homeport.pipeline.run import Ended, Task, run_job
from homeport.pipeline.serve import Hands
from homeport.pipeline.services import services_of
from homeport.pipeline.shelf import Shelf
from homeport.pipeline.travis.model import Job
from homeport.pipeline.work import WORKSPACES, Occasion, work_of


@dataclass(frozen=True, slots=True, kw_only=True)
class Workbench:
    """What the jobs of a working tree are given.

    `tree` puts a copy of the working tree into a folder, with its git, while its context is open.
    """

    docker: Docker
    scratch: Path
    key: str  # unique on the Engine: what the names of all objects begin with
    occasion: Occasion
    image: Callable[[Job], str]
    tree: Callable[[Path, Job], AbstractAsyncContextManager[None]]
    register: Callable[[], Awaitable[None]]
    runs: Callable[[Job], bool]  # whether a job runs on this box
    platform: Callable[[Job], Awaitable[Platform]]  # what it runs on, made ready
    say: Callable[[str], None]
    secrets: Mapping[str, str] = field(default_factory=dict)
    service_images: Mapping[str, str] = field(default_factory=dict)


async def run_here(bench: Workbench, job: Job) -> Ended:
    """Run a job to its end.

    Raises:
        HomeportError: its image is not there, or its container could not be started.
    """
    name = label(bench.occasion.run, job)
    lines = Lines(lambda line: _show(bench, name, line))
    platform = await bench.platform(job)
    image = await ensure_image(bench.docker, bench.image(job), bench.say, platform)
    services = tuple(services_of(job.services, bench.service_images))
    shelf = Shelf(bench.scratch / "workspaces")
    binds = (f"{shelf.folder}:{WORKSPACES}:ro",) if used(job) and shelf.folder.is_dir() else ()
    home = replace(_home(bench, name, image), services=services, binds=binds)
    home.tree.mkdir(parents=True, mode=0o700)
    try:
        async with bench.tree(home.tree, job):
            secrets = bench.secrets
            what = work_of(job, bench.occasion, label=name, folder=home.inside, secrets=secrets)
            task = Task(
                home=home,
                program=program(what),
                secrets=tuple(secrets.values()),
                keep=lambda folder: _keep(bench, shelf, job, folder),
            )
            return replace(await run_job(task, _hands(bench), lines.take), image=image)
    finally:
        lines.end()


def _keep(bench: Workbench, shelf: Shelf, job: Job, folder: Path) -> None:
    """Workspaces are for the stages after this one; a working tree has no cache between runs."""
    for workspace in created(job):
        if told := shelf.put(workspace.name, folder / f"{workspace.name}.tar"):
            bench.say(f"warning: {told}")


def _show(bench: Workbench, name: str, line: str) -> None:
    for text in readable(line):
        bench.say(f"[{name}] {text}")


def _home(bench: Workbench, name: str, image: str) -> Home:
    folder, inside = bench.scratch / name, f"/home/travis/build/{bench.occasion.slug}"
    scope = Scope(
        app=bench.occasion.slug,
        key=f"{bench.key}{name.replace('.', '-')}",
        image=image,
        folders={inside: str(folder / "tree"), "/var/run/docker.sock": str(folder / "docker.sock")},
        limits=Limits(),
        marker=bench.key,
    )
    return Home(
        scope=scope,
        tree=folder / "tree",
        inside=inside,
        folder=folder,
        labels={},
    )


def _hands(bench: Workbench) -> Hands:
    return Hands(
        docker=bench.docker,
        stage=_stage,
        index=_index,
        register=bench.register,
        say=bench.say,
    )


async def _stage(_image: str, name: str, tag: str) -> AsyncIterator[str]:
    """`docker push` of a working tree goes nowhere, and says so."""
    yield f"{name}:{tag} is not pushed: this is a run of a working tree"


async def _index(asked: Index, parts: Sequence[Part]) -> AsyncIterator[str]:
    """`docker manifest`: what it would name is nowhere."""
    if asked.how == "show":
        for part in parts:
            yield part.name
    if asked.how == "push":
        yield f"{asked.name}:{asked.tag} is not pushed: this is a run of a working tree"

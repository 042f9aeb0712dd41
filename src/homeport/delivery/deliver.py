"""The story of a push: check out, read, build, release, roll out."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from homeport.build.apply import build, declares, read_dockerfile
from homeport.build.command import Wanted, image_labels
from homeport.delivery.blueprint import SINGLE, Blueprint, to_json
from homeport.delivery.workshop import Workshop
from homeport.engine import compose
from homeport.errors import FileFault, NotFound
from homeport.events import ImageBuilt, ReleaseMade, StageFinished, StageStarted, Warned
from homeport.model.app import App, Release, Run
from homeport.model.stack import Build, Stack
from homeport.source.checkout import checkout
from homeport.source.history import Change, last_change, subject


@dataclass(slots=True, kw_only=True)
class Journey:
    """One run on its way, and how long each stage took."""

    run: Run
    app: App
    shop: Workshop
    seconds: dict[str, float] = field(default_factory=dict)
    cached: dict[str, str] = field(default_factory=dict)  # service -> "5 of 6 steps cached"

    def say(self, line: str) -> None:
        """Write a line of output to the run's log."""
        self.shop.memory.output(self.run.number, f"       {line}")

    @contextlib.asynccontextmanager
    async def stage(self, name: str, detail: str = "") -> AsyncIterator[None]:
        """Record a stage and how long it takes."""
        began = time.monotonic()
        app, run, record = self.app.name, self.run.number, self.shop.memory.record
        record(StageStarted(app=app, run=run, stage=name, detail=detail))
        yield
        seconds = self.seconds[name] = time.monotonic() - began
        record(StageFinished(app=app, run=run, stage=name, seconds=seconds))


async def make_release(journey: Journey) -> Release:
    """From a commit to a release: everything before the rollout.

    Raises:
        FileFault: a file of the repository says something that cannot be.
        HomeportError: a step failed; nothing that is live was touched.
    """
    run, app, shop = journey.run, journey.app, journey.shop
    worktree = shop.worktree(app.name)
    async with journey.stage("check out", run.commit[:12]):
        for warning in await checkout(shop.repository(app.name), worktree, run.commit):
            _warn(journey, warning)
    async with journey.stage("read"):
        blueprint = await _read(journey, worktree)
    async with journey.stage("build"):
        references = await _build_all(journey, blueprint)
    ids = {name: (await shop.docker.image(ref)).id for name, ref in references.items()}
    blueprint = await _with_port(shop, blueprint, references)
    release = shop.memory.add_release(
        Release(
            app=app.name,
            number=0,
            commit=run.commit,
            images=ids,
            config=to_json(blueprint, references),
            run=run.number,
            created_at=time.time(),
            message=await subject(shop.repository(app.name), run.commit),
        )
    )
    shop.memory.record(
        ReleaseMade(app=app.name, run=run.number, number=release.number, commit=run.commit)
    )
    return release


async def _read(journey: Journey, worktree: Path) -> Blueprint:
    shop, app = journey.shop, journey.app
    blueprint = Blueprint(
        app=app.name,
        directory=str(worktree),
        host=app.host or f"{app.name}.{shop.domain}",
        deadline=shop.deadline,
        drain=shop.drain,
    )
    files = compose.default_files(worktree)
    if not files:
        return _dockerfile_only(blueprint, worktree)
    found = await compose.read(
        files,
        project=app.name,
        directory=worktree,
        environ={"HOMEPORT_APP": app.name, "HOMEPORT_DOMAIN": shop.domain},
        cache=shop.cache,
    )
    for warning in found.warnings:
        _warn(journey, warning)
    read = replace(
        blueprint,
        model=dict(found.model),
        hashes=dict(found.hashes),
        files=tuple(str(f) for f in files),
    )
    _check(read.stack({}, {}))  # before anything is built
    return read


def _check(stack: Stack) -> None:
    """Refuse an app that would go live where nobody finds it."""
    for name, service in stack.services.items():
        if service.unroutable:
            file, field = Path(stack.config_files[0]).name, f"services.{name}.environment"
            raise FileFault(service.unroutable, file=file, field=field)


def _dockerfile_only(blueprint: Blueprint, worktree: Path) -> Blueprint:
    if not (worktree / "Dockerfile").is_file():
        raise FileFault(
            "there is neither a Dockerfile nor a compose file at the top of this commit",
            file="Dockerfile",
            hint="add a Dockerfile; homeport builds it, and runs one service from it",
        )
    return blueprint


async def _build_all(journey: Journey, blueprint: Blueprint) -> dict[str, str]:
    """Build what is built; service -> the reference that carries this commit."""
    references = {}
    names = blueprint.image_names()
    for service, how in blueprint.builds().items():
        async with journey.shop.building:
            references[service] = await _build_one(journey, service, how, names.get(service, ""))
    return references


async def _build_one(journey: Journey, service: str, how: Build, named: str) -> str:
    run, app, shop = journey.run, journey.app, journey.shop
    name = f"{app.name}-{service}"
    # Each release has a name of its own for its image: the same commit may be built again.
    reference = f"{name}:{run.commit[:12]}-{run.number}"
    wanted = Wanted(
        service=service,
        build=how,
        # Compose looks for the name that the file gives, or for its own.
        tags=(reference, f"{name}:{run.commit[:12]}", named or f"{name}:latest"),
        labels=await _labels(journey, how),
        args=_arguments(how, run.commit),
    )
    built = await build(
        wanted, record_dir=shop.build_records(app.name) / str(run.number), say=journey.say
    )
    journey.cached[service] = f"{built.cached} of {built.steps} steps cached"
    shop.memory.record(
        ImageBuilt(
            app=app.name,
            run=run.number,
            service=service,
            image=reference,
            image_id=built.image_id,
            seconds=round(built.seconds, 3),
            steps=built.steps,
            cached=built.cached,
        )
    )
    return reference


async def _labels(journey: Journey, how: Build) -> Mapping[str, str]:
    """Labels name the commit that last changed what is built: else nothing would stay as it is."""
    repository = journey.shop.repository(journey.app.name)
    worktree = journey.shop.worktree(journey.app.name)
    inside = Path(how.context).is_relative_to(worktree)
    path = str(Path(how.context).relative_to(worktree)) if inside else "."
    change: Change = await last_change(repository, journey.run.commit, path)
    return image_labels(
        app=journey.app.name, commit=change.commit, created=change.date, ref=journey.run.ref
    )


def _arguments(how: Build, commit: str) -> dict[str, str]:
    """SOURCE_COMMIT, as Docker Hub's builds have it, where the Dockerfile asks for it."""
    local = Path(how.context).is_dir()
    text = how.dockerfile_inline or (read_dockerfile(how.context, how.dockerfile) if local else "")
    return {"SOURCE_COMMIT": commit} if text and declares(text, "SOURCE_COMMIT") else {}


async def _with_port(
    shop: Workshop, blueprint: Blueprint, references: Mapping[str, str]
) -> Blueprint:
    """A Dockerfile alone is routed at the port that its image exposes."""
    if blueprint.model:
        return blueprint
    try:
        image = await shop.docker.image(references[SINGLE])
    except NotFound:
        return blueprint
    ports = sorted(int(p.split("/")[0]) for p in image.exposed if p.endswith("/tcp"))
    return replace(blueprint, port=ports[0] if ports else 0)


def _warn(journey: Journey, text: str) -> None:
    shop = journey.shop
    shop.memory.record(Warned(app=journey.app.name, run=journey.run.number, text=text))

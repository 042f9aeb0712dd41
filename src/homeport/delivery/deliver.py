"""The story of a push: check out, read, build, release, roll out."""

from __future__ import annotations

import contextlib
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace

from homeport.build.apply import Built
from homeport.build.platforms import beside, for_platform
from homeport.delivery.blueprint import SINGLE, Blueprint, to_json
from homeport.delivery.hooks import Hooks, hooks_of
from homeport.delivery.images import Recipe, local_name, make_image
from homeport.delivery.jobfile import read_pipeline
from homeport.delivery.jobs import Job
from homeport.delivery.pipeline import run_pipeline
from homeport.delivery.reading import read
from homeport.delivery.tests import run_tests, tests_of
from homeport.delivery.watched import pins
from homeport.delivery.workshop import Workshop
from homeport.errors import NotFound
from homeport.events import ImageBuilt, ReleaseMade, StageFinished, StageStarted, Warned
from homeport.model.app import App, Release, Run
from homeport.model.stack import Build
from homeport.pipeline.gate.scope import split_tag
from homeport.source.history import subject
from homeport.source.submodules import checkout_whole


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
    await _check_out(journey)
    blueprint = await _read(journey)
    await _run_jobs(journey)
    references = await _build_and_test(journey, blueprint)
    return await _released(journey, blueprint, references)


async def _check_out(journey: Journey) -> None:
    run, app, shop = journey.run, journey.app, journey.shop
    repository, worktree = shop.repository(app.name), shop.worktree(app.name)
    async with journey.stage("check out", run.commit[:12]):
        for warning in await checkout_whole(repository, worktree, run.commit, app.remote):
            _warn(journey, warning)


async def _read(journey: Journey) -> Blueprint:
    app, shop = journey.app, journey.shop
    async with journey.stage("read"):
        worktree = shop.worktree(app.name)
        return await read(shop, app, worktree, warn=lambda text: _warn(journey, text))


async def _run_jobs(journey: Journey) -> None:
    """Run the jobs of the commit's `.travis.yml`, where it has one."""
    run, app, shop = journey.run, journey.app, journey.shop
    if pipeline := await read_pipeline(shop, app, run, shop.worktree(app.name), journey.say):
        async with journey.stage("jobs", str(sum(map(pipeline.runs, pipeline.config.jobs)))):
            await run_pipeline(pipeline)


async def _build_and_test(journey: Journey, blueprint: Blueprint) -> dict[str, str]:
    """Build what is built, and let its tests pass: service -> the reference of its image."""
    run, app, shop = journey.run, journey.app, journey.shop
    async with contextlib.AsyncExitStack() as sessions:
        async with journey.stage("build"):
            hooks, references = await _build_all(journey, blueprint, sessions)
        if tests_of(blueprint) or any(h.tests for h in hooks):
            async with journey.stage("test"):
                await run_tests(shop, app, run, blueprint, journey.say, hooks)
    return references


async def _released(
    journey: Journey, blueprint: Blueprint, references: Mapping[str, str]
) -> Release:
    """Keep what goes live as a release: it can be gone back to."""
    run, app, shop = journey.run, journey.app, journey.shop
    blueprint = await _with_port(shop, blueprint, references)
    release = shop.memory.add_release(
        Release(
            app=app.name,
            number=0,
            commit=run.commit,
            images={name: (await shop.docker.image(ref)).id for name, ref in references.items()},
            config=to_json(blueprint, {**references, **await pins(shop, blueprint)}),
            run=run.number,
            created_at=time.time(),
            message=await subject(shop.repository(app.name), run.commit),
        )
    )
    made = ReleaseMade(app=app.name, run=run.number, number=release.number, commit=run.commit)
    shop.memory.record(made)
    return release


async def _build_all(
    journey: Journey, blueprint: Blueprint, sessions: contextlib.AsyncExitStack
) -> tuple[list[Hooks], dict[str, str]]:
    """Build what is built: the hooks, and service -> the reference that carries this commit."""
    references, found = {}, []
    names = blueprint.image_names()
    for service, how in blueprint.builds().items():
        if journey.shop.building.locked():
            journey.say(f"{service} waits for builds that are under way (the setting builds)")
        async with journey.shop.building:
            hooks = await sessions.enter_async_context(_hooks(journey, blueprint, service, how))
            found.append(hooks)
            await hooks.run("post_checkout", "pre_build")
            reference = await _build_one(journey, service, how, names.get(service, ""), hooks)
            await hooks.offer(reference)
            await hooks.run("post_build")
            references[service] = reference
    return found, references


def _hooks(
    journey: Journey, blueprint: Blueprint, service: str, how: Build
) -> contextlib.AbstractAsyncContextManager[Hooks]:
    """Those beside the Dockerfile of a service."""
    shop, app, run = journey.shop, journey.app, journey.run
    return hooks_of(
        Job(shop=shop, app=app, run=run, say=journey.say),
        how,
        tree=shop.worktree(app.name),
        repository=app.name if len(blueprint.builds()) == 1 else f"{app.name}/{service}",
        tag="latest",
    )


async def _build_one(journey: Journey, service: str, how: Build, named: str, hooks: Hooks) -> str:
    """The image of this box; those of other platforms are built when this one is live."""
    run, app, shop = journey.run, journey.app, journey.shop
    reference = local_name(app, service, run)
    commit_alone = reference.rpartition("-")[0]
    # Compose looks for the name that the file gives, or for its own.
    tags = (reference, commit_alone, named or f"{app.name}-{service}:latest")
    if await hooks.run("build"):
        for tag in tags:
            await shop.docker.tag(await hooks.built(), *split_tag(tag))
        journey.cached[service] = "built by hooks/build"
        return reference
    how = for_platform(how, await shop.native(), beside(how))
    recipe = Recipe(service=service, build=how, tags=tags)
    built = await make_image(shop, app, run, recipe, shop.worktree(app.name), journey.say)
    _tell(journey, service, reference, built)
    return reference


def _tell(journey: Journey, service: str, reference: str, built: Built) -> None:
    cached = f"{built.cached} of {built.steps} steps cached"
    journey.cached[service] = "nothing had changed" if built.reused else cached
    journey.shop.memory.record(
        ImageBuilt(
            app=journey.app.name,
            run=journey.run.number,
            service=service,
            image=reference,
            image_id=built.image_id,
            seconds=round(built.seconds, 3),
            steps=built.steps,
            cached=built.cached,
        )
    )


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

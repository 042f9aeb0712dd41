"""Images of jobs that go to another registry as well, since their app may push there."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable

from homeport.delivery.jobs import Pushed
from homeport.delivery.workshop import Workshop
from homeport.engine.logins import registry_of
from homeport.errors import HomeportError, NotFound
from homeport.events import Warned
from homeport.model.app import App, Run
from homeport.pipeline.gate.scope import split_tag


async def push_outside(shop: Workshop, app: App, run: Run, pushed: Iterable[Pushed]) -> None:
    """Push what jobs staged to the registries that they named, where the app may push there.

    One that does not take it is told of, and holds nothing up: what was published here stays.
    """
    for one in pushed:
        if one.outside:
            await _push(shop, app, run, one)


async def _push(shop: Workshop, app: App, run: Run, pushed: Pushed) -> None:
    try:
        async with _named(shop, pushed):
            login = shop.memory.outside_login(app.name, registry_of(pushed.outside))
            async for line in shop.docker.push(pushed.outside, login=login):
                shop.memory.output(run.number, f"       {line}")
    except HomeportError as error:
        text = f"{pushed.outside} was not pushed: {error.message}"
        shop.memory.record(Warned(app=app.name, run=run.number, text=text))
        return
    shop.memory.output(run.number, f"       pushed to {pushed.outside}")


@contextlib.asynccontextmanager
async def _named(shop: Workshop, pushed: Pushed) -> AsyncIterator[None]:
    """The Engine pushes by name: the staged image has it while the context is open.

    The job and its images are gone by now; an image of the box that has the name gets it back.
    """
    registry, docker = shop.registry, shop.docker
    assert registry
    staged = registry.reference(pushed.repository, pushed.staged)
    async for _ in docker.pull(staged, token=registry.own_pass(pushed.repository)):
        pass
    before = ""
    with contextlib.suppress(NotFound):
        before = (await docker.image(pushed.outside)).id
    await docker.tag(staged, *split_tag(pushed.outside))
    try:
        yield
    finally:
        if before:
            await docker.tag(before, *split_tag(pushed.outside))
        else:
            await docker.remove_image(pushed.outside)
        await docker.remove_image(staged)

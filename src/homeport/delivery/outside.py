"""Images of jobs that go to another registry as well, since their app may push there."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from functools import partial

from homeport.delivery.jobs import Pushed
from homeport.delivery.workshop import Workshop
from homeport.engine import process
from homeport.engine.logins import HUB, registry_of
from homeport.engine.scratch import scratch_in
from homeport.errors import HomeportError, NotFound
from homeport.events import Warned
from homeport.model.app import App, Run
from homeport.pipeline.gate.scope import split_tag

_SECONDS = 300.0


async def push_outside(shop: Workshop, app: App, run: Run, pushed: Iterable[Pushed]) -> None:
    """Push what jobs staged to the registries that they named, where the app may push there.

    One that does not take it is told of, and holds nothing up: what was published here stays.
    """
    for one in pushed:
        if one.outside:
            await _push(shop, app, run, one)


async def _push(shop: Workshop, app: App, run: Run, pushed: Pushed) -> None:
    login = shop.memory.outside_login(app.name, registry_of(pushed.outside))
    try:
        if pushed.parts and login:
            await _index(shop, pushed, login)
        else:
            async with _named(shop, pushed):
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


async def _index(shop: Workshop, pushed: Pushed, login: tuple[str, str]) -> None:
    """Let the client make the index there, of images that were pushed there before.

    Raises:
        HomeportError: it could not.
    """
    registry, (user, password) = registry_of(pushed.outside), login
    insecure = ("--insecure",) if registry.startswith(("127.", "localhost")) else ()
    with scratch_in(shop.scratch, "index") as folder:
        docker = partial(_docker, {"DOCKER_CONFIG": str(folder)})
        server = () if registry == HUB else (registry,)
        await docker("login", "--username", user, "--password-stdin", *server, stdin=password)
        names = [part.name for part in pushed.parts]
        await docker("manifest", "create", *insecure, pushed.outside, *names)
        for part in pushed.parts:
            said = [word for key, value in part.said.items() for word in (f"--{key}", value)]
            await docker("manifest", "annotate", *said, pushed.outside, part.name)
        await docker("manifest", "push", *insecure, pushed.outside)


async def _docker(env: Mapping[str, str], *arguments: str, stdin: str = "") -> None:
    argv = ["docker", *arguments]
    done = await process.run(argv, stdin=stdin.encode(), seconds=_SECONDS, env=env)
    if done.status:
        raise HomeportError(f"docker {' '.join(arguments[:2])}: {done.complaint}")

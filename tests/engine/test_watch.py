"""The view that every loop looks at, against the real Engine."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator

import pytest

from homeport.engine.docker import Docker
from homeport.engine.watch import Watch
from homeport.model.container import Container
from tests.eventually import eventually


@pytest.fixture
async def watch(docker: Docker) -> AsyncIterator[Watch]:
    """A view that is kept."""
    made = Watch(docker, lambda _event: None)
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def started(docker: Docker, project: str, name: str, signal: str) -> str:
    """A container that ignores every signal but KILL; its id."""
    body = {
        "Image": "busybox:stable",
        "Cmd": ["sleep", "60"],
        "StopSignal": signal,
        "Labels": {"com.docker.compose.project": project},
    }
    await docker.create_container(f"{project}-{name}", body)
    await docker.start(f"{project}-{name}")
    return (await docker.container(f"{project}-{name}")).id


async def test_its_own_stop_signal_tells_that_a_container_is_on_its_way_out(
    docker: Docker, project: str, watch: Watch
) -> None:
    """httpd's is WINCH; and QUIT only makes Java print what its threads do."""
    java = await started(docker, project, "java", "SIGTERM")
    httpd = await started(docker, project, "httpd", "SIGWINCH")

    async def seen() -> bool:
        return {java, httpd} <= watch.view.keys()

    async def told() -> bool:
        return watch.view[httpd].stop_requested

    await eventually(seen)
    await docker.kill(java, "QUIT")
    await docker.kill(httpd, "WINCH")
    await eventually(told)
    found = {i: (watch.view[i].state, watch.view[i].stop_requested) for i in (java, httpd)}
    assert {java: ("running", False), httpd: ("running", True)} == found


async def test_a_stop_that_was_asked_for_holds_until_it_is_started_again(
    docker: Docker, project: str, watch: Watch
) -> None:
    """What else happens to it meanwhile does not make it one that serves."""
    name = f"{project}-web"
    web = await started(docker, project, "web", "SIGTERM")

    def stop_requested(wanted: bool) -> bool:
        found = watch.view.get(web)
        return found is not None and found.running and found.stop_requested is wanted

    async def told() -> bool:
        return stop_requested(True)

    async def again() -> bool:
        return stop_requested(False)

    await eventually(again)
    await docker.kill(web, "TERM")
    await eventually(told)
    await docker.rename(name, f"{name}-2")
    await eventually(lambda: renamed(watch, web, f"{name}-2"))
    assert stop_requested(True)
    await docker.stop(web, grace=0)
    await docker.start(web)
    await eventually(again)


async def test_a_container_that_starts_while_everything_is_listed_stays_seen(
    docker: Docker, project: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The list does not have it yet, and comes after its event: for a minute it was not routed."""
    monkeypatch.setattr("homeport.engine.watch._RELIST", 0.2)
    made, listed, go_on = Watch(docker, lambda _event: None), asyncio.Event(), asyncio.Event()
    at_once = docker.containers

    async def late() -> list[Container]:
        found = await at_once()
        if made.complete:
            listed.set()
            await go_on.wait()
        return found

    monkeypatch.setattr(docker, "containers", late)
    task = asyncio.create_task(made.run())
    await listed.wait()
    left = await started(docker, project, "left", "SIGTERM")
    gone = await started(docker, project, "gone", "SIGTERM")

    async def seen() -> bool:
        return {left, gone} <= made.view.keys()

    await eventually(seen)
    await docker.remove_container(f"{project}-gone", force=True)

    async def unseen() -> bool:
        return gone not in made.view

    await eventually(unseen)
    listed.clear()
    go_on.set()
    await listed.wait()  # the next one: that one is over
    assert {left} == {left, gone} & made.view.keys()
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


async def renamed(watch: Watch, container: str, name: str) -> bool:
    """Whether the view has its new name."""
    return watch.view[container].name == name

"""Actions on an Engine in memory that refuses as the real one does at times."""

from __future__ import annotations

import pytest

from homeport.errors import HomeportError, NotFound
from homeport.model.plan import RenameContainer
from homeport.stack import apply
from homeport.stack.apply import Hands
from tests.fake_engine import FakeDocker

RENAME = RenameContainer(target="web.staged", to="web")


async def an_engine(refusals: int) -> FakeDocker:
    """One that says of a container that is there, so many times, that it is not."""
    left = [None] * refusals

    def fault(operation: str, _target: str) -> None:
        if operation == "rename" and left:
            left.pop()
            raise NotFound("No such container: web.staged")

    docker = FakeDocker(fault=fault, every_image=True)
    await docker.create_container("web.staged", {"Image": "i", "HostConfig": {}})
    return docker


async def test_a_container_that_is_started_again_is_renamed_a_moment_later() -> None:
    docker = await an_engine(refusals=2)
    await Hands(docker, say=print).perform(RENAME)
    assert ["web"] == [container.name for container in await docker.containers()]


async def test_one_that_was_renamed_already_is_left_alone() -> None:
    docker = await an_engine(refusals=0)
    await docker.rename("web.staged", "web")
    await Hands(docker, say=print).perform(RENAME)
    assert ["web"] == [container.name for container in await docker.containers()]


async def test_one_that_the_engine_never_renames_is_told_of(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(apply, "_RENAMES", 2)
    docker = await an_engine(refusals=9)
    with pytest.raises(HomeportError, match="does not rename"):
        await Hands(docker, say=print).perform(RENAME)

"""Releases that are kept no longer: real rows in a real store, an Engine in memory."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import cast

import pytest

from homeport.daemon.memory import StoreMemory
from homeport.delivery.retire import forget_old_releases
from homeport.delivery.workshop import Workshop
from homeport.events import (
    DeploymentStarted,
    ReleaseMade,
    RunFinished,
    RunQueued,
    RunStarted,
    WentLive,
)
from homeport.model.app import Release, RunState
from homeport.model.image import BuildState, ImageBuild
from homeport.store.ledger import Store
from tests.fake_engine import FakeDocker


class Engine(FakeDocker):
    """Tells which names were taken away."""

    gone: set[str]

    async def remove_image(self, reference: str, *, prune: bool = True) -> None:
        self.gone.add(reference)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    store = Store(tmp_path)
    store.apps.create("blog")
    yield store
    store.close()


def shop_of(store: Store, engine: Engine) -> Workshop:
    """As much of a workshop as is asked for."""
    made = SimpleNamespace(docker=engine, memory=StoreMemory(store), keep_releases=10)
    return cast(Workshop, made)


def begun(store: Store, release: int = 0) -> int:
    """A run that is under way; to a release that is kept, or to one of its own."""
    queued = RunQueued(app="blog", kind="push", ref="refs/heads/main", commit="c", release=release)
    number = store.queue(queued)
    store.record(RunStarted(app="blog", run=number))
    return number


def released(store: Store, run: int) -> int:
    """A release that a run made."""
    config = json.dumps({"images": {"web": f"blog-web:c{run}-{run}"}})
    number = store.releases.next_number("blog")
    store.releases.add(
        Release(app="blog", number=number, commit=f"c{run}", images={}, config=config, run=run)
    )
    store.record(ReleaseMade(app="blog", run=run, number=number, commit=f"c{run}"))
    return number


def live(store: Store) -> int:
    """A run that went live; its number."""
    run = begun(store)
    number = released(store, run)
    store.record(DeploymentStarted(app="blog", run=run, release=number, direction="forward"))
    store.record(WentLive(app="blog", run=run, release=number, urls=(), seconds=1))
    store.record(RunFinished(app="blog", run=run, state=RunState.LIVE))
    return run


async def left(store: Store) -> tuple[set[int], set[str]]:
    """The releases that stay where nobody has room for any, and the names that went."""
    engine = Engine()
    engine.gone = set()
    await forget_old_releases(shop_of(store, engine), "blog", keep=0)
    return {release.number for release in store.releases.of_app("blog")}, engine.gone


async def test_what_is_live_and_the_one_before_stay(store: Store) -> None:
    for _ in range(3):
        live(store)
    assert ({2, 3}, {"blog-web:c1-1", "blog-web:c1"}) == await left(store)


async def test_the_number_of_one_that_was_forgotten_is_not_used_again(store: Store) -> None:
    """A run still names it."""
    live(store)
    failed = begun(store)
    assert 2 == released(store, failed)
    store.record(RunFinished(app="blog", run=failed, state=RunState.FAILED))
    assert ({1}, {"blog-web:c2-2", "blog-web:c2"}) == await left(store)
    assert 3 == store.releases.next_number("blog")


async def test_what_a_run_goes_to_stays(store: Store) -> None:
    """The disk is looked at whenever something was published: in the middle of a rollout, too."""
    released(store, begun(store))
    assert ({1}, set()) == await left(store)


async def test_what_a_run_goes_back_to_stays(store: Store) -> None:
    for _ in range(3):
        live(store)
    begun(store, release=1)
    assert ({1, 2, 3}, set()) == await left(store)


async def test_what_is_being_published_stays(store: Store) -> None:
    runs = [live(store) for _ in range(4)]
    build = ImageBuild(
        id=0, app="blog", repository="blog", run=runs[0], ref="refs/heads/main", commit="c1",
        state=BuildState.BUILDING,
    )  # fmt: skip
    store.builds.add(build)
    assert ({1, 3, 4}, {"blog-web:c2-2", "blog-web:c2"}) == await left(store)

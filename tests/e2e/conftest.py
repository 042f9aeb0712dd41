"""One homeport for most tests; one of its own for those that break it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import App, House


@pytest.fixture(scope="session")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A homeport that runs, shared."""
    yield from started(House(tmp_path_factory.mktemp("house")))


@pytest.fixture
def own_house(tmp_path: Path) -> Iterator[House]:
    """A homeport that runs, and that a test may break."""
    yield from started(House(tmp_path))


@pytest.fixture
def app(house: House) -> Iterator[App]:
    """An app of the shared homeport, taken away at the end."""
    made = house.app()
    yield made
    house.homeport("app", "rm", made.name, "--yes", "--volumes")


def started(made: House) -> Iterator[House]:
    """Start it, and take everything of it away at the end."""
    try:
        made.start()
        yield made
    finally:
        made.stop()

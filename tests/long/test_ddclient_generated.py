"""More generated configurations and sequences of answers, as tests/engine has some."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.ddclient_generated import disagreements, generate
from tests.engine.ddclient_lab import DDCLIENT, Server


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not DDCLIENT.exists():
        pytest.skip("ddclient is not installed")
    with Server(tmp_path_factory.mktemp("server")).running() as server:
        yield server


@pytest.mark.parametrize("seed", range(60, 320))
def test_requests_caches_and_decisions_are_ddclients(
    server: Server, tmp_path: Path, seed: int
) -> None:
    case = generate(seed, server)
    found = list(disagreements(case, server, tmp_path))
    assert not found, "\n".join([case.config, *found])

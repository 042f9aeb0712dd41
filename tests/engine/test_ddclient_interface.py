"""An interface of a network namespace gets another address: the update is out at once."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.engine.ddclient_namespace import Namespace, answering, change_and_wait, keeping

WITHIN = 0.1  # seconds; script/bench ddns measures it


@pytest.fixture
def namespace() -> Iterator[Namespace]:
    if os.geteuid():
        pytest.skip("namespaces are made by root")
    namespace = Namespace()
    try:
        namespace.start()
        yield namespace
    finally:
        namespace.stop()


def test_the_update_is_out_a_moment_after_the_change(namespace: Namespace, tmp_path: Path) -> None:
    with answering(namespace) as provider, keeping(namespace, tmp_path):
        assert provider.stdout
        assert "myip=8.8.4.1" in provider.stdout.readline()
        took = [change_and_wait(namespace, provider, f"8.8.5.{n}") for n in range(1, 6)]
    assert sorted(took)[2] < WITHIN, took

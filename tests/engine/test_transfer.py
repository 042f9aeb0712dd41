"""An image goes from one Engine to another: both are this machine's, asked in two ways."""

from __future__ import annotations

import platform
import uuid
from pathlib import Path

import pytest

from homeport.engine.remote import Remote
from homeport.engine.transfer import fetch_image
from homeport.errors import HomeportError, Unavailable
from tests.e2e.house import docker


def remote(host: str, folder: Path) -> Remote:
    return Remote(name="pi", host=host, folder=folder)


HERE = "unix:///var/run/docker.sock"


async def test_an_engine_says_what_it_is(tmp_path: Path) -> None:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    assert machine == await remote(HERE, tmp_path).architecture()


async def test_an_engine_that_is_not_there_is_named(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="pi at unix:///none does not answer: no Docker Engine"):
        await remote("unix:///none", tmp_path).architecture()


async def test_an_image_is_fetched_and_one_that_is_not_there_is_named(tmp_path: Path) -> None:
    """The name goes where it came from: here that is the same Engine."""
    name = f"homeport-fetched-{uuid.uuid4().hex[:8]}:1"
    docker("tag", "busybox:stable", name)
    await fetch_image(remote(HERE, tmp_path), name)
    assert "" == docker("images", "-q", name)
    with pytest.raises(HomeportError, match="homeport-none:1 could not be brought from pi"):
        await fetch_image(remote(HERE, tmp_path), "homeport-none:1")

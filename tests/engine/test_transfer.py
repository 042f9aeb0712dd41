"""An image goes from one Engine to another: both are this machine's, asked in two ways."""

from __future__ import annotations

import platform

import pytest

from homeport.engine.transfer import architecture_of, fetch_image
from homeport.errors import HomeportError

HERE = "unix:///var/run/docker.sock"


async def test_an_engine_says_what_it_is() -> None:
    machine = {"x86_64": "amd64", "aarch64": "arm64"}[platform.machine()]
    assert machine == await architecture_of(HERE)


async def test_an_engine_that_is_not_there_is_named() -> None:
    with pytest.raises(HomeportError, match="the Engine at unix:///none does not answer"):
        await architecture_of("unix:///none")


async def test_an_image_is_fetched_and_one_that_is_not_there_is_named() -> None:
    await fetch_image(HERE, "busybox:stable")
    with pytest.raises(HomeportError, match="homeport-none:1 could not be brought from unix://"):
        await fetch_image(HERE, "homeport-none:1")

"""What the commands beside a running proxy are told, over its socket."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from homeport.errors import NotFound, Unavailable
from homeport.proxy.dropin.state import ask, is_here, told


async def answer(words: list[str]) -> Any:
    if words == ["explain", "nowhere"]:
        raise NotFound("it is not there", hint="look elsewhere")
    return {"asked": words}


async def test_a_question_is_answered_for_this_user_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.sock"
    async with told(path, answer):
        found = await asyncio.to_thread(ask, "explain", "a.example", path=path)
        mode = path.stat().st_mode & 0o777
    assert ({"asked": ["explain", "a.example"]}, 0o600) == (found, mode)


async def test_what_it_cannot_tell_is_an_error_with_its_hint(tmp_path: Path) -> None:
    path = tmp_path / "state.sock"
    async with told(path, answer):
        with pytest.raises(Unavailable, match="it is not there") as caught:
            await asyncio.to_thread(ask, "explain", "nowhere", path=path)
    assert "look elsewhere" == caught.value.hint


def test_where_none_runs_that_is_told(tmp_path: Path) -> None:
    path = tmp_path / "state.sock"
    assert not is_here(path)
    with pytest.raises(Unavailable, match="does not answer here"):
        ask("routes", path=path)

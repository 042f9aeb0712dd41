"""What a job is told: the Engine's answers by the names that it gave, and homeport's own."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable
from typing import Any

from homeport.errors import EngineDown, HomeportError
from homeport.pipeline.gate.images import without_others
from homeport.pipeline.gate.published import in_detail, in_list
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.verdict import Forward, Reply


def told_anew(verdict: Forward, scope: Scope) -> Callable[[Any], Any] | None:
    """What is made of an answer that has to be read whole; None for others."""
    match verdict.reply:
        case Reply.IMAGES:
            return lambda found: without_others(found, scope)
        case Reply.CONTAINERS:
            return in_list
        case Reply.CONTAINER:
            return in_detail
        case _:
            return _warned(verdict.warning) if verdict.warning else None


def _warned(warning: str) -> Callable[[Any], Any]:
    return lambda found: found | {"Warnings": [*(found.get("Warnings") or []), warning]}


async def plain(parts: AsyncIterator[bytes], prefix: bytes) -> AsyncIterator[bytes]:
    """Bytes without a prefix, wherever they are cut: what may be its beginning waits for more."""
    rest = b""
    async for part in parts:
        text = (rest + part).replace(prefix, b"")
        keep = _overlap(text, prefix)
        rest = text[len(text) - keep :]
        if text := text[: len(text) - keep]:
            yield text
    if rest:
        yield rest


def _overlap(text: bytes, prefix: bytes) -> int:
    """How many bytes at the end may be the beginning of the prefix."""
    longest = min(len(text), len(prefix) - 1)
    return next((n for n in range(longest, 0, -1) if prefix.startswith(text[-n:])), 0)


async def progress(lines: AsyncIterator[str]) -> AsyncIterator[bytes]:
    """Lines as `docker push` gets them; a failure is the last."""
    try:
        async for line in lines:
            yield _line({"status": line})
    except HomeportError as error:
        text = sentence(error)
        yield _line({"errorDetail": {"message": text}, "error": text})


def _line(found: dict[str, Any]) -> bytes:
    return json.dumps(found).encode() + b"\r\n"


def sentence(error: HomeportError) -> str:
    """An error in one line, as a client shows it."""
    if isinstance(error, EngineDown):
        return error.message
    return f"{error.message} ({error.hint})" if error.hint else error.message

"""A push, from git's proc-receive hook: lines while it happens, then a verdict for each ref.

The daemon owns the run: a hook that goes away changes nothing.
"""

from __future__ import annotations

import asyncio
import codecs
import json
import time
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from homeport.delivery.arrivals import queue_update
from homeport.errors import HomeportError
from homeport.model.app import DEPLOY_BRANCHES, App, RunState
from homeport.source import refs
from homeport.web import shapes
from homeport.web.context import Context, context_of, only_local

_PUBLISHED_WITHIN = 5.0  # seconds for which a push waits for its images, once it is live


async def pushes(request: Request) -> StreamingResponse:
    """POST /api/pushes: newline-delimited JSON."""
    only_local(request)
    context = context_of(request)
    pushed = await shapes.read(request, shapes.Pushed)
    app = context.store.apps.get(pushed.app)
    # Queued before the answer begins: from here on it does not depend on who listens.
    runs = [await _queue(context, app, update, pushed.by) for update in pushed.updates]
    lines = _tell(context, app, list(zip(pushed.updates, runs, strict=True)), pushed.options)
    return StreamingResponse(lines, media_type="application/x-ndjson")


async def _queue(context: Context, app: App, update: shapes.Update, by: str) -> int:
    """The number of the run that a ref's update asks for; 0 where it asks for none."""
    repository = context.repositories / f"{app.name}.git"
    builds = context.registry is not None
    return await queue_update(
        context.deliveries, repository, app, update.ref, update.new, by, builds=builds
    )


async def _tell(
    context: Context, app: App, updates: list[tuple[shapes.Update, int]], options: list[str]
) -> AsyncIterator[bytes]:
    for option in options:
        yield _line(f"warning: the push option {option[:60]!r} is not known, and has no effect")
    for update, run in updates:
        if not (run and app.deploys(update.ref)):
            async for line in _store(context, app, update):
                yield line
        if run:
            async for line in _follow(context, run):
                yield line
        if run and app.deploys(update.ref):
            yield _json({"ref": update.ref, **_verdict(context, run)})


async def _follow(context: Context, run: int) -> AsyncIterator[bytes]:
    """The log of a run, until it is over, and for a moment until its images are published."""
    store, rest = context.store, ""
    # A character may be cut where one piece of the log ends.
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    watch = _Patience(context, run)
    async for part in store.logs.follow(run, 0, watch.ended):
        *lines, rest = (rest + decoder.decode(part)).split("\n")
        for line in lines:
            yield _line(line)
    if rest:
        yield _line(rest)
    if watch.goes_on:
        yield _line(f"       its images are being published: homeport run logs {run}")


class _Patience:
    """How long a push waits for what comes after it is live: images are mostly there at once."""

    def __init__(self, context: Context, run: int) -> None:
        self._context, self._run, self._until = context, run, 0.0

    def ended(self) -> bool:
        """Whether there is nothing to wait for any more."""
        if not self._context.store.runs.get(self._run).state.final:
            return False
        if not self._until:
            self._until = time.monotonic() + _PUBLISHED_WITHIN
            announce = self._context.store.logs.announce
            asyncio.get_running_loop().call_later(_PUBLISHED_WITHIN, announce)
        return not self.goes_on or time.monotonic() >= self._until

    @property
    def goes_on(self) -> bool:
        """Whether images of the run are being published."""
        done = self._context.publishing(self._run)
        return bool(done and not done.is_set())


def _verdict(context: Context, number: int) -> dict[str, Any]:
    run = context.store.runs.get(number)
    if run.state in (RunState.LIVE, RunState.PASSED):
        return {"ok": True}
    reason = run.reason.splitlines()[0][:120] if run.reason else str(run.state)
    return {"refused": f"run {number} {run.state}: {reason}"}


async def _store(context: Context, app: App, update: shapes.Update) -> AsyncIterator[bytes]:
    """A branch that does not go live is kept, or taken away."""
    repository = context.repositories / f"{app.name}.git"
    live = app.branch or " or ".join(DEPLOY_BRANCHES)
    branch = update.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    if update.new == refs.NOBODY and app.deploys(update.ref):
        yield _line(f"error: {branch} is the branch that is live, and cannot be deleted")
        yield _line(f"hint: homeport app rm {app.name} takes the app away")
        yield _json({"ref": update.ref, "refused": "the deploy branch cannot be deleted"})
        return
    try:
        if update.new == refs.NOBODY:
            await refs.delete(repository, update.ref)
        else:
            await refs.move(repository, update.ref, update.new)
            yield _line(f"{branch} is stored; {live} is what goes live")
    except HomeportError as error:
        yield _json({"ref": update.ref, "refused": error.message})
        return
    yield _json({"ref": update.ref, "ok": True})


def _line(text: str) -> bytes:
    return _json({"line": text})


def _json(found: dict[str, Any]) -> bytes:
    return json.dumps(found).encode() + b"\n"


ROUTES = [Route("/api/pushes", pushes, methods=["POST"])]

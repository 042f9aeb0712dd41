"""A push, from git's proc-receive hook: lines while it happens, then a verdict for each ref.

The daemon owns the run: a hook that goes away changes nothing.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import AsyncIterator
from typing import Any

from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route

from homeport.errors import HomeportError
from homeport.model.app import DEPLOY_BRANCHES, App, RunState
from homeport.source import refs
from homeport.web import shapes
from homeport.web.context import Context, context_of, only_local


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
    if not app.deploys(update.ref) or update.new == refs.NOBODY:
        return 0
    number = context.deliveries.push(app, update.ref, update.new, by)
    await refs.keep(context.repositories / f"{app.name}.git", number, update.new)
    return number


async def _tell(
    context: Context, app: App, updates: list[tuple[shapes.Update, int]], options: list[str]
) -> AsyncIterator[bytes]:
    for option in options:
        yield _line(f"warning: the push option {option[:60]!r} is not known, and has no effect")
    for update, run in updates:
        if run:
            async for line in _follow(context, run):
                yield line
            yield _json({"ref": update.ref, **_verdict(context, run)})
        else:
            async for line in _store(context, app, update):
                yield line


async def _follow(context: Context, run: int) -> AsyncIterator[bytes]:
    """The log of a run, until it is over."""
    store, rest = context.store, ""
    # A character may be cut where one piece of the log ends.
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    parts = store.logs.follow(run, 0, lambda: store.runs.get(run).state.final)
    async for part in parts:
        *lines, rest = (rest + decoder.decode(part)).split("\n")
        for line in lines:
            yield _line(line)
    if rest:
        yield _line(rest)


def _verdict(context: Context, number: int) -> dict[str, Any]:
    run = context.store.runs.get(number)
    if run.state is RunState.LIVE:
        return {"ok": True}
    reason = run.reason.splitlines()[0][:120] if run.reason else str(run.state)
    return {"refused": f"run {number} {run.state}: {reason}"}


async def _store(context: Context, app: App, update: shapes.Update) -> AsyncIterator[bytes]:
    """A branch that does not go live is kept, or taken away."""
    repository = context.repositories / f"{app.name}.git"
    live = app.branch or " or ".join(DEPLOY_BRANCHES)
    branch = update.ref.removeprefix("refs/heads/")
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

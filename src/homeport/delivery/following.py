"""A remote is followed: what moved there becomes runs here, as if it had been pushed."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from homeport.delivery.arrivals import Runs, queue_update
from homeport.errors import HomeportError
from homeport.events import Record, RemoteMoved, Warned
from homeport.model.app import App
from homeport.model.pull import PullRequest
from homeport.source import fetch, refs
from homeport.source.names import BRANCHES
from homeport.source.poll import Move, Refs, moves
from homeport.source.remote import Login, read_login, read_remote


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What following is handed."""

    app: Callable[[str], App]
    token: Callable[[str], str]  # of an app's remote, "" for none
    repository: Callable[[str], Path]
    runs: Runs
    builds: bool  # whether there is a registry that images could be published to
    record: Record


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a look found: the refs that moved, and the runs that were queued for them."""

    refs: tuple[str, ...] = ()
    runs: tuple[int, ...] = ()


class Follower:
    """Looks at the remotes of apps, each at one time only once."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._locks: dict[str, asyncio.Lock] = {}

    async def look(self, name: str, by: str, *, fetches: bool) -> Seen:
        """Deal with what moved in an app's remote since the last look.

        It is safe at any time, and twice: a commit that a ref was seen at makes no second run.

        Args:
            name: the app.
            by: who asks, for the runs.
            fetches: fetch at once; else the remote is asked first whether anything moved.

        Raises:
            Unavailable: the remote does not answer, or not to us.
            NotFound: there is no such app.
        """
        async with self._locks.setdefault(name, asyncio.Lock()):
            app = self._parts.app(name)
            if not app.remote:
                return Seen()
            remote, login = read_remote(app.remote), self._login(name)
            repository = self._parts.repository(name)
            before = await fetch.seen(repository)
            if not fetches and before and await fetch.ask(remote, login) == before:
                return Seen()
            there = await fetch.fetch(repository, remote, login)
            return await self._deal(app, before, there, by)

    async def pull(self, name: str, ref: str, by: str, pull: PullRequest) -> int:
        """Fetch a pull request and queue its run; the number of that.

        Raises:
            Unavailable: the remote does not answer, or has no such pull request.
            NotFound: there is no such app.
        """
        async with self._locks.setdefault(name, asyncio.Lock()):
            app, repository = self._parts.app(name), self._parts.repository(name)
            remote = read_remote(app.remote)
            commit = await fetch.fetch_pull(repository, remote, self._login(name), ref)
            number = self._parts.runs.pull(app, ref, commit, by, pull)
            await refs.keep(repository, number, commit)
            return number

    def forget(self, name: str) -> None:
        """An app is gone."""
        self._locks.pop(name, None)

    def _login(self, name: str) -> Login | None:
        token = self._parts.token(name)
        return read_login(token) if token else None

    async def _deal(self, app: App, before: Refs, there: Refs, by: str) -> Seen:
        repository = self._parts.repository(app.name)
        live = await fetch.listed(repository, BRANCHES, below=BRANCHES)
        moved = moves(before, there, live=live, deploys=app.deploys)
        runs = [await self._take(app, move, by) for move in moved]
        named = tuple(move.ref for move in moved if move.runs)
        return Seen(refs=named, runs=tuple(run for run in runs if run))

    async def _take(self, app: App, move: Move, by: str) -> int:
        """One ref: its run is queued, it is stored, and then it counts as seen."""
        repository, number = self._parts.repository(app.name), 0
        if move.runs and move.after:
            number = await queue_update(
                self._parts.runs, repository, app, move.ref, move.after, by,
                builds=self._parts.builds,
            )  # fmt: skip
        if app.deploys(move.ref):
            self._warn_of_loss(app, move)
        else:
            await self._store(app, move)
        await fetch.settle(repository, move.ref, move.after)
        if move.runs:
            event = RemoteMoved(app=app.name, run=number, ref=move.ref, commit=move.after, by=by)
            self._parts.record(event)
        return number

    def _warn_of_loss(self, app: App, move: Move) -> None:
        if not move.after:
            text = f"{move.ref} is gone from the remote; what is live stays live"
            self._parts.record(Warned(app=app.name, text=text))

    async def _store(self, app: App, move: Move) -> None:
        """A branch or a tag that does not go live, so that it can be deployed by its name.

        One that cannot be, since the app has `main` and the remote `main/next`, stops no other.
        """
        repository = self._parts.repository(app.name)
        try:
            if move.after:
                await refs.move(repository, move.ref, move.after)
            else:
                await refs.delete(repository, move.ref)
        except HomeportError as error:
            self._parts.record(Warned(app=app.name, text=f"{move.ref}: {error.message}"))

"""Stacks without an app, moved by the daemon where one runs: one mover, one proxy, one journal."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

from homeport.daemon.unfinished import Movement, Unfinished
from homeport.delivery.apply import Mover, Where
from homeport.delivery.ledger import Ledger
from homeport.delivery.standalone import Wanted, shown, up
from homeport.errors import Conflict, HomeportError, NotFound
from homeport.events import ActionStarted, Event, Warned
from homeport.settings import Settings
from homeport.store.ledger import Store
from homeport.tell import tell

Message = dict[str, Any]


class Stacks:
    """What `homeport stack` asks of the daemon."""

    def __init__(
        self, settings: Settings, store: Store, mover_with: Callable[[Ledger], Mover]
    ) -> None:
        self._settings, self._store, self._mover_with = settings, store, mover_with
        self._moving: set[asyncio.Task[None]] = set()
        self._unfinished = Unfinished(settings.state / "stacks")

    async def plan(self, wanted: Wanted) -> Message:
        """What `up` would do."""
        self._check(wanted.project)
        mover = self._mover_with(_Told(self._store))
        return shown(await mover.plan(self._stack(wanted)))

    def up(self, wanted: Wanted) -> AsyncIterator[Message]:
        """Make it so; lines while it goes on, and at last how it ended."""
        self._check(wanted.project)
        self._stack(wanted)  # what cannot be is said before anything begins
        return self._move(Movement(project=wanted.project, wanted=wanted))

    def down(self, project: str, *, volumes: bool) -> AsyncIterator[Message]:
        """Take a project away."""
        self._check(project)
        return self._move(Movement(project=project, volumes=volumes))

    async def resume(self) -> None:
        """Go on with what a daemon that ended had begun."""
        left = list(self._unfinished.left())
        told = [_Told(self._store) for _ in left]
        pairs = zip(left, told, strict=True)
        await asyncio.gather(*(self._to_its_end(movement, to) for movement, to in pairs))
        for movement, to in zip(left, told, strict=True):
            if to.failure:
                text = f"stack {movement.project}, after a crash: {to.failure}"
                self._store.record(Warned(text=text))

    def _stack(self, wanted: Wanted) -> Any:
        return wanted.stack(deadline=self._settings.deadline, drain=self._settings.drain)

    def _check(self, project: str) -> None:
        """An app's project is moved by pushes.

        Raises:
            Conflict: there is an app of that name.
        """
        try:
            self._store.apps.get(project)
        except NotFound:
            return
        raise Conflict(
            f"project {project} is an app of this homeport",
            hint=f"push to it; or homeport app rm {project}; or another project: -p NAME",
        )

    async def _move(self, movement: Movement) -> AsyncIterator[Message]:
        """It goes on though nobody listens any more: half a movement is worse than either end."""
        told = _Told(self._store)
        task = asyncio.create_task(self._to_its_end(movement, told))
        self._moving.add(task)
        task.add_done_callback(self._moving.discard)
        while True:
            message = await told.messages.get()
            yield message
            if "line" not in message:
                return

    async def _to_its_end(self, movement: Movement, told: _Told) -> None:
        try:
            with self._unfinished.during(movement):
                await self._carry_out(movement, self._mover_with(told))
        except HomeportError as error:
            told.fail(error)
        else:
            told.messages.put_nowait({"done": True})

    async def _carry_out(self, movement: Movement, mover: Mover) -> None:
        if movement.wanted:
            await up(mover, self._stack(movement.wanted))
        else:
            await mover.down(Where(project=movement.project), volumes=movement.volumes)


class _Told:
    """A ledger that keeps the events, and hands their lines to whoever asked."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self.messages: asyncio.Queue[Message] = asyncio.Queue()
        self.failure = ""

    def fail(self, error: HomeportError) -> None:
        """It failed, and why."""
        self.failure = error.message
        shape = {"message": error.message, "hint": error.hint, "exit_status": error.exit_status}
        self.messages.put_nowait({"error": shape})

    def record(self, event: Event) -> None:
        """Keep an event; a person is told what begins and what fails."""
        self._store.record(event)
        line = tell(event).strip()
        if line and (isinstance(event, ActionStarted) or not event.run):
            self.messages.put_nowait({"line": line})

    def output(self, run: int, line: str) -> None:
        """Hand on a line of a program's output."""
        self.messages.put_nowait({"line": line})

"""Servers are asked when they want certificates to be renewed: RFC 9773."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence

from homeport.certs.issue import Trouble, do
from homeport.certs.job import AskWindows, Done, Places
from homeport.certs.memory import Memory
from homeport.certs.model import LOCAL, Held, Server, Window

_AGAIN = 3600.0  # seconds until one that did not answer is asked again
_TOGETHER = 50  # certificates that one process asks about: a thousand would take it minutes


class RenewalInfo:
    """Asks one server at a time, in a process that ends."""

    def __init__(
        self,
        memory: Memory,
        places: Places,
        server: Server,
        wake: Callable[[], None],
    ) -> None:
        self._memory, self._places, self._server = memory, places, server
        self._wake = wake
        self._asking = False

    def ask(self, group: asyncio.TaskGroup, held: Mapping[str, Held], now: float) -> None:
        """Begin to ask the first server about those that are due; the next ones follow."""
        due = [one for one in held.values() if self._is_due(one, now)]
        if due and not self._asking:
            self._asking = True
            same = [one for one in due if one.holder == due[0].holder]
            group.create_task(self._ask(same[:_TOGETHER], now))

    def _is_due(self, one: Held, now: float) -> bool:
        """One that has expired must not be asked for (4.3)."""
        if one.directory == LOCAL or not one.renewal_id or one.not_after <= now:
            return False
        window = self._memory.windows.get(one.renewal_id)
        return window is None or window.ask_again <= now

    async def _ask(self, due: Sequence[Held], now: float) -> None:
        ids = tuple(one.renewal_id for one in due)
        job = AskWindows(
            holder=due[0].holder,
            renewal_ids=ids,
            places=self._places,
            server=self._server,
        )
        try:
            done = await do(job)
            found = done.windows if isinstance(done, Done) else {}
        except (Trouble, OSError):
            found = {}  # renewal does without: two thirds of its life
        finally:
            self._asking = False
        for one in ids:
            self._memory.windows[one] = found.get(one) or self._as_before(one, now)
        self._wake()

    def _as_before(self, renewal_id: str, now: float) -> Window:
        known = self._memory.windows.get(renewal_id, Window())
        return Window(start=known.start, end=known.end, ask_again=now + _AGAIN)

"""What is routed gets its certificate, and keeps a good one.

    its names lead to this box  ->  it is ordered  ->  nginx has taken it  ->  https answers with it

Each step has its deadline and says why it failed. A name that leads elsewhere takes no turn.
"""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from homeport.certs.folder import Folder
from homeport.certs.issue import Trouble, do
from homeport.certs.job import Revoke
from homeport.certs.memory import load, save
from homeport.certs.model import Held, Problem, Wanted
from homeport.certs.plan import Plan, Seen, Step, Verb, plan
from homeport.certs.rows import rows
from homeport.errors import NotFound, Unavailable
from homeport.events import CertificateFailed, CertificateRevoked
from homeport.upkeep.issuing import Issuing, Parts
from homeport.upkeep.leading import Leading
from homeport.upkeep.renewal_info import RenewalInfo

_TOGETHER = 0.05  # seconds in which changes that come together become one look


class Certificates:
    """Keeps the certificates of all that is routed."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._folder = Folder(Path(parts.places.certs))
        self._memory = load(parts.memory)
        self._leading = Leading(parts.leads_here, self._tell_elsewhere, self.wake)
        self._wanted: Sequence[Wanted] = ()
        self._plan = Plan()
        self._running: dict[str, float] = {}  # key -> since when
        self._asked: set[str] = set()  # keys that a person wants renewed
        self._issuing = Issuing(parts)
        self._info = RenewalInfo(self._memory, parts.places, parts.server, self.wake)
        self._wake = asyncio.Event()

    def wake(self) -> None:
        """Look at everything."""
        self._wake.set()

    async def run(self) -> None:
        """Keep, for ever."""
        await self._parts.ready.wait()
        self._folder.prepare()
        self._running.clear()
        async with asyncio.TaskGroup() as group:
            group.create_task(self._follow())
            while True:
                self._wake.clear()
                again = self._look(group)
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(again):
                        await self._wake.wait()
                await asyncio.sleep(_TOGETHER)

    # -- what a person asks for

    def listed(self) -> list[dict[str, Any]]:
        """Every certificate that is wanted or there: how it is, and what becomes of it."""
        return rows(self._plan, self._seen(self._folder.held()), self._leading.here)

    def renew(self, host: str) -> tuple[str, ...]:
        """Renew the certificate of a host now, or order it without waiting; its names.

        Raises:
            NotFound: nobody wants one for it.
        """
        one = next((w for w in self._wanted if host in w.names), None)
        if one is None:
            hint = "homeport cert list shows those that are; the setting acme says who gets one"
            raise NotFound(f"no certificate is wanted for {host}", hint=hint)
        self._memory.attempts.pop(one.key, None)
        self._memory.quiet.pop(one.directory, None)
        self._leading.forget(one)
        if one.key in self._folder.held():
            self._asked.add(one.key)
        self.wake()
        return one.names

    async def revoke(self, host: str, reason: int) -> tuple[str, ...]:
        """Revoke the certificate of a host; it serves until another is there. Its names.

        Raises:
            NotFound: there is none.
            Trouble: the server did not; it is as it was.
            Unavailable: the server does not answer.
        """
        there = self._folder.held().items()
        key, held = next(((k, h) for k, h in there if host in h.names), ("", None))
        if held is None:
            raise NotFound(f"there is no certificate for {host}", hint="homeport cert list")
        parts = self._parts
        job = Revoke(key=key, reason=reason, places=parts.places, server=parts.server)
        try:
            await do(job)
        except Trouble as error:
            if error.problem.kind in ("down", "deadline"):
                raise Unavailable(error.message, hint="the certificate is as it was") from error
            raise
        parts.record(CertificateRevoked(names=held.names, serial=held.serial))
        self.wake()
        return held.names

    # -- the loop

    async def _follow(self) -> None:
        async for _ in self._parts.changes():
            self.wake()

    def _look(self, group: asyncio.TaskGroup) -> float:
        """Plan, and begin what is to be done now; seconds until there may be something more."""
        now, held = time.time(), self._folder.held()
        self._wanted = self._parts.wanted(self._memory.attempts)
        self._forget_what_is_gone(held, now)
        for one in self._wanted:
            self._issuing.tell(one, held.get(one.key))
        if self._folder.link(self._wanted, held):
            group.create_task(self._parts.taken())
        self._plan = plan(self._wanted, self._seen(held), now)
        for step in self._plan.of(Verb.ORDER, Verb.RENEW):
            self._running[step.wanted.key] = now
            group.create_task(self._order(step, held.get(step.wanted.key)))
        self._info.ask(group, held, now)
        waits = [self._parts.every, *(s.again - now for s in self._plan.of(Verb.WAIT, Verb.KEEP))]
        for step in self._plan.of(Verb.LOOK):
            if not (due := self._leading.due_in(step.wanted)):
                group.create_task(self._leading.look(step.wanted))
            waits.append(due or self._parts.every)
        return max(min(waits), 0.0)

    def _seen(self, held: dict[str, Held]) -> Seen:
        return Seen(
            held=held,
            attempts=self._memory.attempts,
            failed=self._memory.failed,
            windows=self._memory.windows,
            running=self._running,
            here=self._leading.here,
            asked=self._asked,
            quiet=self._memory.quiet,
        )

    def _forget_what_is_gone(self, held: dict[str, Held], now: float) -> None:
        keys = {one.key for one in self._wanted}
        self._memory.prune(keys, {h.renewal_id for h in held.values()}, now)
        self._leading.keep(self._wanted)
        for key, one in held.items():
            # What nobody wants any more may be wanted tomorrow: it stays while it is good.
            if key not in keys and (one.revoked or one.not_after < now):
                self._folder.forget(key)

    # -- one certificate

    async def _order(self, step: Step, before: Held | None) -> None:
        """Get it. Whatever fails is remembered and told."""
        one = step.wanted
        try:
            await self._issuing.get(one, before, step.why)
            self._memory.success(one)
        except Trouble as error:
            self._failed(one, error)
        except OSError as error:
            text = f"{error.strerror or error}: {error.filename or self._folder.path}"
            self._failed(one, Trouble(Problem(kind="disk", detail=text, step="certificate")))
        finally:
            self._asked.discard(one.key)
            self._running.pop(one.key, None)
            self._leading.forget(one)
            with contextlib.suppress(OSError):  # a full disk is told of where it matters
                save(self._parts.memory, self._memory)
            self.wake()

    def _failed(self, one: Wanted, error: Trouble) -> None:
        now = time.time()
        attempt = self._memory.failure(one, error.problem, error.hint, now)
        self._parts.record(
            CertificateFailed(
                app=one.owner,
                names=one.names,
                step=attempt.step,
                reason=attempt.reason,
                hint=attempt.hint,
                again_in=round(attempt.not_before - now, 1),
            )
        )

    def _tell_elsewhere(self, one: Wanted, why: str) -> None:
        hint = "it is looked at again until it leads here; nothing is ordered before"
        self._parts.record(
            CertificateFailed(app=one.owner, names=one.names, step="name", reason=why, hint=hint)
        )

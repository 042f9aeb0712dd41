"""One certificate: it is ordered, nginx takes it, and https answers with it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import (
    AsyncIterator,
    Awaitable,
    Callable,
    Collection,
    Coroutine,
    Mapping,
    Sequence,
)
from dataclasses import dataclass
from pathlib import Path

from homeport.certs.folder import Folder
from homeport.certs.issue import Trouble, TxtRecords, do
from homeport.certs.job import Issue, Issued, Places
from homeport.certs.model import Held, Ignored, Problem, Server, Wanted
from homeport.certs.rows import ignored_of
from homeport.events import (
    CertificateFailed,
    CertificateIssued,
    CertificateOrdered,
    HttpsLive,
    Record,
    VariableIgnored,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Parts:
    """What the loop is handed."""

    wanted: Callable[[Collection[str]], Sequence[Wanted]]  # given the keys of those that failed
    leads_here: Callable[[str], Awaitable[str]]  # "" where a name does, or why not
    taken: Callable[[], Coroutine[None, None, None]]  # returns once nginx has what is in the folder
    answers: Callable[[str, str], Awaitable[str]]  # name, fingerprint -> "", or what is wrong
    changes: Callable[[], AsyncIterator[object]]  # something may be routed, or gone
    nameservers: Callable[[], Mapping[str, Sequence[tuple[str, int]]]]  # zone -> those to ask
    records: Callable[[Wanted], TxtRecords]  # who proves its names by DNS
    restart: Callable[[str], Awaitable[None]]  # a container, by its id; one that is gone is fine
    ready: asyncio.Event  # what is routed is known
    record: Record
    places: Places
    server: Server
    memory: Path
    every: float  # seconds between two looks


class Issuing:
    """Gets certificates, one at a time or beside one another."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._folder = Folder(Path(parts.places.certs))
        self._told: set[tuple[str, Ignored]] = set()

    async def get(self, one: Wanted, before: Held | None, why: str) -> None:
        """From the order to https that answers with it.

        Raises:
            Trouble: it did not come, and why.
        """
        began = time.monotonic()
        self._parts.record(CertificateOrdered(app=one.owner, names=one.names, why=why))
        held = await self._issued(one, before)
        self._parts.record(_issued(one, held, time.monotonic() - began))
        self.tell(one, held)
        self._folder.link([one], {one.key: held})
        await self._parts.taken()
        await self._until_it_answers(one, held, began)
        for container in one.restarts:
            await self._parts.restart(container)

    def tell(self, one: Wanted, held: Held | None) -> None:
        """What of a container's variables is not carried out, once for each."""
        for ignored in ignored_of(one, held):
            if (one.key, ignored) not in self._told:
                self._told.add((one.key, ignored))
                event = VariableIgnored(
                    app=one.owner,
                    names=one.names,
                    variable=ignored.variable,
                    reason=ignored.reason,
                    hint=ignored.hint,
                )
                self._parts.record(event)

    async def _issued(self, one: Wanted, before: Held | None) -> Held:
        parts = self._parts
        job = Issue(
            wanted=one,
            places=parts.places,
            server=parts.server,
            replaces=before.renewal_id if before else "",
            nameservers={zone: tuple(those) for zone, those in parts.nameservers().items()},
        )
        try:
            done = await do(job, parts.records(one))
        except OSError as error:
            text = f"the process that orders could not be started: {error.strerror}"
            raise Trouble(Problem(kind="homeport", detail=text)) from error
        assert isinstance(done, Issued)
        return done.held

    async def _until_it_answers(self, one: Wanted, held: Held, began: float) -> None:
        """Ask the proxy itself, by the names that it serves."""
        for name in one.names:
            if not name.startswith("*.") and (
                why := await self._parts.answers(name, held.fingerprint)
            ):
                hint = f"homeport proxy explain {name}"
                event = CertificateFailed(
                    app=one.owner, names=one.names, step="https", reason=why, hint=hint
                )
                self._parts.record(event)
                return
        seconds = round(time.monotonic() - began, 2)
        self._parts.record(HttpsLive(app=one.owner, names=one.names, seconds=seconds))


def _issued(one: Wanted, held: Held, seconds: float) -> CertificateIssued:
    return CertificateIssued(
        app=one.owner,
        names=one.names,
        until=held.not_after,
        serial=held.serial,
        seconds=round(seconds, 2),
    )

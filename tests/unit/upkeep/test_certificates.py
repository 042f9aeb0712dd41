"""The loop that keeps certificates, with names that nobody resolves: nothing is ordered."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

from homeport.certs.folder import Folder
from homeport.certs.job import Places
from homeport.certs.model import Held, Ignored, Server, Wanted
from homeport.dns.txt import TxtRecords
from homeport.events import CertificateFailed, Event, VariableIgnored
from homeport.upkeep.certificates import Certificates
from homeport.upkeep.issuing import Parts

DAY = 86400.0


class Box:
    """What the loop is handed; no name leads to it."""

    def __init__(self, folder: Path, wanted: Sequence[Wanted]) -> None:
        self.folder, self.all = Folder(folder / "certs"), wanted
        self.events: list[Event] = []
        self.looks = self.at_once = self.most = 0
        ready = asyncio.Event()
        ready.set()
        places = {name: str(folder / name) for name in ("certs", "tokens", "state", "ca")}
        self.parts = Parts(
            wanted=lambda failing: wanted,
            leads_here=self._leads_here,
            taken=_nothing,
            answers=_answers,
            changes=_never,
            nameservers=dict,
            records=_nobody,
            restart=_restart,
            ready=ready,
            record=self.events.append,
            places=Places(**places),
            server=Server(),
            memory=folder / "memory.json",
            every=60.0,
        )

    async def _leads_here(self, host: str) -> str:
        self.looks, self.at_once = self.looks + 1, self.at_once + 1
        self.most = max(self.most, self.at_once)
        await asyncio.sleep(0.01)
        self.at_once -= 1
        return f"{host} leads elsewhere"

    def hold(self, one: Wanted, number: int) -> None:
        """It has a certificate, of today."""
        now = time.time()
        held = Held(
            names=one.names,
            directory=one.directory,
            not_before=now,
            not_after=now + 90 * DAY,
            serial=str(number),
            fingerprint="",
        )
        self.folder.put(one.key, held, b"chain", b"key")


async def _nothing() -> None:
    """nginx has it."""


async def _answers(_host: str, _fingerprint: str) -> str:
    return ""


async def _restart(_container: str) -> None:
    """It has gone."""


def _nobody(_wanted: Wanted) -> TxtRecords:
    raise AssertionError("nothing is proved by DNS")


async def _never() -> AsyncIterator[object]:
    await asyncio.Event().wait()
    yield None


@contextlib.asynccontextmanager
async def running(box: Box) -> AsyncIterator[Certificates]:
    """The loop, until the block ends."""
    made = Certificates(box.parts)
    task = asyncio.create_task(made.run())
    yield made
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task


def blog(number: int) -> Wanted:
    """One of many."""
    return Wanted(names=(f"n{number}.example.org",), directory="https://127.0.0.1:1/dir")


async def test_a_thousand_names_that_lead_elsewhere_are_looked_at_twenty_at_a_time(
    tmp_path: Path,
) -> None:
    """Each of them, and no longer than they take; nothing is ordered, and the loop is not busy."""
    box = Box(tmp_path, [blog(number) for number in range(1000)])
    began, worst = time.monotonic(), 0.0
    async with running(box) as loop:
        while box.looks < 2000:
            before = time.thread_time()  # by the clock, what others do here would count
            await asyncio.sleep(0.01)
            worst = max(worst, time.thread_time() - before)
            assert time.monotonic() - began < 60, box.looks
        rows = loop.listed()
    assert (20, 1000) == (box.most, len(rows))
    assert {"LookUp"} == {one["next"] for one in rows}
    assert [] == box.events, "nothing is told before ten seconds have passed"
    assert worst < 5


async def test_a_thousand_certificates_that_are_good_cost_nothing_while_nothing_happens(
    tmp_path: Path,
) -> None:
    box = Box(tmp_path, [blog(number) for number in range(1000)])
    box.folder.prepare()
    for number, one in enumerate(box.all):
        box.hold(one, number)
    async with running(box) as loop:
        await asyncio.sleep(1)
        while not loop.listed():
            await asyncio.sleep(0.1)
        began = time.process_time()
        await asyncio.sleep(1)
        spent = time.process_time() - began
    assert (0, []) == (box.looks, box.events)
    assert spent < 0.8  # of a second that passes


async def test_what_is_not_carried_out_is_told_once(tmp_path: Path) -> None:
    ignored = (Ignored(variable="ACME_OCSP", reason="it has ended", hint="leave it out"),)
    one = Wanted(names=("a.example.org",), directory="https://ca.example/dir", ignored=ignored)
    box = Box(tmp_path, [one])
    async with running(box) as loop:
        for _ in range(3):
            loop.wake()
            await asyncio.sleep(0.1)
    told = [one for one in box.events if not isinstance(one, CertificateFailed)]
    expected = VariableIgnored(
        names=("a.example.org",),
        variable="ACME_OCSP",
        reason="it has ended",
        hint="leave it out",
    )
    assert [expected] == told

"""The program: one round, or one whenever it is time, an address changes, or HUP comes."""

from __future__ import annotations

import contextlib
import os
import random
import signal
import socket
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, NoReturn

from homeport.dns.ddclient import files
from homeport.dns.ddclient.look import Look, look
from homeport.dns.ddclient.options import Given
from homeport.dns.ddclient.rounds import Done, run_round
from homeport.dns.ddclient.settle import Settled
from homeport.dns.ddclient.tell import Teller, mail
from homeport.errors import HomeportError

if TYPE_CHECKING:
    import asyncio

_FAILED, _WRONG = 1, 2
_GRACE = 5.0  # seconds, for a round that goes on when TERM comes
_SOON = 1.0  # second: how long a round is put off that only waits for a pause to end


def run(given: Given) -> int:
    """The exit status. With a `daemon` in the file or the flags it ends with TERM alone."""
    teller = teller_of(given)
    seen = look(given, teller)
    dry = given.on("dry-run") or given.get("exec") == "0"
    if dry or not seen.settled.daemon:
        return _once(given, seen, teller, dry=dry)
    if given.get("foreground") == "0":
        _to_background()
    import asyncio

    with _pid_file(seen.settled.get("pid")):
        asyncio.run(_forever(given, seen, teller))
    return 0


def teller_of(given: Given, settled: Settled | None = None) -> Teller:
    """How loud it is."""
    on = settled.on if settled else given.on
    get = settled.get if settled else given.get
    syslog = (get("facility") or "daemon", get("priority") or "notice")
    return Teller(
        debugs=on("debug"),
        verbose=on("verbose"),
        quiet=on("quiet"),
        syslog=syslog if on("syslog") else None,
    )


def _once(given: Given, seen: Look, teller: Teller, *, dry: bool) -> int:
    _louder(teller, given, seen.settled)
    if not seen.settled.hosts:
        teller.failed("there are no hosts to update")
        return _WRONG
    run_round(seen, teller, force=given.on("force"), dry=dry)
    _mail(seen.settled, teller)
    return _FAILED if teller.failures else 0


def _louder(teller: Teller, given: Given, settled: Settled) -> None:
    """The file may ask for `debug=yes` and the like."""
    asked = teller_of(given, settled)
    teller.debugs, teller.verbose = asked.debugs, asked.verbose
    teller.quiet, teller.syslog = asked.quiet, asked.syslog


async def _forever(given: Given, seen: Look, teller: Teller) -> None:
    import asyncio

    wake, end = asyncio.Event(), asyncio.Event()
    _hear_signals(wake, end)
    watching = asyncio.create_task(_watch(wake, teller)) if _watches(seen.settled) else None
    force: bool = given.on("force")
    unwritten = seen.unwritten
    ending = asyncio.create_task(end.wait())
    try:
        while not end.is_set():
            wake.clear()
            tick = asyncio.create_task(_tick(given, teller, unwritten, force=force))
            await asyncio.wait({tick, ending}, return_when=asyncio.FIRST_COMPLETED)
            if not tick.done():
                await asyncio.wait({tick}, timeout=_GRACE)
            if not tick.done():
                _give_up(seen.settled.get("pid"))
            force = False  # ddclient goes on to update at every look
            await _either(wake, end, tick.result())
    finally:
        if watching:
            watching.cancel()
    teller.info("ended")


def _hear_signals(wake: asyncio.Event, end: asyncio.Event) -> None:
    import asyncio

    loop = asyncio.get_running_loop()
    loop.add_signal_handler(signal.SIGHUP, wake.set)
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end.set)


def _give_up(pid: str) -> NoReturn:
    """TERM came, and a provider hangs: what it may say in two minutes is not waited for."""
    if pid:
        Path(pid).unlink(missing_ok=True)
    sys.stdout.flush()
    os._exit(0)


async def _tick(given: Given, teller: Teller, unwritten: files.Unwritten, *, force: bool) -> float:
    """One round, in a thread: signals are heard meanwhile. How long to pause then."""
    import asyncio
    from concurrent.futures import ThreadPoolExecutor

    def work() -> float:
        teller.next_round()
        try:
            seen = look(given, teller, unwritten)
        except HomeportError as error:
            teller.failed(f"{error.message}: looked at again later")
            return 300.0
        _louder(teller, given, seen.settled)
        done = run_round(seen, teller, force=force)
        _mail(seen.settled, teller)
        return pause_after(seen.settled.daemon or 300, done, time.time())

    # A thread of this round alone: an idle program has one. Its end is not waited for here.
    pool = ThreadPoolExecutor(max_workers=1)
    try:
        return await asyncio.get_running_loop().run_in_executor(pool, work)
    finally:
        pool.shutdown(wait=False)


def pause_after(daemon: int, done: Done, now: float) -> float:
    """Seconds to the next round: the interval and a little, or until a host may be updated."""
    # Everybody's cron is at the full minute: a few seconds more keep us out of the crowd.
    regular = daemon + random.uniform(0, min(10.0, daemon / 20))  # noqa: S311 - no secret
    return min(regular, max(done.next - now + _SOON, _SOON)) if done.next else regular


async def _either(wake: asyncio.Event, end: asyncio.Event, seconds: float) -> None:
    import asyncio

    waits = [asyncio.ensure_future(event.wait()) for event in (wake, end)]
    await asyncio.wait(waits, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
    for wait in waits:
        wait.cancel()


def _watches(settled: Settled) -> bool:
    """Whether an address comes from an interface of this machine."""
    hosts = settled.hosts.values()
    return any(settled.get(use, host) in ("if", "ifv4", "ifv6") for host in hosts for use in _USES)


_USES = ("use", "usev4", "usev6")


async def _watch(wake: asyncio.Event, teller: Teller) -> None:
    """Wake the program when an address came or went that can be published."""
    from homeport.dns.interface import changes

    before = None
    try:
        async for found in changes():
            fit = [one for one in found if one.publishable]
            if before is not None and fit != before:
                wake.set()
            before = fit
    except HomeportError as error:
        teller.warning(f"changes of interfaces are seen at the next look only: {error.message}")


def _mail(settled: Settled, teller: Teller) -> None:
    recipients = settled.get("mail")
    if teller.failures and settled.get("mail-failure"):
        recipients = settled.get("mail-failure")
    lines = list(teller.told)
    teller.told.clear()
    if recipients and lines:
        fault = mail(recipients, lines, socket.gethostname())
        if fault:
            teller.warning(fault)
    if settled.daemon:
        teller.failures = 0


@contextlib.contextmanager
def _pid_file(name: str) -> Iterator[None]:
    path = Path(name) if name else None
    if path:
        fault = files.write(path, f"{os.getpid()}\n")
        if fault:
            sys.stderr.write(f"WARNING:  {fault}\n")
    try:
        yield
    finally:
        if path:
            path.unlink(missing_ok=True)


def _to_background() -> None:
    """As a daemon of old: without a terminal, its output thrown away."""
    if os.fork():
        os._exit(0)
    os.setsid()
    null = os.open(os.devnull, os.O_RDWR)
    for stream in (0, 1, 2):
        os.dup2(null, stream)

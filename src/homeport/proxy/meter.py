"""What visitors meet while something is moved: from nginx's own log, and by asking.

nginx writes the log only while a flag stands, so that it costs nothing at other times, and does not
grow. A prober asks each host a few times a second: a pause shows though nobody else comes.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

from homeport.model.figures import Figures
from homeport.proxy.bell import Bell
from homeport.proxy.tally import Tally, read_visit

_EVERY = 0.2  # seconds between two probes of a host
_REASON = "counting"
_PROBE = 10.0  # seconds after which a probe is given up
_FLUSH = 0.25  # seconds after which nginx has written what it counted, and a little more


class Meter:
    """The counting of some hosts, from when it is opened."""

    def __init__(self, log: Path, hosts: Sequence[str]) -> None:
        self._log, self._tally = log, Tally(hosts)
        self._offset = log.stat().st_size if log.exists() else 0
        self._rest = b""

    async def read(self) -> Figures:
        """What was counted until now."""
        await asyncio.sleep(_FLUSH)
        return self.last()

    def last(self) -> Figures:
        """What nginx has written until now."""
        with contextlib.suppress(OSError), self._log.open("rb") as log:
            log.seek(self._offset)
            new = log.read()
            self._offset += len(new)
            *lines, self._rest = (self._rest + new).split(b"\n")
            for line in lines:
                visit = read_visit(line.decode("utf-8", "replace"))
                if visit:
                    self._tally.take(visit)
        return self._tally.figures()


class Counting:
    """The log and its flag: several meters may be open at once."""

    def __init__(self, run: Path, bell: Bell, heard: Callable[[], Awaitable[None]]) -> None:
        """`run` is the folder that nginx sees; `heard` returns when nginx looks for the flag."""
        self._log, self._flag, self._socket = (
            run / "access.log",
            run / "counting",
            run / "probe.sock",
        )
        self._open, self._bell, self._heard = 0, bell, heard

    def prepare(self) -> None:
        """An empty log that nginx may write to, and no flag."""
        self._flag.unlink(missing_ok=True)
        self._log.touch()
        self._log.chmod(0o666)  # nginx's master has other rights; the folder above is closed
        with self._log.open("r+b") as log:
            log.truncate(0)

    @contextlib.asynccontextmanager
    async def of(self, hosts: Sequence[str]) -> AsyncIterator[Meter]:
        """Count the requests for these hosts meanwhile, and probe them."""
        if not self._open:
            self.prepare()
        self._open += 1
        self._flag.touch()
        self._bell.ring(_REASON)
        probes = [asyncio.create_task(self._probe(host)) for host in hosts]
        try:
            await self._heard()
            yield Meter(self._log, hosts)
        finally:
            for probe in probes:
                probe.cancel()
            self._open -= 1
            if not self._open:
                self._flag.unlink(missing_ok=True)
                self._bell.rest(_REASON)

    async def _probe(self, host: str) -> None:
        """Ask as a visitor does, again and again; the log has the answer."""
        question = f"GET / HTTP/1.1\r\nHost: {host}\r\nUser-Agent: homeport\r\n"
        while True:
            with contextlib.suppress(OSError, TimeoutError):
                async with asyncio.timeout(_PROBE):
                    await self._ask(f"{question}Connection: close\r\n\r\n".encode())
            await asyncio.sleep(_EVERY)

    async def _ask(self, question: bytes) -> None:
        reader, writer = await asyncio.open_unix_connection(str(self._socket))
        try:
            writer.write(question)
            while await reader.read(65536):
                pass
        finally:
            writer.close()

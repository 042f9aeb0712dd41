"""nginx as our child: started, told, looked after, and started again when it dies."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
import sys
import time
from collections.abc import Callable
from pathlib import Path

from homeport.engine import process
from homeport.errors import Unavailable
from homeport.proxy.dropin.server import Place, complaint_of, version_of
from homeport.proxy.dropin.settings import resolvers_of
from homeport.proxy.workers import LARGE_PAGES, handed_over, taking

_TAKES = 15.0  # seconds; a reload shows in 10 ms with 10 hosts, in 1.1 s with 5,000
_DOUBTFUL = 1.5  # seconds after which nginx is asked whether it could have the file at all
_EVERY = 0.003
_GRACE = 8.0  # seconds for what is in flight: Docker kills after 10
_SOON, _LATER = 0.05, 5.0  # seconds until it is started again, at first and at most
_LINGERS = 10.0  # seconds after which a retired worker waits for more than kept connections
_RETIRING = "is shutting down"  # ngx_worker_process_cycle
Tell = Callable[[str], None]


class Child:
    """nginx, which runs for as long as we do."""

    def __init__(self, place: Place, run: Path, tell: Tell) -> None:
        """`run` is a folder for its socket."""
        self._place, self._tell = place, tell
        self.status = str(run / "status.sock")
        self.resolvers = _resolvers()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None
        self._complaints: list[str] = []
        self._retired: dict[int, float] = {}  # process -> when it was seen to be retired
        self._ending = False
        self.died = asyncio.Event()  # set whenever it was started again

    async def begin(self) -> None:
        """Start it, with the file in place where that is good, else with the last good one."""
        Path(self.status).parent.mkdir(parents=True, exist_ok=True)
        complaint = await self.check()
        if complaint:
            self._tell(f"default.conf cannot be used, so the last good one is: {complaint}")
            self._place.back()
            complaint = await self.check()
        if complaint:
            self._tell(f"nor can that: {complaint}")
            self._place.put("# Nothing that nginx could have.\n")
        await self._start()

    async def version(self) -> tuple[int, ...]:
        """Of the program."""
        return version_of((await process.run(["nginx", "-v"])).stderr.decode(errors="replace"))

    async def check(self) -> str:
        """By `nginx -t`."""
        done = await process.run(["nginx", "-t"])
        if not done.status:
            return ""
        return complaint_of(done.stderr.decode(errors="replace")) or done.complaint

    async def reload(self, generation: int) -> str:
        """By a HUP: nginx checks the file by itself, and keeps its workers where it is bad."""
        self._complaints.clear()
        if self._process is None or self._process.returncode is not None:
            return await self.check()  # who starts it again lets it read the file
        old = taking(self._process.pid)
        self._process.send_signal(signal.SIGHUP)
        deadline, doubtful = time.monotonic() + _TAKES, time.monotonic() + _DOUBTFUL
        while time.monotonic() < deadline:
            old = handed_over(self._process.pid, old)
            if await self.generation() == generation:
                return ""
            if self._complaints:
                return complaint_of(self._complaints[0])
            if time.monotonic() > doubtful:
                # Its complaints may go elsewhere: an error_log of the administrator's.
                doubtful = deadline
                if complaint := await self.check():
                    return complaint
            await asyncio.sleep(_EVERY)
        return await self.check() or f"it did not answer within {_TAKES:g} s"

    async def generation(self) -> int:
        """The one that answers; 0 where none does."""
        with contextlib.suppress(OSError, ValueError, IndexError, TimeoutError):
            async with asyncio.timeout(1):
                reader, writer = await asyncio.open_unix_connection(self.status)
                try:
                    writer.write(b"GET /generation HTTP/1.0\r\n\r\n")
                    return int((await reader.read()).split(b"\r\n\r\n")[1])
                finally:
                    writer.close()
        return 0

    @property
    def retired(self) -> int:
        """How many workers have not ended though they were retired long ago."""
        if self._process is None:
            return 0
        pid, now = self._process.pid, time.monotonic()
        gone = set(_workers(pid)) - set(_workers(pid, serving=True))
        self._retired = {one: self._retired.get(one, now) for one in gone}
        return sum(now - since > _LINGERS for since in self._retired.values())

    async def look_after(self) -> None:
        """Start it again whenever it dies, for ever."""
        pause = _SOON
        while self._process:
            began = time.monotonic()
            status = await self._process.wait()
            if self._ending:
                return
            pause = _SOON if time.monotonic() - began > _LATER else min(2 * pause, _LATER)
            self._tell(f"nginx ended with status {status}: starting it again")
            await asyncio.sleep(pause)
            await self.begin()
            self.died.set()

    async def end(self) -> None:
        """QUIT finishes what is in flight; TERM does not wait for ever."""
        self._ending = True
        if self._process is None:
            return
        for number, seconds in ((signal.SIGQUIT, _GRACE), (signal.SIGTERM, 1.0)):
            with contextlib.suppress(ProcessLookupError):
                self._process.send_signal(number)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._process.wait(), seconds)
                return
        with contextlib.suppress(ProcessLookupError):
            self._process.kill()

    async def _start(self) -> None:
        if self._process:
            await _retire(self._process.pid)
        # One that was killed leaves its socket, and whoever comes next cannot have it.
        Path(self.status).unlink(missing_ok=True)
        try:
            self._process = await asyncio.create_subprocess_exec(
                "nginx",
                *("-g", "daemon off;"),
                stderr=asyncio.subprocess.PIPE,
                start_new_session=True,  # by which its workers are found when it is killed
                env={**LARGE_PAGES, **os.environ},
            )
        except FileNotFoundError as error:
            raise Unavailable("nginx is not installed", hint="run the image") from error
        self._reading = asyncio.create_task(self._read(self._process))
        # Before it has workers, a HUP would end it.
        while self._process.returncode is None and not _workers(self._process.pid):
            await asyncio.sleep(_EVERY)

    async def _read(self, child: asyncio.subprocess.Process) -> None:
        """What it writes to stderr is passed on; a complaint is why it did not take a file."""
        assert child.stderr
        while line := await child.stderr.readline():
            text = line.decode(errors="replace")
            if "[emerg]" in text:
                self._complaints.append(text)
            sys.stderr.write(text)
            sys.stderr.flush()


async def _retire(session: int) -> None:
    """Workers whose master was killed hold its ports: let them finish, and give those up."""
    for pid in _workers(session):
        with contextlib.suppress(OSError):
            os.kill(pid, signal.SIGQUIT)
    deadline = time.monotonic() + 2.0
    while _workers(session, serving=True) and time.monotonic() < deadline:
        await asyncio.sleep(0.005)


def _workers(session: int, *, serving: bool = False) -> list[int]:
    """Nginx's workers in a session; `serving`: those that take connections."""
    found = []
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        with contextlib.suppress(OSError, IndexError, ValueError):
            title = (entry / "cmdline").read_text(errors="replace")
            fields = (entry / "stat").read_text().rpartition(") ")[2].split()
            ours = title.startswith("nginx: worker process") and int(fields[3]) == session
            if ours and not (serving and _RETIRING in title):
                found.append(int(entry.name))
    return found


def _resolvers() -> str:
    with contextlib.suppress(OSError):
        return resolvers_of(Path("/etc/resolv.conf").read_text())
    return ""

"""Programs: started without a shell, read as they print, ended with all that they started."""

from __future__ import annotations

import asyncio
import contextlib
import os
import signal
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path

import msgspec

from homeport.errors import HomeportError, Unavailable

_LINE = 1 << 20  # a longer line arrives in pieces
_NICE = 10
_GRACE = 5.0  # seconds from SIGTERM to SIGKILL


class Result(msgspec.Struct, frozen=True, kw_only=True):
    """How a program ended, and what it printed."""

    status: int
    stdout: bytes
    stderr: bytes

    @property
    def text(self) -> str:
        """Its standard output, without the last newline."""
        return self.stdout.decode(errors="replace").rstrip("\n")

    @property
    def complaint(self) -> str:
        """The last line of its standard error, or of its output."""
        lines = (self.stderr or self.stdout).decode(errors="replace").strip().splitlines()
        return lines[-1] if lines else f"it ended with status {self.status}"


class Output(msgspec.Struct):
    """The lines of a running program, both streams in order; `status` once they ended."""

    process: asyncio.subprocess.Process
    status: int = -1

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Each line without its newline."""
        reader = self.process.stdout
        if reader is None:
            raise HomeportError("the program's output is not read")
        while line := await _line(reader):
            yield line.rstrip(b"\r\n")
        self.status = await self.process.wait()


async def run(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    only: bool = False,
    stdin: bytes = b"",
    seconds: float = 60.0,
) -> Result:
    """Run a program to its end.

    Args:
        argv: the program and its arguments; never a secret, since everybody can read them.
        cwd: the folder it runs in.
        env: added to homeport's own environment, or all of it if `only`.
        only: see `env`.
        stdin: what it reads.
        seconds: how long it may take.

    Raises:
        Unavailable: there is no such program.
        HomeportError: it took too long.
    """
    environ = dict(env or {}) if only else {**os.environ, **(env or {})}
    process = await _start(argv, cwd, environ, stderr=asyncio.subprocess.PIPE)
    try:
        async with asyncio.timeout(seconds):
            stdout, stderr = await process.communicate(stdin)
    except TimeoutError as error:
        raise HomeportError(f"{argv[0]} did not end within {seconds:g} s") from error
    finally:
        await end(process)
    return Result(status=process.returncode or 0, stdout=stdout, stderr=stderr)


@contextlib.asynccontextmanager
async def stream(
    argv: Sequence[str | Path],
    *,
    cwd: Path | None = None,
    env: Mapping[str, str] | None = None,
    only: bool = False,
    stdin: bytes = b"",
) -> AsyncIterator[Output]:
    """Run a program and read its lines, both streams in one; it ends with the block.

    `stdin` is given to it at once, so it has to be small. `env` and `only` as for `run`.
    """
    environ = dict(env or {}) if only else {**os.environ, **(env or {})}
    process = await _start(argv, cwd, environ, stderr=asyncio.subprocess.STDOUT)
    if process.stdin:
        process.stdin.write(stdin)
        process.stdin.close()
    try:
        yield Output(process)
    finally:
        await end(process)


async def end(process: asyncio.subprocess.Process) -> None:
    """End a program and all that it started: politely, then for certain."""
    if process.returncode is not None:
        return
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGTERM)
    try:
        async with asyncio.timeout(_GRACE):
            await process.wait()
    except TimeoutError:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        await process.wait()


def give_way(pid: int) -> None:
    """Let a session that was started for a program give way to what is live, and to the daemon.

    Where no control group does it, the kernel shares the processor among sessions, and a program's
    own niceness counts within its session alone. Source: sched(7), "The autogroup feature".
    """
    with contextlib.suppress(OSError):  # it may have ended already
        os.setpriority(os.PRIO_PROCESS, pid, _NICE)
    with contextlib.suppress(OSError):  # there are kernels without sessions, too
        Path(f"/proc/{pid}/autogroup").write_text(f"{_NICE}\n")


async def _start(
    argv: Sequence[str | Path],
    cwd: Path | None,
    env: Mapping[str, str],
    *,
    stderr: int,
) -> asyncio.subprocess.Process:
    try:
        process = await asyncio.create_subprocess_exec(
            *argv,
            cwd=cwd,
            env=env,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=stderr,
            limit=_LINE,
            start_new_session=True,  # so that it can be ended with its children
        )
    except FileNotFoundError as error:
        raise Unavailable(
            f"{argv[0]} is not installed", hint="script/bootstrap installs what is missing"
        ) from error
    give_way(process.pid)
    return process


async def _line(reader: asyncio.StreamReader) -> bytes:
    """The next line, or the start of one that is longer than the buffer; b"" at the end."""
    try:
        return await reader.readuntil(b"\n")
    except asyncio.IncompleteReadError as error:
        return error.partial
    except asyncio.LimitOverrunError as error:
        return await reader.read(error.consumed)

"""The Engine's calls that run a command in a container: a part of `engine.docker.Docker`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from homeport.engine import streams
from homeport.engine.calls import Calls


class Running(msgspec.Struct):
    """A command that runs in a container: its output, and its status once that has ended."""

    parts: AsyncIterator[tuple[int, bytes]]
    status: int = -1

    async def __aiter__(self) -> AsyncIterator[bytes]:
        """Both streams, in order, as they come."""
        async for _stream, data in self.parts:
            yield data


class ExecCalls(Calls):
    """Commands in containers."""

    @contextlib.asynccontextmanager
    async def running(
        self,
        name: str,
        command: Sequence[str],
        *,
        env: Mapping[str, str] | None = None,
        folder: str = "",
    ) -> AsyncIterator[Running]:
        """Run a command in a container, and read its output; `status` is there after its end."""
        body = {
            "AttachStdout": True,
            "AttachStderr": True,
            "Cmd": list(command),
            "Env": [f"{key}={value}" for key, value in (env or {}).items()],
            **({"WorkingDir": folder} if folder else {}),
        }
        created = (await self._call("POST", f"/containers/{name}/exec", body=body)).json()["Id"]
        async with self._stream("POST", f"/exec/{created}/start", body={"Detach": False}) as parts:
            run = Running(streams.demultiplexed(parts))
            yield run
        run.status = int((await self._call("GET", f"/exec/{created}/json")).json()["ExitCode"] or 0)

    async def run_in(self, name: str, command: list[str]) -> tuple[int, bytes]:
        """Run a command in a container; its exit status and output, both streams."""
        async with self.running(name, command) as run:
            output = b"".join([data async for data in run])
        return run.status, output

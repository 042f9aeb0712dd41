"""`homeport gen` as a program, real containers around it, and a real nginx that reads its file."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import sys
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import pytest

from homeport.engine.docker import Docker
from tests.engine.conftest import LABEL
from tests.engine.counted import Counted
from tests.eventually import eventually

NAMES = "{% for c in containers %}{{ c.Name }} {{ c.Env.VIRTUAL_HOST }}\n{% endfor %}"


@dataclass(slots=True)
class Lab:
    """A folder, a door to the Engine, and containers of one project."""

    docker: Docker
    project: str
    folder: Path
    door: Counted
    instance: str = field(default_factory=lambda: f"gen-{uuid.uuid4().hex[:8]}")

    @property
    def network(self) -> str:
        return f"{self.project}_default"

    @property
    def labels(self) -> dict[str, str]:
        """A daemon of another test does not care for what is of another instance."""
        return {LABEL: self.project, "homeport.instance": self.instance}

    @property
    def only_ours(self) -> tuple[str, str]:
        """Others use the Engine, too."""
        return "-container-filter", f"label={LABEL}={self.project}"

    def file(self, name: str, text: str = "") -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    @contextlib.asynccontextmanager
    async def gen(self, *arguments: str | Path) -> AsyncIterator[Program]:
        """It runs, until the block ends."""
        argv = [sys.executable, "-m", "homeport", "gen", *self.only_ours, *map(str, arguments)]
        started = await asyncio.create_subprocess_exec(
            *argv,
            env={"DOCKER_HOST": f"unix://{self.door.path}", "PATH": "/usr/bin:/bin"},
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        program = Program(started)
        program.reading = asyncio.create_task(program.read())
        try:
            yield program
        finally:
            if started.returncode is None:
                started.send_signal(signal.SIGTERM)
            program.status = await asyncio.wait_for(started.wait(), 10)
            await program.reading

    async def run(self, *arguments: str | Path) -> Program:
        """It runs to its end."""
        async with self.gen(*arguments) as program:
            await asyncio.wait_for(program.process.wait(), 30)
        return program

    async def start(self, name: str, image: str, *command: str, **more: Any) -> str:
        """A container in the project's network; its whole name."""
        whole = f"{self.project}-{name}"
        env = [f"{key}={value}" for key, value in more.pop("env", {}).items()]
        host = {"NetworkMode": self.network, **more.pop("HostConfig", {})}
        body = {"Image": image, "Env": env, "Labels": self.labels, "HostConfig": host, **more}
        await self.docker.create_container(whole, body | ({"Cmd": [*command]} if command else {}))
        await self.docker.start(whole)
        return whole

    async def app(self, name: str, host: str, **more: Any) -> str:
        """One that says its version on port 5000."""
        env = {"VIRTUAL_HOST": host, "VERSION": name, **more.pop("env", {})}
        return await self.start(name, "homeport-test/app:latest", env=env, **more)

    async def address(self, name: str) -> str:
        return (await self.docker.container(name)).endpoints[0].address


@dataclass(slots=True)
class Program:
    """A running `homeport gen`."""

    process: asyncio.subprocess.Process
    said: str = ""
    printed: str = ""
    status: int = -1
    reading: asyncio.Task[None] | None = None

    async def read(self) -> None:
        await asyncio.gather(self._printed(), self._said())

    async def _said(self) -> None:
        assert self.process.stderr
        async for line in self.process.stderr:
            self.said += line.decode()

    async def _printed(self) -> None:
        assert self.process.stdout
        async for line in self.process.stdout:
            self.printed += line.decode()

    async def says(self, text: str, times: int = 1) -> None:
        async def said() -> bool:
            assert self.said.count(text) >= times, self.said
            return True

        await eventually(said)


@pytest.fixture
async def lab(docker: Docker, project: str, tmp_path: Path) -> AsyncIterator[Lab]:
    """Everything of it is removed afterwards."""
    labels = {LABEL: project}
    await docker.create_network(f"{project}_default", {"Labels": labels, "Driver": "bridge"})
    door = Counted(tmp_path / "docker.sock")
    door.open()
    yield Lab(docker, project, tmp_path, door)
    door.close()


async def answer(address: str, host: str, path: str = "/") -> tuple[int, str]:
    """What is answered for a host name at an address; 0 where nothing is."""
    async with httpx.AsyncClient(trust_env=False, timeout=5) as client:
        try:
            found = await client.get(f"http://{address}{path}", headers={"Host": host})
        except httpx.HTTPError as error:
            return 0, str(error)
        return found.status_code, found.text.strip()


async def answers(address: str, host: str, expected: tuple[int, str]) -> None:
    """Return when it does."""

    async def it_does() -> bool:
        found = await answer(address, host)
        assert expected == found, found
        return True

    await eventually(it_does)


async def holds(path: Path, *lines: str) -> None:
    """Return when a file has these lines, in any order."""

    async def it_does() -> bool:
        found = sorted(path.read_text().splitlines()) if path.exists() else []
        assert sorted(lines) == found, found
        return True

    await eventually(it_does)

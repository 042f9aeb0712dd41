"""The image homeport-proxy in nginx-proxy's place, with real containers around it."""

from __future__ import annotations

import asyncio
import contextlib
import subprocess
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from homeport.engine.docker import Docker
from tests.engine.conftest import LABEL
from tests.engine.counted import Counted
from tests.engine.gen_lab import Lab, answer, answers
from tests.eventually import eventually

ROOT = Path(__file__).parents[2]
IMAGE = "homeport-test/proxy:latest"
CA = "/etc/ssl/certs/ca-certificates.crt"
FOLDERS = ("conf.d", "vhost.d", "htpasswd", "certs", "toplevel.conf.d")


@pytest.fixture(scope="session")
def image() -> str:
    """Built as it stands here."""
    secret = ("--secret", f"id=ca,src={CA}") if Path(CA).exists() else ()
    argv = ["docker", "buildx", "build", "-q", "--load", "--target", "proxy", *secret, "-t", IMAGE]
    done = subprocess.run([*argv, str(ROOT)], check=False, capture_output=True, text=True)
    assert 0 == done.returncode, done.stderr
    return IMAGE


@dataclass(slots=True)
class Dropin(Lab):
    """A Lab with a proxy in it."""

    proxy: str = ""

    async def run_proxy(self, name: str = "proxy", /, **env: str) -> None:
        """The proxy, with the administrator's folders; return when it watches."""
        self.proxy = await self.start(
            name,
            IMAGE,
            env={
                "DOCKER_HOST": "unix:///door/docker.sock",
                "DOCKER_CONTAINER_FILTERS": f"label={LABEL}={self.project}",
                **env,
            },
            HostConfig={"Binds": [f"{self.folder}:/door", *self.binds]},
        )
        await self.says("Watching docker events")

    @property
    def binds(self) -> list[str]:
        return [f"{self.folder}/{name}:/etc/nginx/{name}" for name in FOLDERS]

    @property
    def conf(self) -> str:
        """What is generated; "" where nothing is yet."""
        path = self.folder / "conf.d" / "default.conf"
        return path.read_text() if path.exists() else ""

    async def output(self) -> str:
        return "\n".join(await self.docker.tail(self.proxy, 400))

    async def says(self, text: str, times: int = 1) -> None:
        async def said() -> bool:
            output = await self.output()
            assert output.count(text) >= times, output
            return True

        await eventually(said)

    async def asks(self, host: str, path: str = "/") -> tuple[int, str]:
        return await answer(await self.address(self.proxy), host, path)

    async def serves(self, host: str, expected: tuple[int, str]) -> None:
        await answers(await self.address(self.proxy), host, expected)

    async def becomes(self, host: str, status: int, path: str = "/") -> None:
        """Return when a host answers with a status."""

        async def it_does() -> bool:
            found = await self.asks(host, path)
            assert status == found[0], (found, await self.output())
            return True

        await eventually(it_does)

    async def headers(self, host: str, **given: str) -> Mapping[str, str]:
        """Those that the application saw."""
        address = await self.address(self.proxy)
        async with httpx.AsyncClient(trust_env=False) as client:
            found = await client.get(f"http://{address}/headers", headers={"Host": host, **given})
        lines = (line.partition(": ") for line in found.text.splitlines())
        return {name: value for name, _, value in lines if name}

    def write(self, path: str, text: str) -> None:
        (self.folder / path).write_text(text)


@pytest.fixture
async def house(docker: Docker, project: str, tmp_path: Path, image: str) -> AsyncIterator[Dropin]:
    """Everything of it is removed afterwards."""
    labels = {LABEL: project}
    await docker.create_network(f"{project}_default", {"Labels": labels, "Driver": "bridge"})
    for name in FOLDERS:
        (tmp_path / name).mkdir()
    door = Counted(tmp_path / "docker.sock")
    door.open()
    yield Dropin(docker, project, tmp_path, door)
    door.close()


@dataclass(slots=True)
class Visitors:
    """What visitors were answered who kept asking."""

    statuses: dict[int, int]
    longest: float = 0.0

    @property
    def failed(self) -> int:
        return sum(count for status, count in self.statuses.items() if status != 200)


@contextlib.asynccontextmanager
async def visitors(house: Dropin, host: str, *, many: int = 8) -> AsyncIterator[Visitors]:
    """Ask without a pause, on connections that are kept and on new ones, until the block ends."""
    found, ended = Visitors({}), asyncio.Event()
    address = await house.address(house.proxy)
    tasks = [
        asyncio.create_task(_visit(address, host, found, ended, keep=number % 2 == 0))
        for number in range(many)
    ]
    try:
        yield found
    finally:
        ended.set()
        await asyncio.gather(*tasks)


async def _visit(
    address: str, host: str, found: Visitors, ended: asyncio.Event, *, keep: bool
) -> None:
    headers = {"Host": host} if keep else {"Host": host, "Connection": "close"}
    clock = asyncio.get_running_loop()
    async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
        while not ended.is_set():
            began = clock.time()
            try:
                status = (await client.get(f"http://{address}/", headers=headers)).status_code
            except httpx.HTTPError:
                status = 0
            found.statuses[status] = found.statuses.get(status, 0) + 1
            found.longest = max(found.longest, clock.time() - began)
            await asyncio.sleep(0.002)

"""The container in which the commands of a repository run: with its checkout, and a Docker socket.

It has no privilege, no port and no name that others know. What its commands start through the
socket is theirs, and goes with it.
"""

from __future__ import annotations

import asyncio
import codecs
import contextlib
import filecmp
import shutil
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.pipeline.beside import start_services
from homeport.pipeline.gate.scope import BESIDE, LABEL, Scope
from homeport.pipeline.image import ensure_image
from homeport.pipeline.serve import Hands, JobSocket
from homeport.pipeline.services import Service
from homeport.pipeline.sweep import sweep
from homeport.tasks import to_its_end

_PLUGINS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
_SOCKET = "/var/run/docker.sock"
# What a job calls as `docker`: the client, for all but what it would ask registries itself.
_CLIENT = Path(__file__).parent / "bash" / "docker.sh"
_MOST = 64 << 20  # bytes of output; Travis has 4 MB


@dataclass(frozen=True, slots=True, kw_only=True)
class Home:
    """Where the commands of a job run, and what they are given."""

    scope: Scope
    tree: Path  # the checkout on the host
    inside: str  # where it is in the job
    folder: Path  # the job's own on the host, for its socket
    labels: Mapping[str, str]
    tools: Path | None = None  # where the box finds copies of programs that only homeport has
    binds: tuple[str, ...] = ()  # besides the checkout and the socket
    services: tuple[Service, ...] = ()


class Silent(HomeportError):
    """A command said nothing for too long, took too long, or said too much."""


class JobContainer:
    """A container that waits for commands."""

    def __init__(self, home: Home, docker: Docker) -> None:
        self._home, self._docker = home, docker

    @property
    def scope(self) -> Scope:
        """What is this job's own."""
        return self._home.scope

    async def run(
        self,
        command: Sequence[str],
        *,
        take: Callable[[bytes], None],
        seconds: float,
        silence: float = 0.0,
        env: Mapping[str, str] | None = None,
        folder: str = "",
    ) -> int:
        """Run a command to its end; its exit status. Its output goes to `take` as it comes.

        Args:
            command: what is run.
            take: gets both streams, in order.
            seconds: how long it may take.
            silence: how long it may say nothing, in seconds; 0: as long as it likes.
            env: added to the container's own.
            folder: where it runs; the checkout where nothing is said.

        Raises:
            Silent: it took too long, or said too much or nothing.
        """
        where, said = folder or self._home.inside, 0
        quiet = asyncio.timeout(silence or None)
        running = self._docker.running(self.scope.key, command, env=dict(env or {}), folder=where)
        try:
            async with asyncio.timeout(seconds), running as run, quiet:
                async for data in run:
                    take(data)
                    said += len(data)
                    if said > _MOST:
                        raise Silent(f"the output is over {_MOST >> 20} MB", hint="say less")
                    if silence:
                        quiet.reschedule(asyncio.get_running_loop().time() + silence)
        except TimeoutError as error:
            why = (
                f"said nothing for {silence:g} s"
                if quiet.expired()
                else f"did not end within {seconds:g} s"
            )
            raise Silent(f"it {why}", hint="travis_wait lets a command be silent") from error
        return run.status


class Lines:
    """Output as whole lines."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self._say, self._rest = say, ""
        self._decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")

    def take(self, data: bytes) -> None:
        """Output, as it comes."""
        for line in self.feed(data):
            self._say(line)

    def feed(self, data: bytes) -> list[str]:
        """The lines that are whole now."""
        *lines, self._rest = (self._rest + self._decoder.decode(data)).split("\n")
        return [line.rstrip("\r") for line in lines]

    def end(self) -> None:
        """What is left without a newline."""
        if self._rest:
            self._say(self._rest)
        self._rest = ""


@contextlib.asynccontextmanager
async def open_job(home: Home, hands: Hands) -> AsyncIterator[JobContainer]:
    """A container for the commands of a job; it goes with the context, and all that it made.

    Raises:
        NotFound: there is no such image.
        HomeportError: it could not be started.
    """
    docker, scope = hands.docker, home.scope
    home.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    door = JobSocket(path=home.folder / "docker.sock", scope=scope, hands=hands)
    try:
        async with door.open():
            await ensure_image(docker, scope.image, hands.say)
            await docker.create_container(scope.key, _body(home, door.path))
            await docker.start(scope.key)
            await start_services(docker, scope, home.services, hands.say)
            yield JobContainer(home, docker)
    finally:
        await to_its_end(_end(docker, home))


async def _end(docker: Docker, home: Home) -> None:
    with contextlib.suppress(HomeportError):
        await docker.remove_container(home.scope.key, force=True, volumes=True)
    with contextlib.suppress(HomeportError):
        await sweep(docker, home.scope.prefix)
    shutil.rmtree(home.folder, ignore_errors=True)


def _body(home: Home, door: Path) -> dict[str, object]:
    limits = home.scope.limits
    return {
        "Image": home.scope.image,
        "Entrypoint": ["/bin/sh", "-c"],
        "Cmd": ["trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"],
        "WorkingDir": home.inside,
        "Labels": {**home.labels, LABEL: home.scope.key, BESIDE: "job"},
        "Env": [f"DOCKER_HOST=unix://{_SOCKET}"],
        "HostConfig": {
            "Init": True,
            "Binds": [
                f"{home.tree}:{home.inside}",
                f"{door}:{_SOCKET}",
                *home.binds,
                *_tools(home.tools),
            ],
            "SecurityOpt": ["no-new-privileges"],
            "Memory": limits.memory,
            "MemorySwap": limits.memory,
            "NanoCpus": int(limits.cpus * 1e9),
            "CpuShares": limits.shares,
            "PidsLimit": limits.pids,
        },
    }


def _tools(copies: Path | None) -> list[str]:
    """The Docker client of this box: the commands of a repository expect one."""
    found = []
    if client := shutil.which("docker"):
        real = _on_the_box(Path(client).resolve(), copies)
        found.append(f"{real}:/usr/local/lib/homeport/docker:ro")
        found.append(f"{_on_the_box(_CLIENT, copies)}:/usr/local/bin/docker:ro")
    plugins = [Path(folder) for folder in _PLUGINS if Path(folder).is_dir()][:1]
    target = "/usr/local/lib/docker/cli-plugins"
    return found + [f"{_on_the_box(folder, copies)}:{target}:ro" for folder in plugins]


def _on_the_box(path: Path, copies: Path | None) -> Path:
    """Where the Engine finds it: in a container of its own, only homeport's state is the box's."""
    if copies is None:
        return path
    copy = copies / path.name
    copy.parent.mkdir(parents=True, exist_ok=True)
    if path.is_dir():
        if not copy.exists():
            shutil.copytree(path, copy)
    elif not (copy.exists() and filecmp.cmp(path, copy)):
        # Its time, too, by which a newer one is known; whole, since a job may run the older one.
        new = copy.with_name(f"{copy.name}.new")
        shutil.copy2(path, new)
        new.replace(copy)
    return copy

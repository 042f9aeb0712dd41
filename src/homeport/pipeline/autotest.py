"""Run the tests of a commit as Docker Hub does, with the real Compose."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from homeport.engine import process
from homeport.engine.docker import Docker
from homeport.errors import FileFault, HomeportError, NotFound
from homeport.pipeline.hub import SUT, of_first_format
from homeport.tasks import to_its_end

_KEPT = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG", "TMPDIR", "LANG")


@dataclass(frozen=True, slots=True, kw_only=True)
class Autotest:
    """A test to run: its compose file, under which project, with which variables."""

    file: Path
    project: str
    variables: Mapping[str, str]
    deadline: float  # seconds

    @property
    def read(self) -> bytes:
        """What Compose reads in the file's place; nothing where it reads that."""
        with contextlib.suppress(OSError, UnicodeDecodeError):
            return of_first_format(self.file.read_text()).encode()
        return b""


async def autotest(docker: Docker, test: Autotest, say: Callable[[str], None]) -> None:
    """Start `sut` with what it depends on, and let its exit status decide.

    Raises:
        FileFault: there is no service `sut`.
        HomeportError: it did not build, not end in time, or not end well.
    """
    try:
        async with asyncio.timeout(test.deadline):
            await _up(test, say)
            status = await _watched(docker, test, say)
    except TimeoutError as error:
        raise HomeportError(
            f"the tests of {test.file.name} did not end within {test.deadline:g} s",
            hint="nothing was published, and nothing that is live was touched",
        ) from error
    finally:
        await to_its_end(_down(test))
    if status:
        raise HomeportError(
            f"the tests of {test.file.name} failed: {SUT} ended with status {status}",
            hint="the lines above are its own",
        )


async def _up(test: Autotest, say: Callable[[str], None]) -> None:
    lines = []
    arguments = ("up", "--build", "--detach", "--quiet-pull", SUT)
    async with process.stream(
        [*_compose(test), *arguments],
        cwd=test.file.parent,
        env=_environment(test),
        only=True,
        stdin=test.read,
    ) as output:
        async for raw in output:
            line = raw.decode(errors="replace").rstrip()
            lines.append(line)
            if line:
                say(line)
    if not output.status:
        return
    last = next((line for line in reversed(lines) if line.strip()), "")
    if "no such service" in last:
        fault, hint = f"there is no service {SUT}", f"Docker Hub runs the service {SUT}"
        raise FileFault(fault, file=test.file.name, hint=hint)
    raise HomeportError(f"the tests of {test.file.name} could not be started: {last.strip()}")


async def _watched(docker: Docker, test: Autotest, say: Callable[[str], None]) -> int:
    """The exit status of `sut`, once it ended; its output meanwhile."""
    labels = (f"com.docker.compose.project={test.project}", f"com.docker.compose.service={SUT}")
    (found,) = await docker.containers(labels=labels)
    rest = b""
    async with docker.logs(found.id, follow=True) as output:
        async for _, data in output:
            *lines, rest = (rest + data).split(b"\n")
            for line in lines:
                say(line.decode(errors="replace"))
    if rest:
        say(rest.decode(errors="replace"))
    while (ended := await docker.container(found.id)).running:
        await asyncio.sleep(0.05)
    return ended.exit_code


async def _down(test: Autotest) -> None:
    """Leave nothing behind, also of a test that was not to its end."""
    arguments = ("down", "--volumes", "--remove-orphans", "--rmi", "local", "--timeout", "1")
    with contextlib.suppress(HomeportError, NotFound):
        await process.run(
            [*_compose(test), *arguments],
            cwd=test.file.parent,
            env=_environment(test),
            only=True,
            stdin=test.read,
            seconds=60,
        )


def _compose(test: Autotest) -> list[str]:
    argv = ["docker", "compose", "--ansi", "never", "-p", test.project, "-f"]
    if not test.read:
        return [*argv, str(test.file)]
    return [*argv, "-", "--project-directory", str(test.file.parent)]


def _environment(test: Autotest) -> dict[str, str]:
    """Nothing of homeport's own: a compose file can ask for every variable."""
    kept = {key: os.environ[key] for key in _KEPT if key in os.environ}
    return {**kept, "BUILDKIT_PROGRESS": "plain", **test.variables}

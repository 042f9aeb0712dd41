"""A compose project in a folder, for `homeport stack`: the composition root of that command."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractAsyncContextManager
from typing import TYPE_CHECKING, Any

from msgspec.structs import asdict

from homeport.cli.interrupts import interruptible
from homeport.cli.reading import Reading
from homeport.delivery.apply import Mover, Where
from homeport.delivery.ledger import Switch
from homeport.delivery.standalone import Wanted, up
from homeport.delivery.unrouted import Unrouted
from homeport.engine.docker import Docker
from homeport.errors import FileFault, HomeportError
from homeport.events import ActionStarted, Event
from homeport.model.stack import Stack
from homeport.settings import Settings
from homeport.stack.check import check_folder
from homeport.stack.observe import observe
from homeport.tell import tell

if TYPE_CHECKING:
    from homeport.cli.client import Client

Holding = Callable[[], AbstractAsyncContextManager[None]]


class Project:
    """A project, what it is read from, and who moves it."""

    def __init__(self, reading: Reading, docker: Docker, switch: Switch, holding: Holding) -> None:
        self.name, self._reading, self._docker = reading.project, reading, docker
        self._settings = settings = reading.settings
        self._daemon, self._holding = _daemon(settings), holding
        self.mover = Mover(
            docker, switch, Terminal(), instance=settings.instance, locks=settings.locks
        )

    @classmethod
    async def open(cls, reading: Reading) -> Project:
        """Find the proxy."""
        docker = Docker(reading.settings.docker_host)
        switch, holding = await _switch(docker, reading.settings)
        return cls(reading, docker, switch, holding)

    async def read(self, *, scale: Mapping[str, int] | None = None) -> Wanted:
        """What the file wants."""
        found = await self._reading.config()
        for warning in found.warnings:
            _say(f"warning: {warning}")
        return Wanted(
            project=self.name,
            model=found.model,
            hashes=found.hashes,
            directory=str(self._reading.directory),
            files=[str(f) for f in self._reading.files],
            scale=scale or {},
            named=self._reading.named,
        )

    def stack(self, wanted: Wanted) -> Stack:
        """It as a Stack.

        Raises:
            FileFault: the file asks for what cannot be; the daemon would not know in which line.
        """
        try:
            return wanted.stack(deadline=self._settings.deadline, drain=self._settings.drain)
        except FileFault as fault:
            from homeport.engine.places import located

            raise located(fault, self._reading.files) from fault

    async def plan(self, wanted: Wanted) -> dict[str, Any]:
        """What `up` would do."""
        stack = self.stack(wanted)
        if self._daemon:
            found: dict[str, Any] = self._daemon.post("/api/stacks/plan", asdict(wanted))
        else:
            from homeport.delivery.standalone import shown

            found = shown(await self.mover.plan(stack))
        asked = "`up` asks its registry first, as pull_policy says"
        warnings = [f"{image}: {asked}" for image in _pulled(stack)]
        return {**found, "warnings": [*found["warnings"], *warnings]}

    async def pull(self, stack: Stack) -> None:
        """Ask for what each tag names now whose service says `pull_policy: always`.

        Raises:
            HomeportError: an image could not be pulled.
        """
        for image in _pulled(stack):
            from homeport.model.plan import PullImage
            from homeport.stack.apply import Hands

            await Hands(self._docker, _say).perform(PullImage(target=image))

    async def build(self, stack: Stack) -> None:
        """Build the image of each service that has a build section."""
        if not any(service.build for service in stack.services.values()):
            return
        from homeport.build.apply import build
        from homeport.build.command import Wanted

        for name, service in stack.services.items():
            if service.build:
                wanted = Wanted(
                    service=name, build=service.build, tags=(service.image,), labels={}, args={}
                )
                state = self._settings.state
                record, scratch = state / "builds" / self.name / "stack", state / "scratch"
                await build(wanted, record_dir=record, scratch=scratch, say=_say)

    async def up(self, wanted: Wanted) -> None:
        """Make it so; go back to what ran before when it fails."""
        before, stack = self._reading.contents(), self.stack(wanted)
        if self._daemon:
            _follow(self._daemon.messages("/api/stacks/up", asdict(wanted)))
        else:
            with interruptible():
                async with self._holding():
                    await up(self.mover, stack, alone=True)
        if self._reading.contents() != before:
            _say("warning: the compose file changed meanwhile: what was read is what runs")

    async def down(self, *, volumes: bool) -> None:
        """Take it away.

        Raises:
            Conflict: it is another folder's, and nobody said its name.
        """
        if not self._reading.named:
            here = str(self._reading.directory)
            check_folder(
                await observe(self._docker, self.name, folder=here),
                hint="go there; or, where that one is meant",
            )
        if self._daemon:
            asked = {"project": self.name, "volumes": volumes}
            _follow(self._daemon.messages("/api/stacks/down", asked))
        else:
            await self.mover.down(Where(project=self.name), volumes=volumes)

    async def containers(self) -> list[dict[str, str]]:
        """The project's containers."""
        found = await self._docker.containers(labels=(f"com.docker.compose.project={self.name}",))
        return [
            {"service": c.service, "name": c.name, "state": c.state, "health": str(c.health)}
            for c in sorted(found, key=lambda c: c.name)
        ]

    async def aclose(self) -> None:
        """Close the connections."""
        self._docker.close()


def _pulled(stack: Stack) -> list[str]:
    """The images that are asked for anew each time."""
    services = stack.services.values()
    found = (s.image for s in services if s.pull_policy == "always" and s.replicas and not s.build)
    return list(dict.fromkeys(found))


class Terminal:
    """A ledger on stderr: for a movement that no daemon remembers."""

    def record(self, event: Event) -> None:
        """Print what a person wants to know."""
        line = tell(event)
        if line and (isinstance(event, ActionStarted) or not event.run):
            _say(line.strip())

    def output(self, run: int, line: str) -> None:
        """Print a line of a program's output."""
        _say(line)


def _follow(messages: Iterable[dict[str, Any]]) -> None:
    for message in messages:
        if "line" in message:
            _say(message["line"])


def _daemon(settings: Settings) -> Client | None:
    """The daemon of this state folder, where one runs: it moves the project then."""
    if not settings.socket.exists():
        return None
    from homeport.cli.client import Client  # 10 ms that a stack with no daemon does not need

    client = Client(settings)
    return client if client.answers() else None


def _say(line: str) -> None:
    """Tell it; where nobody reads it any more, what was asked for goes on."""
    try:
        print(line, file=sys.stderr, flush=True)
    except OSError:  # the interpreter would complain of it at its end, too
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())


async def _switch(docker: Docker, settings: Settings) -> tuple[Switch, Holding]:
    """The proxy, where this homeport's nginx runs; and how requests are held meanwhile."""
    try:
        running = await docker.containers(
            labels=(f"com.docker.compose.project={settings.system_project}",), every=False
        )
    except HomeportError:
        running = []
    if not running:
        return Unrouted(), contextlib.nullcontext
    from homeport.daemon.system import proxy_of
    from homeport.proxy.waits import Switch as Waits

    proxy = proxy_of(docker, settings)
    return Waits(docker, proxy, followed=False), proxy.held.holding.open

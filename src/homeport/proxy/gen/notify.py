"""Tell those who read the file: a command, signals to containers; again until it worked."""

from __future__ import annotations

import asyncio
import signal

from homeport.engine import process
from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.proxy.gen.options import RESTART, TemplateConfig
from homeport.proxy.gen.view import Tell

_GRACE = 10  # seconds until a container that is restarted is killed, as in docker-gen
_COMMAND = 300.0  # seconds that a command may take
_SOON, _LATER = 0.5, 30.0  # seconds until what failed is tried again, at first and at most


class Notifier:
    """Whoever one file's configuration names; remembers who could not be told."""

    def __init__(self, docker: Docker, config: TemplateConfig, tell: Tell) -> None:
        self._docker, self._config, self._tell = docker, config, tell
        self._pending: set[str] = set()
        self._told: dict[str, str] = {}
        self._pause = _SOON

    @property
    def again_in(self) -> float:
        """Seconds until `again` should be called; 0 where everybody was told."""
        return self._pause if self._pending else 0.0

    async def tell_all(self) -> bool:
        """Tell everybody; whether it worked."""
        self._pending, self._pause = set(self._everybody()), _SOON
        return await self._try()

    async def again(self) -> bool:
        """Tell those who could not be told; whether it worked."""
        self._pause = min(2 * self._pause, _LATER)
        return await self._try()

    def _everybody(self) -> list[str]:
        """A name for each that is told: `container:NAME`, `filter`, `command`."""
        config = self._config
        return [
            *(["command"] if config.notify_command else []),
            *(f"container:{name}" for name in config.notify),
            *(["filter"] if config.notify_filter else []),
        ]

    async def _try(self) -> bool:
        for one in [who for who in self._everybody() if who in self._pending]:
            try:
                await self._do(one)
            except HomeportError as error:
                self._failed(one, error)
            else:
                self._pending.discard(one)
                self._told.pop(one, None)
        return not self._pending

    def _failed(self, one: str, error: HomeportError) -> None:
        if self._told.get(one) != error.message:
            self._told[one] = error.message
            self._tell(f"Could not notify {one}, trying again: {error.message}")

    async def _do(self, one: str) -> None:
        if one == "command":
            await self._run()
        elif one == "filter":
            found = await self._docker.matching(self._config.notify_filter, every=False)
            signals = {c.id: self._config.notify_signal for c in found}
            await asyncio.gather(*(self._send(c, number) for c, number in signals.items()))
        else:
            name = one.removeprefix("container:")
            await self._send(name, self._config.notify[name])

    async def _send(self, container: str, number: int) -> None:
        if number == RESTART:
            self._tell(f"Restarting container '{container}'")
            await self._docker.restart(container, grace=_GRACE)
            return
        await self._docker.kill(container, str(number))
        self._tell(f"Sent container '{container}' signal {signal_name(number)}")

    async def _run(self) -> None:
        command = self._config.notify_command
        self._tell(f"Running '{command}'")
        ended = await process.run(["/bin/sh", "-c", command], seconds=_COMMAND)
        if self._config.notify_output:
            for line in (ended.stdout + ended.stderr).decode(errors="replace").splitlines():
                self._tell(f"[{command}]: {line}")
        if ended.status:
            raise HomeportError(f"'{command}' ended with status {ended.status}: {ended.complaint}")


def signal_name(number: int) -> str:
    """`HUP`, or the number where it has no name here."""
    try:
        return signal.Signals(number).name.removeprefix("SIG")
    except ValueError:
        return str(number)

"""Generate: once, or whenever something changes, until somebody ends it."""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
import time
from collections.abc import Sequence
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.proxy.gen.file import File
from homeport.proxy.gen.options import TemplateConfig
from homeport.proxy.gen.output import own_id
from homeport.proxy.gen.view import Tell, View


class Generator:
    """Every file, and the views that they are made from."""

    def __init__(self, docker: Docker, configs: Sequence[TemplateConfig], tell: Tell) -> None:
        self._own = current_container()
        self._docker, self._tell = docker, tell
        self._views: list[tuple[object, View]] = []
        self._files = [File(docker, c, self._view(c), tell) for c in configs]

    async def run(self) -> None:
        """Generate once; go on while a file is watched or made at intervals.

        Raises:
            HomeportError: of a file that is made once: the Engine does not answer, it cannot be
                made, or somebody could not be told.
        """
        staying = [file for file in self._files if file.config.stays]
        await self._look(patient=bool(staying))
        for file in self._files:
            if not file.config.stays:
                await file.generate()
            elif file.view.version:
                await file.generate_again()
        if staying:
            await self._stay(staying)
        elif any(file.notifier.again_in for file in self._files):
            raise HomeportError("what was generated is in place, but not everybody could be told")

    async def _look(self, *, patient: bool) -> None:
        """List everything; who stays may wait for an Engine that is down."""
        try:
            await asyncio.gather(*(view.look() for _, view in self._views))
        except HomeportError as error:
            if not patient:
                raise
            self._tell(f"Nothing is listed yet: {error.message}")

    async def differences(self) -> str:
        """What would change in all files.

        Raises:
            HomeportError: the Engine does not answer, or a file cannot be made.
        """
        await self._look(patient=False)
        return "".join(file.difference() for file in self._files)

    def _view(self, config: TemplateConfig) -> View:
        """Files with the same filters share a view."""
        key = (dict(config.containers), config.include_stopped)
        for other, view in self._views:
            if other == key:
                return view
        view = View(
            self._docker,
            self._tell,
            filters=config.containers,
            stopped=config.include_stopped,
            own=self._own,
        )
        self._views.append((key, view))
        return view

    async def _stay(self, files: list[File]) -> None:
        """Until SIGTERM or SIGINT; a SIGHUP makes everything anew."""
        loop, ended, again = asyncio.get_running_loop(), asyncio.Event(), asyncio.Event()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, ended.set)
        loop.add_signal_handler(signal.SIGHUP, again.set)
        watched = [file for file in files if file.config.watch]
        views = [view for _, view in self._views if any(f.view is view for f in watched)]
        tasks = [
            asyncio.create_task(ended.wait()),
            asyncio.create_task(_anew(files, again, self._tell)),
            *(asyncio.create_task(view.follow()) for view in views),
            *(asyncio.create_task(_keep(file)) for file in watched),
            *(asyncio.create_task(_repeat(f, self._tell)) for f in files if f.config.interval),
        ]
        done, rest = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        for task in rest:
            task.cancel()
        await asyncio.gather(*rest, return_exceptions=True)
        for task in done:
            task.result()


async def _keep(file: File) -> None:
    """Generate whenever something changed; do again what did not work."""
    while True:
        pause = file.again_in
        try:
            async with asyncio.timeout(pause or None):
                await file.view.newer(file.version)
        except TimeoutError:
            await file.again()
        else:
            await _quiet(file)
            await file.generate_again()
            if pause and file.notifier.again_in:
                await file.notifier.again()


async def _quiet(file: File) -> None:
    """Return when no change came for a while, or they have come for long enough."""
    first = last = time.monotonic()
    while True:
        version, due = file.view.version, file.config.wait.due(first, last)
        try:
            async with asyncio.timeout(max(due - time.monotonic(), 0)):
                await file.view.newer(version)
        except TimeoutError:
            return
        last = time.monotonic()


async def _repeat(file: File, tell: Tell) -> None:
    """Generate at intervals, and tell whether or not anything changed, as docker-gen does."""
    while True:
        await asyncio.sleep(file.config.interval)
        await _look(file.view, tell)
        await file.generate_again(always=True)


async def _anew(files: list[File], again: asyncio.Event, tell: Tell) -> None:
    while True:
        await again.wait()
        again.clear()
        tell("Received signal: hangup")
        for file in files:
            await _look(file.view, tell)
            await file.generate_again()


async def _look(view: View, tell: Tell) -> None:
    try:
        await view.look()
    except HomeportError as error:
        tell(f"Nothing is listed: {error.message}")


def current_container() -> str:
    """The id of the container that this runs in; "" where it is in none."""
    texts = []
    for name in ("cgroup", "mountinfo"):
        with contextlib.suppress(OSError):
            texts.append(Path(f"/proc/self/{name}").read_text())
    return own_id(socket.gethostname(), texts)

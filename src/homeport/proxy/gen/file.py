"""One file that is generated: made, compared, written, told."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.proxy.gen.check import complaint
from homeport.proxy.gen.facts import Strings
from homeport.proxy.gen.notify import Notifier
from homeport.proxy.gen.options import TemplateConfig
from homeport.proxy.gen.output import (
    chosen,
    difference,
    mounted_alone,
    path_on_machine,
    proxy_networks,
    without_blank_lines,
)
from homeport.proxy.gen.template import Template
from homeport.proxy.gen.view import Tell, View
from homeport.proxy.gen.write import put, read_before

_AGAIN = 5.0  # seconds: a disk that was full, a template that is being written


class File:
    """One file, made from one template."""

    def __init__(self, docker: Docker, config: TemplateConfig, view: View, tell: Tell) -> None:
        self.config, self.view, self._tell, self._docker = config, view, tell, docker
        self._template = Template(config.template)
        self._last: str | None = None  # what was printed last
        self._fault = ""  # why it is not as it should be
        self._checks = True  # whether the check had no objection
        self.notifier = Notifier(docker, config, tell)
        self.version = 0  # of the view, when it was made last

    def text(self) -> str:
        """What the file should hold now.

        Raises:
            FileFault: the template cannot be used.
        """
        every, own = self.view.containers, self.view.engine.CurrentContainerID
        context = {
            "containers": chosen(every, self.config),
            "docker": self.view.engine,
            "env": Strings(os.environ),
            "networks": proxy_networks(every, self.config.notify, own),
        }
        made = self._template.render(context)
        return made if self.config.keep_blank_lines else without_blank_lines(made)

    def difference(self) -> str:
        """What would change in it.

        Raises:
            HomeportError: it cannot be made, or read.
        """
        before = read_before(Path(self.config.dest)) or b""
        return difference(before.decode(errors="replace"), self.text(), self.config.dest)

    async def generate(self, *, always: bool = False) -> None:
        """Make it; tell whoever reads it if it is another now, or `always`.

        Raises:
            HomeportError: it cannot be made or written, or the check refused it; what was there
                is there still, or again.
        """
        self.version, self._checks = self.view.version, True
        text, dest = self.text(), Path(self.config.dest)
        before = read_before(dest) if self.config.dest else None
        changed = self._write(text, before)
        if changed and self.config.check:
            await self._checked(dest, before)
        if changed and self.config.dest:
            shown = len(chosen(self.view.containers, self.config))
            self._tell(f"Generated '{self.config.dest}' from {shown} containers")
        if changed or always:
            await self.notifier.tell_all()

    async def _checked(self, dest: Path, before: bytes | None) -> None:
        """Put back what was there, where the check says that the new file cannot be used."""
        found = await complaint(self._docker, self.config, self._tell)
        self._checks = not found
        if not found:
            return
        if before is None:
            dest.unlink()
        else:
            put(dest, before, mounted=self._is_mounted(dest))
        raise HomeportError(f"'{self.config.check}' refused it: {found}")

    async def generate_again(self, *, always: bool = False) -> None:
        """As `generate`, but a fault is told, once, and what was there stays."""
        try:
            await self.generate(always=always)
        except HomeportError as error:
            if error.message != self._fault:
                self._tell(f"{self.config.dest or 'output'} stays as it was: {error.message}")
            self._fault = error.message
        else:
            self._fault = ""

    @property
    def again_in(self) -> float:
        """Seconds until `again` should be called; 0 where nothing is to be done again.

        What the check refused is not tried again by itself: it would stand there for a moment.
        """
        if self._fault and self._checks:
            return _AGAIN
        return self.notifier.again_in

    async def again(self) -> None:
        """Try what did not work: to make it, or to tell somebody."""
        if self._fault and self._checks:
            await self.generate_again()
        else:
            await self.notifier.again()

    def _write(self, text: str, before: bytes | None) -> bool:
        if not self.config.dest:
            changed, self._last = text != self._last, text
            if changed:
                sys.stdout.write(text)
                sys.stdout.flush()
            return changed
        content, dest = text.encode(), Path(self.config.dest)
        if before == content:
            return False
        put(dest, content, mounted=self._is_mounted(dest))
        return True

    def _is_mounted(self, dest: Path) -> bool:
        every, own_id = self.view.containers, self.view.engine.CurrentContainerID
        own = next((c for c in every if own_id == c.ID), None)
        path = path_on_machine(str(dest.resolve()), own)
        return bool(path) and mounted_alone(path, every)

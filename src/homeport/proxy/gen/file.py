"""One file that is generated: made, compared, written, told."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.errors import HomeportError
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


class File:
    """One file, made from one template."""

    def __init__(self, docker: Docker, config: TemplateConfig, view: View, tell: Tell) -> None:
        self.config, self.view, self._tell = config, view, tell
        self._template = Template(config.template)
        self._last: str | None = None  # what was printed last
        self._refused = ""
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
            HomeportError: it cannot be made or written; what was there is there still.
        """
        self.version = self.view.version
        changed = self._write(self.text())
        if changed or always:
            await self.notifier.tell_all()

    async def generate_again(self, *, always: bool = False) -> None:
        """As `generate`, but a fault is told, once, and what was there stays."""
        try:
            await self.generate(always=always)
        except HomeportError as error:
            if error.message != self._refused:
                self._tell(f"{self.config.dest or 'output'} stays as it was: {error.message}")
            self._refused = error.message
        else:
            self._refused = ""

    def _write(self, text: str) -> bool:
        if not self.config.dest:
            changed, self._last = text != self._last, text
            if changed:
                sys.stdout.write(text)
                sys.stdout.flush()
            return changed
        content, dest = text.encode(), Path(self.config.dest)
        if read_before(dest) == content:
            return False
        put(dest, content, mounted=self._is_mounted(dest))
        shown = len(chosen(self.view.containers, self.config))
        self._tell(f"Generated '{self.config.dest}' from {shown} containers")
        return True

    def _is_mounted(self, dest: Path) -> bool:
        every, own_id = self.view.containers, self.view.engine.CurrentContainerID
        own = next((c for c in every if own_id == c.ID), None)
        path = path_on_machine(str(dest.resolve()), own)
        return bool(path) and mounted_alone(path, every)

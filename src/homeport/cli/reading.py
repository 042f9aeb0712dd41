"""What `homeport stack` reads: begun at once, so that Compose works while the rest is imported."""

from __future__ import annotations

import asyncio
import hashlib
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from homeport.engine import compose
from homeport.engine.compose import ComposeConfig
from homeport.errors import RequestError
from homeport.settings import Settings, read_settings


@dataclass(slots=True, kw_only=True)
class Reading:
    """A project, its files, and what Compose makes of them."""

    project: str
    files: tuple[Path, ...]
    environ: Mapping[str, str]
    settings: Settings
    _task: asyncio.Task[ComposeConfig] | None = field(default=None)

    @property
    def directory(self) -> Path:
        """What paths in the file are relative to."""
        return self.files[0].parent

    async def begin(self) -> None:
        """Let Compose read the files; what comes of it is asked for later."""
        self._task = asyncio.create_task(self._read())
        for _ in range(5):  # until its programs have been started
            await asyncio.sleep(0)

    async def config(self) -> ComposeConfig:
        """What Compose made of them.

        Raises:
            RequestError: there is no compose file.
            FileFault: it cannot be.
        """
        if not self.files:
            raise RequestError("there is no compose file here", hint="name one with -f")
        return await (self._task or self._read())

    def digest(self) -> list[str]:
        """Tells whether the files are as they were."""
        files = (f for f in self.files if f.is_file())
        return [hashlib.sha256(f.read_bytes()).hexdigest() for f in files]

    async def _read(self) -> ComposeConfig:
        return await compose.read(
            self.files,
            project=self.project,
            directory=self.directory,
            environ=self.environ,
            cache=self.settings.state / "cache" / "compose",
        )


def reading(files: tuple[Path, ...], name: str | None, environ: Mapping[str, str]) -> Reading:
    """Which project and which files are meant.

    Raises:
        RequestError: there is no compose file.
    """
    settings = read_settings(environ)
    if settings.docker_host:  # buildx and compose are to ask the same Engine
        os.environ["DOCKER_HOST"] = settings.docker_host
    found = tuple(f.resolve() for f in files) or compose.default_files(Path.cwd())
    if not found and not name:
        raise RequestError(
            "there is no compose file here", hint="name one with -f, or a project with -p"
        )
    project = name or environ.get("COMPOSE_PROJECT_NAME") or _folder_name(found[0].parent)
    return Reading(project=project, files=found, environ=environ, settings=settings)


def _folder_name(folder: Path) -> str:
    """A project's name from its folder, by Compose's rule."""
    name = re.sub(r"[^-_a-z0-9]", "", folder.name.lower()).lstrip("_-")
    if not name:
        raise RequestError(f"the folder {folder} gives no project name", hint="name it with -p")
    return name

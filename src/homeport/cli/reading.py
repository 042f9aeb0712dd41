"""What `homeport stack` reads: begun at once, so that Compose works while the rest is imported."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from homeport.engine.compose_files import Question, extended, plugin
from homeport.engine.compose_project import (
    absolute,
    found_files,
    normalised,
    project_name,
    working_folder,
)
from homeport.engine.spawn import Spawned
from homeport.errors import RequestError
from homeport.settings import Settings
from homeport.settings.read import read_settings

if TYPE_CHECKING:
    from homeport.engine.compose import ComposeConfig
    from homeport.engine.process import Result


class Reading:
    """A project, its files, and what Compose makes of them."""

    def __init__(
        self, project: str, files: tuple[Path, ...], environ: Mapping[str, str], settings: Settings
    ) -> None:
        self.project, self.files, self.settings = project, files, settings
        self.named = True  # whether somebody said the project's name; else it is its folder's
        self._environ = environ
        self._programs: dict[str, Spawned] = {}
        self._begun = False

    @property
    def directory(self) -> Path:
        """What paths in the file are relative to."""
        return self.files[0].parent

    @property
    def _cache(self) -> Path:
        return self.settings.state / "cache" / "compose"

    @property
    def _remembered(self) -> Path:
        """Where the answers are that Compose gave for this project."""
        return self._cache / self.project

    @property
    def _learnt(self) -> Path:
        """Where it is that is known of how Compose hashes this project's services."""
        return self._remembered / "hashing"

    def begin(self) -> None:
        """Let Compose read the files, once, where it is not known what comes of it."""
        if self._begun or not self.files:
            return
        self._begun = True
        question = Question(
            files=self.files,
            project=self.project,
            directory=self.directory,
            environ=self._environ,
        )
        inputs = question.inputs()
        if not self._is_new(inputs) and self._is_known(question.key(inputs)):
            return
        hashes = not self._learnt.is_file()
        argvs = question.argvs(extended=extended(inputs), hashes=hashes)
        env = question.brief_env(inputs)
        try:
            self._programs = {what: Spawned(argv, env) for what, argv in argvs.items()}
        except OSError:
            return  # it is asked again, and told then

    def _is_new(self, inputs: Mapping[str, bytes] | None) -> bool:
        """Whether a file was written after Compose answered last: what it says is hardly known.

        To know it takes a digest, and to import what makes one 3 ms: Compose starts before that.
        """
        answered = [path.stat().st_mtime for path in self._remembered.glob("*.json")]
        written = [Path(name).stat().st_mtime for name in inputs or ()]
        return max(written, default=0.0) > max(answered, default=0.0)

    def _is_known(self, key: str) -> bool:
        return bool(key) and (self._remembered / f"{key}.json").is_file()

    async def config(self) -> ComposeConfig:
        """What Compose made of them.

        Raises:
            RequestError: there is no compose file.
            FileFault: it cannot be.
        """
        if not self.files:
            raise RequestError("there is no compose file here", hint="name one with -f")
        from homeport.cli.foresight import Foresight
        from homeport.engine import compose

        return await compose.read(
            self.files,
            project=self.project,
            directory=self.directory,
            environ=self._environ,
            cache=self._cache,
            begun=self._answers() if self._programs else None,
            foresight=Foresight(self._learnt, plugin()),
        )

    def contents(self) -> list[bytes]:
        """What stands in the files: tells whether they are as they were."""
        return [file.read_bytes() for file in self.files if file.is_file()]

    async def _answers(self) -> dict[str, Result]:
        from homeport.engine.process import Result

        answers = {what: program.wait() for what, program in self._programs.items()}
        return {
            what: Result(status=status, stdout=out, stderr=err)
            for what, (status, out, err) in answers.items()
        }


def reading(files: tuple[Path, ...], name: str | None, environ: Mapping[str, str]) -> Reading:
    """Which project and which files are meant.

    Raises:
        RequestError: there is no compose file.
    """
    settings = read_settings(environ)
    if settings.docker_host:  # buildx and compose are to ask the same Engine
        os.environ["DOCKER_HOST"] = settings.docker_host
    folder = working_folder(environ)
    found = tuple(absolute(folder, file) for file in files) or found_files(folder, environ)
    if not found and not name:
        raise RequestError(
            "there is no compose file here", hint="name one with -f, or a project with -p"
        )
    project = name or project_name(found, environ)
    if not project:
        raise RequestError(
            f"the folder {found[0].parent} gives no project name", hint="name it with -p"
        )
    made = Reading(project, found, environ, settings)
    made.named = bool(name) or project != normalised(found[0].parent.name)
    return made

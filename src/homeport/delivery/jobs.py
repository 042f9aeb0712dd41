"""What a job is given: a name of its own, its folders, and what its Docker socket may do."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import shutil
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from homeport.delivery.workshop import Workshop
from homeport.engine.logins import registry_of
from homeport.errors import Conflict, HomeportError, NotFound, RequestError, Unavailable
from homeport.model.app import App, Run
from homeport.model.names import app_of, check_repository, staged, staged_by
from homeport.pipeline.container import Home
from homeport.pipeline.gate.parts import Part
from homeport.pipeline.gate.scope import RUN, Limits, Scope
from homeport.pipeline.sweep import sweep
from homeport.registry.registry import Registry

_numbers = itertools.count(1)
# Jobs of a daemon that was killed are told from those of this one.
_BOOT = secrets.token_hex(2)
_LEFT = ("jobs", "scratch")  # folders of the state folder
_ASIDE = ".of-before-"


class Pushed(msgspec.Struct, frozen=True, kw_only=True):
    """An image that a job pushed: in the registry, under a tag that nobody pulls yet."""

    repository: str
    tag: str
    staged: str
    platforms: tuple[str, ...]
    kind: str
    manifest: bytes
    outside: str = ""  # ghcr.io/me/blog:1: where it goes besides, since the app may push there
    parts: tuple[Part, ...] = ()  # of an index, by the names that the job gave


@dataclass(slots=True, kw_only=True)
class Job:
    """A job of a run: what it is, and what it has pushed so far."""

    shop: Workshop
    app: App
    run: Run
    say: Callable[[str], None]
    number: int = field(default_factory=lambda: next(_numbers))
    pushed: list[Pushed] = field(default_factory=list)
    earlier: Sequence[Pushed] = ()  # what jobs before it have pushed

    def home(self, tree: Path, image: str, *, inside: str = "") -> Home:
        """Where it runs: with a checkout, in an image."""
        inside = inside or f"/home/homeport/{self.app.name}"
        scope = Scope(
            app=self.app.name,
            key=f"{self.shop.job_marker}{_BOOT}-{self.run.number}-{self.number}",
            image=image,
            folders={inside: str(tree), "/var/run/docker.sock": str(self.folder / "docker.sock")},
            limits=Limits(),
            marker=self.shop.job_marker,
        )
        return Home(
            scope=scope,
            tree=tree,
            inside=inside,
            folder=self.folder,
            tools=self.shop.state / "tools" if self.shop.contained else None,
            labels={RUN: str(self.run.number)},
        )

    @property
    def folder(self) -> Path:
        """Its own on the host."""
        return self.shop.state / "jobs" / f"{self.run.number}-{self.number}"

    def registry(self) -> Registry:
        """The registry of this box.

        Raises:
            Unavailable: it has none.
        """
        if self.shop.registry is None:
            raise Unavailable("this box has no registry", hint="the setting registry")
        return self.shop.registry

    def aside(self) -> str:
        """The tag under which the next image is staged."""
        return staged(self.run.number, f"{self.number}-{len(self.pushed) + 1}")

    def repository(self, name: str) -> str:
        """The repository of the name that a job gave: its own app's, or one that is nobody's."""
        repository = check_repository(repository_of(name, self.shop.registry))
        owner = app_of(repository)
        try:
            self.shop.memory.app(owner)
        except (NotFound, RequestError):
            return repository
        if owner != self.app.name:
            raise Conflict(
                f"{repository} belongs to app {owner}",
                hint=f"push to {self.app.name}, or below it",
            )
        return repository

    def outside(self, name: str, tag: str) -> str:
        """Where an image goes besides: a registry for which the app has a login; "" for nowhere."""
        repository = self.repository(name)
        if app_of(repository) == self.app.name or name.startswith(self._own_address):
            return ""
        known = self.shop.memory.outside_login(self.app.name, registry_of(name))
        return f"{name}:{tag}" if known else ""

    @property
    def _own_address(self) -> str:
        assert self.shop.registry
        return f"{self.shop.registry.address}/"


def repository_of(name: str, registry: Registry | None) -> str:
    """What a name is called in homeport's registry: without its address; a port is no `:` there."""
    plain = name.removeprefix(f"{registry.address}/") if registry else name
    first, slash, rest = plain.partition("/")
    return first.replace(":", "-") + slash + rest if slash else plain


async def forget_jobs(shop: Workshop) -> None:
    """Take away what jobs and builds left of a daemon that was killed."""
    await sweep(shop.docker, shop.job_marker, but=f"{shop.job_marker}{_BOOT}-")
    for folder in shop.state.glob(f"*{_ASIDE}*"):
        await asyncio.to_thread(shutil.rmtree, folder, ignore_errors=True)


async def forget_staged(shop: Workshop) -> None:
    """Take the names away under which the Engine was pushing for a daemon that was killed.

    Those of runs that are gone on with stay: they are pushed again, under the same names.
    """
    if shop.registry is None:
        return
    begun = {build.run for build in shop.memory.unfinished_builds()}
    begun |= {run.number for run in shop.memory.unfinished()}
    for image in await shop.docker.images():
        for name in image.get("RepoTags") or ():
            run = staged_by(name.rpartition(":")[2])
            if name.startswith(f"{shop.registry.address}/") and run and run not in begun:
                with contextlib.suppress(HomeportError):
                    await shop.docker.remove_image(name)


def put_left_aside(shop: Workshop) -> None:
    """Move the folders of such jobs and builds out of the way; called before one can begin."""
    for name in _LEFT:
        with contextlib.suppress(FileNotFoundError):
            (shop.state / name).rename(shop.state / f"{name}{_ASIDE}{time.time_ns()}")

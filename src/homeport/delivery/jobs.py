"""What a job is given: a name of its own, its folders, and what its Docker socket may do."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import secrets
import shutil
import time
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import msgspec

from homeport.build import binfmt
from homeport.delivery.staging import push_as
from homeport.delivery.workshop import Workshop
from homeport.engine.logins import registry_of
from homeport.errors import Conflict, HomeportError, NotFound, RequestError, Unavailable
from homeport.model.app import App, Run
from homeport.model.image import Platform, read_platform
from homeport.model.names import app_of, check_repository, check_tag, staged
from homeport.pipeline.container import Home
from homeport.pipeline.gate.scope import RUN, Limits, Scope
from homeport.pipeline.serve import Hands
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
    platform: Platform
    kind: str
    manifest: bytes
    outside: str = ""  # ghcr.io/me/blog:1: where it goes besides, since the app may push there


@dataclass(slots=True, kw_only=True)
class Job:
    """A job of a run: what it is, and what it has pushed so far."""

    shop: Workshop
    app: App
    run: Run
    say: Callable[[str], None]
    number: int = field(default_factory=lambda: next(_numbers))
    pushed: list[Pushed] = field(default_factory=list)

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

    @property
    def hands(self) -> Hands:
        """What its socket may do besides asking the Engine."""
        return Hands(
            docker=self.shop.docker, stage=self._stage, register=self._register, say=self.say
        )

    async def _stage(self, image: str, name: str, tag: str) -> AsyncIterator[str]:
        """`docker push`: into homeport's registry, under a tag that nobody pulls yet.

        Raises:
            RequestError: it is no name of a repository here.
            Conflict: the repository is another app's.
        """
        registry = self.shop.registry
        if registry is None:
            raise Unavailable("this box has no registry", hint="the setting registry")
        repository = self._repository(name)
        check_tag(tag)
        if self.run.pull:
            yield f"{tag}: not pushed, since this is a pull request"
            return
        outside = self._outside(name, repository)
        there = f" and goes to {outside} then" if outside else ""
        yield f"The push refers to repository [{repository}], staged until this run has passed"
        aside = staged(self.run.number, f"{self.number}-{len(self.pushed) + 1}")
        kind, manifest = await push_as(self.shop, image, repository, aside, self.say)
        found = await self.shop.docker.image(image)
        self.pushed.append(
            Pushed(
                repository=repository,
                tag=tag,
                staged=aside,
                platform=read_platform(found.architecture),
                kind=kind,
                manifest=manifest,
                outside=f"{name}:{tag}" if outside else "",
            )
        )
        yield f"{tag}: staged{there}"

    def _repository(self, name: str) -> str:
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

    def _outside(self, name: str, repository: str) -> str:
        """The registry that a name stands for, where the app has a login for it."""
        registry = registry_of(name)
        if app_of(repository) == self.app.name or name.startswith(self._own_address):
            return ""
        return registry if self.shop.memory.outside_login(self.app.name, registry) else ""

    @property
    def _own_address(self) -> str:
        assert self.shop.registry
        return f"{self.shop.registry.address}/"

    async def _register(self) -> None:
        """Emulators for what people build for; those that this box has."""
        native, faults = await self.shop.native(), []
        for platform in (Platform("arm64"), Platform("arm", "v7"), Platform("amd64")):
            try:
                await binfmt.ensure(platform, native)
            except HomeportError as error:
                faults.append(error)
        if len(faults) > 1:
            raise faults[0]


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


def put_left_aside(shop: Workshop) -> None:
    """Move the folders of such jobs and builds out of the way; called before one can begin."""
    for name in _LEFT:
        with contextlib.suppress(FileNotFoundError):
            (shop.state / name).rename(shop.state / f"{name}{_ASIDE}{time.time_ns()}")

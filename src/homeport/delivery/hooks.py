"""The hooks of Docker Hub's automated builds, around what homeport does itself.

They run in one container for each Dockerfile, with the checkout, its git and a Docker client: what
one leaves, the next finds. A hook that fails fails the build.
"""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from homeport.delivery.hands import hands_of
from homeport.delivery.jobs import Job
from homeport.errors import HomeportError, NotFound
from homeport.model.stack import Build
from homeport.pipeline.container import JobContainer, Lines, open_job
from homeport.pipeline.gate.scope import split_tag
from homeport.pipeline.hub import hooks_beside, variables
from homeport.source.checkout import with_git
from homeport.source.history import subject


@dataclass(frozen=True, slots=True, kw_only=True)
class Hooks:
    """The hooks beside one Dockerfile; none where there is no container."""

    job: Job
    names: tuple[str, ...] = ()
    variables: Mapping[str, str] = field(default_factory=dict)
    folder: str = ""  # of the Dockerfile, in the container
    outside: Path = Path()  # the same on the host
    container: JobContainer | None = None

    def has(self, name: str) -> bool:
        """Whether there is such a hook."""
        return name in self.names

    @property
    def tests(self) -> bool:
        """Whether one of them has to do with tests."""
        return any(self.has(name) for name in ("pre_test", "test", "post_test"))

    async def run(self, *names: str) -> bool:
        """Run hooks, those that are there; whether there was one.

        Raises:
            HomeportError: one failed.
        """
        there = [name for name in names if self.has(name)]
        for name in there:
            await self._one(name)
        return bool(there)

    async def _one(self, name: str) -> None:
        assert self.container
        path, shop = f"hooks/{name}", self.job.shop
        self.job.say(f"{path}")
        lines = Lines(self.job.say)
        status = await self.container.run(
            ["bash", path],
            take=lines.take,
            seconds=shop.test_deadline,
            env=self.variables,
            folder=self.folder,
        )
        lines.end()
        if status:
            raise HomeportError(
                f"{path} ended with status {status}", hint="the lines above are its own"
            )

    async def offer(self, image: str) -> None:
        """Let the hooks find an image as $IMAGE_NAME."""
        if self.container:
            name, tag = split_tag(self.container.scope.own_image(self.variables["IMAGE_NAME"]))
            await self.job.shop.docker.tag(image, name, tag)

    async def built(self) -> str:
        """The id of what `hooks/build` made.

        Raises:
            HomeportError: it made no $IMAGE_NAME.
        """
        assert self.container
        name = self.variables["IMAGE_NAME"]
        try:
            return (await self.job.shop.docker.image(self.container.scope.own_image(name))).id
        except NotFound as error:
            raise HomeportError(
                f"hooks/build made no image {name}", hint="docker build -t $IMAGE_NAME ."
            ) from error


@contextlib.asynccontextmanager
async def hooks_of(
    job: Job, build: Build, *, tree: Path, repository: str, tag: str
) -> AsyncIterator[Hooks]:
    """The hooks beside the Dockerfile of a build, ready to run.

    Raises:
        HomeportError: their container could not be started.
    """
    folder = (Path(build.context) / (build.dockerfile or "Dockerfile")).parent
    names = hooks_beside(folder) if folder.is_relative_to(tree) else ()
    if not names:
        yield Hooks(job=job)
        return
    home = job.home(tree, job.shop.job_image)
    async with (
        with_git(job.shop.repository(job.app.name), tree, job.run.commit),
        open_job(home, hands_of(job)) as container,
    ):
        yield Hooks(
            job=job,
            names=names,
            outside=folder,
            folder=f"{home.inside}/{folder.relative_to(tree)}".removesuffix("/."),
            container=container,
            variables={
                **await _described(job, build, repository=repository, tag=tag),
                # The checkout may be another user's than who runs in the container.
                "GIT_CONFIG_COUNT": "1",
                "GIT_CONFIG_KEY_0": "safe.directory",
                "GIT_CONFIG_VALUE_0": "*",
            },
        )


async def _described(job: Job, build: Build, *, repository: str, tag: str) -> Mapping[str, str]:
    run = job.run
    return variables(
        branch=run.ref.removeprefix("refs/heads/").removeprefix("refs/tags/"),
        commit=run.commit,
        message=await subject(job.shop.repository(job.app.name), run.commit),
        repository=repository,
        dockerfile=(build.dockerfile or "Dockerfile").rpartition("/")[2],
        tag=tag,
    )

"""What a job calls as `docker`: the box's own client, for all but manifests and builders."""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from homeport.engine.docker import Docker
from homeport.pipeline import container
from homeport.pipeline.gate.parts import Part
from homeport.pipeline.gate.verdict import Index
from tests.engine.test_job_socket import Answer, Job, opened

pytestmark = pytest.mark.engine
SCRIPT = Path(container.__file__).parent / "bash" / "docker.sh"


class Caller:
    """A job that calls the script."""

    def __init__(self, job: Job) -> None:
        self.job = job

    def asked(self) -> list[tuple[str, tuple[Part, ...]]]:
        """What homeport was asked of indexes."""
        return [(asked.how, parts) for asked, parts in self.job.indexes]

    async def call(self, *arguments: str) -> Answer:
        real = shutil.which("docker")
        assert real
        return await self.job.docker(*arguments, program=str(SCRIPT), HOMEPORT_DOCKER=real)

    async def well(self, *arguments: str) -> str:
        done = await self.call(*arguments)
        assert 0 == done.status, done.err
        return done.out

    async def refused(self, *arguments: str) -> str:
        done = await self.call(*arguments)
        assert 0 != done.status, done.out
        return done.err


@pytest.fixture
async def job(docker: Docker, tmp_path: Path) -> AsyncIterator[Caller]:
    async for made in opened(docker, tmp_path / "job", "blog"):
        yield Caller(made)


AMD64, ARM = Part(name="me/site:amd64"), Part(name="me/site:armhf")


async def test_a_manifest_list_is_made_of_what_the_job_names(job: Caller) -> None:
    """As with the client: create, annotate, look at it, push."""
    await job.well("manifest", "create", "me/site:latest", "me/site:amd64", "me/site:armhf")
    annotated = ("--os", "linux", "--arch=arm", "--variant", "v6")
    await job.well("manifest", "annotate", "me/site:latest", "me/site:armhf", *annotated)
    assert "show\n" == await job.well("manifest", "inspect", "me/site:latest")
    assert "push\n" == await job.well("manifest", "push", "--purge", "me/site:latest")
    v6 = Part(name="me/site:armhf", said={"os": "linux", "arch": "arm", "variant": "v6"})
    assert [
        ("check", (AMD64, ARM)),
        ("check", (AMD64, v6)),
        ("show", (AMD64, v6)),
        ("push", (AMD64, v6)),
    ] == job.asked()
    assert Index(name="me/site", tag="latest", how="push") == job.job.indexes[-1][0]
    assert "there is no manifest list" in await job.refused("manifest", "push", "me/site:latest")


async def test_a_list_that_is_there_is_amended_when_that_is_said(job: Caller) -> None:
    await job.well("manifest", "create", "me/site", "me/site:amd64")
    again = ("manifest", "create", "me/site", "me/site:amd64")
    assert "docker manifest create --amend" in await job.refused(*again)
    await job.well("manifest", "create", "--amend", "me/site", "me/site:amd64", "me/site:armhf")
    assert ("check", (AMD64, ARM)) == job.asked()[-1]
    await job.well("manifest", "rm", "me/site")
    assert "there is no manifest list" in await job.refused("manifest", "rm", "me/site")


async def test_an_image_that_is_nowhere_is_told_when_the_list_is_made(job: Caller) -> None:
    said = await job.refused("manifest", "create", "me/site", "missing:1")
    assert "missing is not in the registry of this box" in said
    assert "there is no manifest list" in await job.refused("manifest", "push", "me/site")


@pytest.mark.parametrize(
    "line", ["manifest annotate me/site me/site:1 --os windows", "manifest create me/site",
             "manifest annotate me/site me/site:2 --arch arm", "manifest create --what me/a me/b"],
)  # fmt: skip
async def test_what_cannot_be_is_refused(job: Caller, line: str) -> None:
    await job.well("manifest", "create", "me/site", "me/site:1")
    await job.refused(*line.split())


async def test_no_builder_is_made_and_the_boxs_builds(job: Caller) -> None:
    made = await job.call(
        "buildx", "create", "--use", "--name", "many", "--driver", "docker-container"
    )
    assert (0, "homeport\n") == (made.status, made.out)
    assert "the box's BuildKit builds" in made.err
    for line in ("use many", "inspect --bootstrap", "rm many", "version", "ls"):
        await job.well("buildx", *line.split())
    cached = ("--cache-to", "type=gha,mode=max")
    built = ("build", "--builder", "many", *cached, "--load", "-t", "me/site:one", ".")
    await job.well("buildx", *built)
    assert "made\n" == await job.well("run", "--rm", "me/site:one")


@pytest.mark.parametrize("push", ["--push", "--output=type=registry", "-o type=image,push=true"])
@pytest.mark.parametrize("command", ["buildx build", "build"])
async def test_several_platforms_are_built_one_by_one_and_named_by_an_index(
    job: Caller, push: str, command: str
) -> None:
    (job.job.folder / "Dockerfile").write_text(
        "FROM scratch\nARG TARGETPLATFORM\nLABEL of=$TARGETPLATFORM\nCOPY Dockerfile /\n"
    )
    where = ("--platform", "linux/amd64,linux/arm/v7", "-t", "me/site:1", "--tag=me/other")
    await job.well(*command.split(), *where, *push.split(), "--label", "a=b c", ".")
    staged = {f"{name}:{tag}" for _, name, tag in job.job.staged}
    both = ("amd64", "arm-v7")
    assert {f"me/{name}-{one}" for name in ("site:1", "other:latest") for one in both} == staged
    assert [
        ("push", tuple(Part(name=f"me/{name}-{one}") for one in both))
        for name in ("site:1", "other:latest")
    ] == job.asked()


async def test_all_else_is_the_clients(job: Caller) -> None:
    (job.job.folder / "two words").mkdir()
    (job.job.folder / "two words" / "Dockerfile").write_text("FROM busybox:stable\nCMD echo two\n")
    await job.well("build", "-q", "-t", "me/site:two", "two words")
    assert "two\n" == await job.well("run", "--rm", "me/site:two")
    assert "x  y\n" == await job.well("run", "--rm", "busybox:stable", "echo", "x  y")
    assert "1\n2\n" in (await job.call("run", "--rm", "busybox:stable", "seq", "2")).out
    assert 3 == (await job.call("run", "--rm", "busybox:stable", "sh", "-c", "exit 3")).status

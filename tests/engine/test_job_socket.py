"""A job's own Docker socket, with the unmodified docker client at it."""

from __future__ import annotations

import asyncio
import contextlib
import gzip
import json
import os
import tarfile
import uuid
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from homeport.engine.docker import Docker
from homeport.errors import NotFound
from homeport.pipeline.gate.parts import Part
from homeport.pipeline.gate.scope import Limits, Scope
from homeport.pipeline.gate.verdict import Index
from homeport.pipeline.serve import Hands, JobSocket
from homeport.pipeline.sweep import sweep

pytestmark = pytest.mark.engine
IMAGE = "busybox:stable"
DOCKERFILE = "FROM busybox:stable\nRUN echo made > /made\nCMD cat /made\n"


@dataclass
class Answer:
    """How a program ended, and what it said."""

    status: int
    out: str
    err: str


@dataclass
class Job:
    """A socket, its folder, and what was staged through it."""

    folder: Path
    scope: Scope
    staged: list[tuple[str, str, str]] = field(default_factory=list)
    registered: list[str] = field(default_factory=list)
    said: list[str] = field(default_factory=list)
    indexes: list[tuple[Index, tuple[Part, ...]]] = field(default_factory=list)

    @property
    def socket(self) -> Path:
        return self.folder / "docker.sock"

    async def docker(
        self, *arguments: str, stdin: bytes = b"", program: str = "docker", **env: str
    ) -> Answer:
        """The real client, as a job would call it."""
        own = {"DOCKER_HOST": f"unix://{self.socket}", "DOCKER_CONFIG": str(self.folder / "config")}
        process = await asyncio.create_subprocess_exec(
            program,
            *arguments,
            cwd=self.folder,
            env={"PATH": os.environ["PATH"], "HOME": str(self.folder)} | own | env,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
        )
        out, err = await asyncio.wait_for(process.communicate(stdin), 120)
        return Answer(process.returncode or 0, out.decode(), err.decode())

    async def well(self, *arguments: str, stdin: bytes = b"", **env: str) -> str:
        """Its output, where it has to succeed."""
        done = await self.docker(*arguments, stdin=stdin, **env)
        assert 0 == done.status, done.err
        return done.out

    async def refused(self, *arguments: str) -> str:
        """What it says, where it has to fail."""
        done = await self.docker(*arguments)
        assert 0 != done.status, done.out
        return done.err


async def opened(docker: Docker, folder: Path, app: str) -> AsyncIterator[Job]:
    folder.mkdir()
    (folder / "Dockerfile").write_text(DOCKERFILE)
    scope = Scope(
        app=app,
        key=f"hptest-{uuid.uuid4().hex[:8]}",
        image="busybox:stable",
        folders={str(folder): str(folder)},
        limits=Limits(memory=256 << 20, cpus=0.5, pids=64),
        marker="hptest-",
    )
    job = Job(folder=folder, scope=scope)

    async def stage(image: str, name: str, tag: str) -> AsyncIterator[str]:
        job.staged.append((image, name, tag))
        yield "staged"

    async def index(asked: Index, parts: tuple[Part, ...]) -> AsyncIterator[str]:
        job.indexes.append((asked, parts))
        if any(part.name.startswith("missing") for part in parts):
            raise NotFound("missing is not in the registry of this box")
        yield asked.how

    async def register() -> None:
        job.registered.append("all")

    hands = Hands(docker=docker, stage=stage, index=index, register=register, say=job.said.append)
    socket = JobSocket(path=job.socket, scope=scope, hands=hands)
    try:
        async with socket.open():
            yield job
    finally:
        await sweep(docker, scope.prefix)
        with contextlib.suppress(NotFound):  # the job's own, where a test has made it
            await docker.remove_container(scope.key, force=True, volumes=True)


@pytest.fixture
async def job(docker: Docker, tmp_path: Path) -> AsyncIterator[Job]:
    """A job of the app `blog`."""
    async for found in opened(docker, tmp_path / "blog", "blog"):
        yield found


@pytest.fixture
async def other(docker: Docker, tmp_path: Path) -> AsyncIterator[Job]:
    """A job of another app, at the same time."""
    async for found in opened(docker, tmp_path / "shop", "shop"):
        yield found


BUILDERS = pytest.mark.parametrize("buildkit", ["0", "1"], ids=["classic", "buildkit"])


@BUILDERS
async def test_what_a_job_builds_and_runs_has_the_names_that_it_gave(
    job: Job, docker: Docker, buildkit: str
) -> None:
    await job.well("build", "-t", "site:one", ".", DOCKER_BUILDKIT=buildkit)
    assert "made\n" == await job.well("run", "--rm", "site:one")
    assert "site:one\n" == await job.well("images", "--format", "{{.Repository}}:{{.Tag}}", "site")
    found = json.loads(await job.well("image", "inspect", "site:one"))
    assert [["site:one"]] == [image["RepoTags"] for image in found]
    names = [name for image in await docker.images() for name in image["RepoTags"] or ()]
    assert f"{job.scope.prefix}site:one" in names
    assert "site:one" not in names


@BUILDERS
async def test_two_jobs_give_the_same_names_and_do_not_meet(
    job: Job, other: Job, buildkit: str
) -> None:
    for one, word in ((job, "mine"), (other, "theirs")):
        (one.folder / "Dockerfile").write_text(f"FROM busybox:stable\nCMD echo {word}\n")
        await one.well("build", "-q", "-t", "site:test", ".", DOCKER_BUILDKIT=buildkit)
        await one.well("run", "-d", "--name", "site", "site:test", "sleep", "600")
    assert "mine\n" == await job.well("run", "--rm", "site:test")
    assert "theirs\n" == await other.well("run", "--rm", "site:test")
    assert "site\n" == await job.well("ps", "--format", "{{.Names}}")
    (theirs,) = (await other.well("ps", "-q", "--no-trunc")).split()
    assert "No such container" in await job.refused("exec", theirs, "id")
    assert "No such container" in await job.refused("rm", theirs)


async def test_commands_archives_and_streams_work_as_at_the_engine(job: Job) -> None:
    await job.well("run", "-d", "--name", "box", "busybox:stable", "sleep", "600")
    assert "hello\n" == await job.well("exec", "-i", "box", "cat", stdin=b"hello\n")
    (job.folder / "file").write_text("copied")
    await job.well("cp", "file", "box:/tmp/file")
    assert "copied" == await job.well("exec", "box", "cat", "/tmp/file")
    await job.well("rename", "box", "chest")
    assert "/chest\n" == await job.well("inspect", "--format", "{{.Name}}", "chest")
    await job.well("commit", "chest", "kept:1")
    assert "copied" == await job.well("run", "--rm", "kept:1", "cat", "/tmp/file")
    assert "piped\n" == await job.well(
        "run", "-i", "--rm", "busybox:stable", "cat", stdin=b"piped\n"
    )
    assert 7 == (await job.docker("run", "--rm", "busybox:stable", "sh", "-c", "exit 7")).status


async def test_networks_volumes_and_folders_of_the_job_are_its_own(job: Job) -> None:
    await job.well("network", "create", "inner")
    await job.well(
        "run", "-d", "--network", "inner", "--name", "db", "busybox:stable", "sleep", "60"
    )
    found = await job.well(
        "run", "--rm", "--network", "inner", "busybox:stable", "ping", "-c1", "db"
    )
    assert "1 packets received" in found
    await job.well("volume", "create", "data")
    await job.well("run", "--rm", "-v", "data:/d", "busybox:stable", "touch", "/d/kept")
    assert "kept\n" == await job.well("run", "--rm", "-v", "data:/d", "busybox:stable", "ls", "/d")
    mounted = f"{job.folder}:/src:ro"
    found = await job.well("run", "--rm", "-v", mounted, "busybox:stable", "ls", "/src")
    assert "Dockerfile" in found
    assert "inner\n" == await job.well("network", "ls", "--format", "{{.Name}}")
    assert "data\n" == await job.well("volume", "ls", "--format", "{{.Name}}")


@BUILDERS
async def test_an_image_is_built_upon_one_that_the_job_has_built(
    job: Job, other: Job, buildkit: str
) -> None:
    """By its name, by a variable, and by COPY --from; anew when that one changes."""
    (job.folder / "Dockerfile.app").write_text(
        "ARG BASE=base:1\nFROM $BASE\nRUN cat /made > /seen\n"
        "FROM base:1\nCOPY --from=0 /seen /seen\nCOPY --from=base:1 /made /copy\n"
        "CMD cat /seen /copy\n"
    )
    build = ("build", "-t", "app", "-f", "Dockerfile.app")
    assert 0 != (await job.docker(*build, ".", DOCKER_BUILDKIT=buildkit)).status
    await job.well("build", "-t", "base:1", ".", DOCKER_BUILDKIT=buildkit)
    await job.well(*build, ".", DOCKER_BUILDKIT=buildkit)
    assert "made\nmade\n" == await job.well("run", "--rm", "app")
    (job.folder / "Dockerfile").write_text(DOCKERFILE.replace("echo made", "echo new"))
    await job.well("build", "-t", "base:1", ".", DOCKER_BUILDKIT=buildkit)
    await job.well(*build, "--pull=false", ".", DOCKER_BUILDKIT=buildkit)
    assert "new\nnew\n" == await job.well("run", "--rm", "app")
    await job.well("tag", "base:1", "me/base:2")
    await job.well(*build, "--build-arg", "BASE=me/base:2", ".", DOCKER_BUILDKIT=buildkit)
    (other.folder / "Dockerfile").write_text("FROM base:1\n")
    assert 0 != (await other.docker("build", ".", DOCKER_BUILDKIT=buildkit)).status


async def test_a_dockerfile_that_comes_by_the_input_builds_upon_an_image_of_the_job(
    job: Job,
) -> None:
    await job.well("build", "-q", "-t", "base", ".")
    for kit in ("0", "1"):
        text = b"FROM base\nCOPY Dockerfile /here\nCMD cat /made\n"
        await job.well("build", "-t", "app", "-f", "-", ".", stdin=text, DOCKER_BUILDKIT=kit)
        assert "made\n" == await job.well("run", "--rm", "app")


async def test_a_stack_of_a_job_is_built_and_runs_and_goes(job: Job, docker: Docker) -> None:
    await docker.create_container(job.scope.key, {"Image": IMAGE, "Cmd": ["sleep", "120"]})
    await docker.start(job.scope.key)
    await job.well("build", "-q", "-t", "base", ".")
    (job.folder / "Dockerfile").write_text("FROM base\nRUN cp /made /index.html\n")
    (job.folder / "compose.yaml").write_text(STACK)
    await job.well("compose", "up", "-d", "--build", "--wait")
    assert "made\n" == await _page(docker, job, 8080)
    shown = await job.well("compose", "ps", "--format", "{{.Service}} {{.Ports}}")
    assert ["db ", "web 0.0.0.0:8080->80/tcp"] == sorted(shown.splitlines())
    assert "0.0.0.0:8080\n" == await job.well("compose", "port", "web", "80")
    assert "ready\n" == await job.well("compose", "exec", "-T", "db", "cat", "/data/state")
    assert "db" in await job.well("compose", "run", "--rm", "web", "ping", "-c1", "db")
    await job.well("compose", "down", "-v", "--rmi", "local")
    left = [await job.well(*words) for words in (("ps", "-aq"), ("volume", "ls", "-q"),
                                                 ("network", "ls", "-q"))]  # fmt: skip
    assert ["", "", ""] == left


STACK = """
services:
  web:
    build: .
    command: httpd -f -p 80 -h /
    ports: ["8080:80"]
    depends_on: [db]
  db:
    image: busybox:stable
    command: sh -c 'echo ready > /data/state; exec sleep 600'
    volumes: ["data:/data"]
volumes: {data: {}}
"""


async def test_images_are_saved_and_loaded_by_the_names_that_the_job_gave(
    job: Job, other: Job, docker: Docker
) -> None:
    """Also as a cache between jobs: `docker save | gzip`, and `docker load` in the next."""
    await job.well("build", "-q", "-t", "site:one", ".", DOCKER_BUILDKIT="0")
    await job.well("tag", "site:one", "site:two")
    await job.well("save", "-o", "site.tar", "site")
    saved = job.folder / "site.tar"
    assert job.scope.prefix.encode() not in _member(saved, "manifest.json")
    await job.well("rmi", "site:one", "site:two")

    said = "Loaded image: site:one\nLoaded image: site:two\n"
    assert said == await job.well("load", "-i", "site.tar")
    assert "made\n" == await job.well("run", "--rm", "site:two")
    assert said == await other.well("load", stdin=gzip.compress(saved.read_bytes()))
    names = {name for image in await docker.images() for name in image["RepoTags"] or ()}
    loaded = {f"{one.scope.prefix}site:{tag}" for one in (job, other) for tag in ("one", "two")}
    assert (True, False) == (loaded <= names, bool({"site:one", "site:two"} & names))


async def test_what_is_loaded_takes_no_name_of_the_boxs(job: Job, docker: Docker) -> None:
    before = (await docker.raw("/images", f"{IMAGE}/json"))["Id"]
    await job.well("build", "-q", "-t", IMAGE, ".")
    await job.well("save", "-o", "all.tar", IMAGE)
    assert f"Loaded image: {IMAGE}\n" == await job.well("load", "-i", "all.tar")
    assert before == (await docker.raw("/images", f"{IMAGE}/json"))["Id"]
    assert before != (await docker.raw("/images", f"{job.scope.prefix}{IMAGE}/json"))["Id"]


async def test_only_images_that_a_job_may_use_are_saved(job: Job, other: Job) -> None:
    await job.well("save", "-o", "busybox.tar", IMAGE)
    await other.well("build", "-q", "-t", "theirs", "--label", "homeport.app=shop", ".")
    await other.well("build", "-q", "-t", "own", "--label", f"of={other.scope.key}", ".")
    there = other.scope.prefix
    for name, reason in (("theirs", "No such image: theirs"),
                         (f"{there}theirs", "which is another app's"),
                         (f"{there}own", "which is another job's")):  # fmt: skip
        assert reason in await job.refused("save", "-o", "x.tar", name)
        assert reason in await job.refused("save", "-o", "x.tar", IMAGE, name)


async def test_a_container_becomes_an_image_by_export_and_import(job: Job) -> None:
    await job.well("run", "--name", "box", IMAGE, "sh", "-c", "echo kept > /kept")
    await job.well("export", "-o", "box.tar", "box")
    await job.well("import", "-c", "CMD cat /kept", "box.tar", "flat:one")
    assert "kept\n" == await job.well("run", "--rm", "flat:one")
    said = await job.refused("import", "http://127.0.0.1/x.tar", "flat:two")
    assert "let the Engine fetch an archive" in said


async def test_an_archive_that_is_none_is_not_loaded(job: Job) -> None:
    done = await job.docker("load", stdin=b"x" * 3_000_000)
    assert (1, True) == (done.status, "this is no tar archive" in done.err), done
    done = await job.docker("load", stdin=b"\x28\xb5\x2f\xfd" + b"x" * 300)
    assert (1, True) == (done.status, "pipe it through zstd -dc" in done.err), done


def _member(archive: Path, name: str) -> bytes:
    with tarfile.open(archive) as opened:
        file = opened.extractfile(name)
        assert file
        return file.read()


OWNING = [
    (["--privileged"], "start a privileged container"),
    (["-v", "/:/host"], "mount the host's /"),
    (["-v", "/etc:/etc"], "mount the host's /etc"),
    (["--mount", "type=bind,source=/etc,target=/x"], "mount the host's /etc"),
    (["--mount", "type=volume,source=v,target=/x,volume-driver=local,"
      "volume-opt=type=none,volume-opt=o=bind,volume-opt=device=/"], "choose where a volume"),
    (["--network", "host"], "use the host's network"),
    (["--pid", "host"], "share the host's namespaces"),
    (["--ipc", "host"], "share the host's namespaces"),
    (["--uts", "host"], "share the host's namespaces"),
    (["--userns", "host"], "share the host's namespaces"),
    (["--cap-add", "SYS_ADMIN"], "have the capability CAP_SYS_ADMIN"),
    (["--cap-add", "ALL"], "have the capability ALL"),
    (["--device", "/dev/kmsg"], "use the host's devices"),
    (["--security-opt", "seccomp=unconfined"], "set the security option"),
    (["--security-opt", "apparmor=unconfined"], "set the security option"),
    (["--security-opt", "systempaths=unconfined"], "open what the Engine hides of /proc"),
    (["--cgroup-parent", "/"], "set CgroupParent"),
    (["--log-driver", "syslog"], "send a container's output elsewhere"),
    (["--oom-score-adj", "-1000"], "be spared when memory is short"),
]  # fmt: skip


@pytest.mark.parametrize(("flags", "reason"), OWNING, ids=lambda v: " ".join(v)[:40])
async def test_what_would_own_the_host_is_refused_with_the_reason(
    job: Job, flags: list[str], reason: str
) -> None:
    said = await job.refused("run", "--rm", *flags, "busybox:stable", "true")
    assert f"a job of homeport may not {reason}" in said


@pytest.mark.parametrize("below", ["/../../../../etc", "/link", "/link/etc", "/./../x/../../etc"])
async def test_no_path_leads_out_of_the_jobs_folder(job: Job, below: str) -> None:
    (job.folder / "link").symlink_to("/")
    for flags in (["-v", f"{job.folder}{below}:/x"],
                  ["--mount", f"type=bind,source={job.folder}{below},target=/x"]):  # fmt: skip
        said = await job.refused("run", "--rm", *flags, "busybox:stable", "ls", "/x")
        assert "a job of homeport may not mount" in said


async def test_a_folder_that_became_a_link_is_not_mounted(job: Job) -> None:
    """Between its creation and its start."""
    (job.folder / "data").mkdir()
    mounted = f"{job.folder}/data:/x"
    await job.well("create", "--restart", "always", "--name", "late", "-v", mounted,
                   "busybox:stable", "ls", "/x")  # fmt: skip
    (job.folder / "data").rmdir()
    (job.folder / "data").symlink_to("/")
    assert "out of its own folder" in await job.refused("start", "late")
    assert "out of its own folder" in await job.refused("restart", "late")


EXCHANGE = """
import ctypes
while True:
    ctypes.CDLL(None).renameat2(-100, b"/job/data", -100, b"/job/link", 2)
"""


async def _exchanging(job: Job, secret: Path) -> None:
    """A folder and a link to something of the host, each in the other's place by turns."""
    secret.mkdir()
    (secret / "key").write_text("the host's")
    (job.folder / "data").mkdir()
    (job.folder / "link").symlink_to(secret)
    job.folder.chmod(0o777)
    await job.well("run", "-d", "--name", "swap", "-v", f"{job.folder}:/job",
                   "homeport-test/python", "python3", "-c", EXCHANGE)  # fmt: skip


@pytest.mark.parametrize("how", ["start", "copy", "again"])
async def test_nobody_exchanges_a_folder_while_the_engine_mounts_it(
    job: Job, tmp_path: Path, how: str
) -> None:
    """Between the look at it and the mount, which follows links."""
    await _exchanging(job, tmp_path / "secret")
    made = ("--name", "late", "-v", f"{job.folder}/data:/x", "busybox:stable", "ls", "/x")
    while (await job.docker("create", *made)).status:
        pass
    done = [await job.docker(*_MOUNTING[how]) for _ in range(12)]
    assert 0 in {one.status for one in done}
    seen = [one.out + (await job.well("logs", "late")) for one in done]
    assert not [text for text in seen if "key" in text]
    assert "running" == (await job.well("inspect", "-f", "{{.State.Status}}", "swap")).strip()


_MOUNTING = {
    "start": ("start", "-a", "late"),
    "copy": ("cp", "late:/x", "-"),
    "again": ("restart", "-t", "1", "late"),
}


async def test_what_is_lent_by_another_container_is_looked_at_too(job: Job) -> None:
    (job.folder / "data").mkdir()
    await job.well("create", "--name", "one", "-v", f"{job.folder}/data:/x", "busybox:stable")
    await job.well("create", "--name", "two", "--volumes-from", "one", "busybox:stable", "ls", "/x")
    (job.folder / "data").rmdir()
    (job.folder / "data").symlink_to("/")
    assert "out of its own folder" in await job.refused("start", "two")


async def test_nothing_is_copied_into_a_part_of_the_jobs_folder(job: Job) -> None:
    (job.folder / "data").mkdir()
    await job.well("create", "--name", "late", "-v", f"{job.folder}/data:/x", "busybox:stable")
    said = await job.refused("cp", f"{job.folder}/Dockerfile", "late:/x/")
    assert "copy into a container that is lent a part of its folder" in said


async def test_what_is_not_the_jobs_is_not_there_for_it(job: Job, docker: Docker) -> None:
    name = f"hptest-{uuid.uuid4().hex[:8]}-live"
    await docker.create_container(name, {"Image": "busybox:stable", "Cmd": ["sleep", "600"]})
    try:
        await docker.start(name)
        assert "No such container" in await job.refused("logs", name)
        assert "No such container" in await job.refused("stop", name)
        assert "which is not its own" in await job.refused(
            "run", "--rm", "--network", f"container:{name}", "busybox:stable", "true"
        )
        assert "which is not its own" in await job.refused(
            "run", "--rm", "--volumes-from", name, "busybox:stable", "true"
        )
        assert "" == await job.well("ps", "-aq")
        assert "did not make" in await job.refused("rmi", "-f", "busybox:stable")
        await job.well("system", "prune", "-af")
        assert (await docker.container(name)).running
    finally:
        await docker.remove_container(name, force=True)


SWARM = ["swarm init", "service ls", "node ls", "secret ls", "plugin ls"]
INSTEAD = {
    "system df": "ask what fills the disk of the box (docker ps -s and docker images tell of its",
    "update -m 8g box": "change what a container may use (docker run --memory --cpus says it",
    "buildx prune -f": "may not ask BuildKit for",
    "import http://127.0.0.1/x": "let the Engine fetch an archive (curl ADDRESS | docker import",
}


@pytest.mark.parametrize("command", SWARM)
async def test_what_is_the_boxs_is_refused(job: Job, command: str) -> None:
    assert "it is for who owns the box" in await job.refused(*command.split())


@pytest.mark.parametrize(("command", "sentence"), INSTEAD.items())
async def test_what_is_refused_says_what_to_do_instead(
    job: Job, command: str, sentence: str
) -> None:
    assert sentence in await job.refused(*command.split())


async def test_what_a_job_looks_at_is_its_own(job: Job, other: Job) -> None:
    for one in (job, other):
        await one.well("run", "-d", "--name", "box", "-h", "box", IMAGE, "sleep", "600")
    assert "sleep 600" in await job.well("top", "box")
    stats = await job.well("stats", "--no-stream", "--format", "{{.Name}}")
    history = await job.well("history", "--format", "{{.ID}}", IMAGE)
    events = await job.well("events", "--since", "5m", "--until", "0s", "--format", "{{json .}}")
    assert ("box\n", True) == (stats, bool(history))
    seen = {json.loads(line)["Actor"]["Attributes"]["homeport.job"] for line in events.splitlines()}
    assert {job.scope.key} == seen
    await job.well("network", "create", "inner")
    await job.well("network", "connect", "--alias", "db", "inner", "box")
    ping = ("run", "--rm", "--network", "inner", IMAGE, "ping", "-c1", "db")
    assert "1 packets received" in await job.well(*ping)
    await job.well("network", "disconnect", "inner", "box")
    await job.well("kill", "box")
    assert "137\n" == await job.well("wait", "box")
    assert "box\n" == await other.well("ps", "--format", "{{.Names}}")


async def test_a_push_is_staged_under_the_name_that_the_job_gave(job: Job) -> None:
    login = await job.docker("login", "-u", "me", "--password-stdin", stdin=b"any")
    assert 0 == login.status, login.err
    await job.well("build", "-q", "-t", "site:armhf", ".", DOCKER_BUILDKIT="0")
    await job.well("tag", "site:armhf", "rycus86/demo-site:armhf")
    assert "staged" in await job.well("push", "rycus86/demo-site:armhf")
    own = f"{job.scope.prefix}rycus86/demo-site:armhf"
    assert [(own, "rycus86/demo-site", "armhf")] == job.staged
    assert "does not exist locally" in await job.refused("push", "rycus86/demo-site:other")


async def test_a_build_that_pushes_is_staged_as_any_push(job: Job) -> None:
    await job.well("buildx", "build", "--push", "-t", "rycus86/demo-site:two", ".")
    own = f"{job.scope.prefix}rycus86/demo-site:two"
    assert [(own, "rycus86/demo-site", "two")] == job.staged


async def test_emulators_are_registered_without_the_privilege(job: Job) -> None:
    command = "run --rm --privileged multiarch/qemu-user-static:register --reset"
    assert "the emulators are registered" in await job.well(*command.split())
    assert ["all"] == job.registered


async def test_a_container_gets_no_more_than_its_job(job: Job, docker: Docker) -> None:
    await job.well("create", "--name", "big", "-m", "8g", "--cpus", "2", "busybox:stable", "true")
    host = (await docker.inspect(job.scope.own("big")))["HostConfig"]
    given = (host["Memory"], host["NanoCpus"], host["PidsLimit"], host["CpuShares"])
    assert (256 << 20, 500_000_000, 64, 256) == given


async def test_a_build_with_more_rights_is_refused(job: Job) -> None:
    assert "build in network host" in await job.refused("build", "--network", "host", ".")
    said = await job.refused("buildx", "build", "--allow", "network.host", ".")
    assert "build with network.host" in said
    assert "may not ask BuildKit" in await job.refused("buildx", "prune", "-f")


HOSTILE: list[Callable[[str], bytes]] = [
    lambda p: b'{"hostconfig":{"privileged":true},"Image":"busybox:stable"}',
    lambda p: b'{"HostConfig":{"PRIVILEGED":true},"Image":"busybox:stable"}',
    lambda p: b'{"HostConfig":{},"hostConfig":{"Privileged":true},"Image":"busybox:stable"}',
    lambda p: '{"HostConfig":{"Bind\u017f":["/:/h"]},"Image":"busybox:stable"}'.encode(),
    lambda p: b'{"HostConfig":{"NewThing":true},"Image":"busybox:stable"}',
    lambda p: b'{"HostConfig":{"Mounts":[{"type":"BIND","source":"/","target":"/h"}]}}',
    lambda p: b"[]",
    lambda p: b"[" * 100_000,
    lambda p: b"{",
]


@pytest.mark.parametrize("body", HOSTILE)
async def test_a_body_that_is_read_in_two_ways_is_refused(
    job: Job, docker: Docker, body: Callable[[str], bytes]
) -> None:
    status, _ = await ask(job, "POST", "/v1.41/containers/create?name=x", body(""))
    assert status in (400, 403)
    mine = (f"homeport.job={job.scope.key}",)
    assert [] == await docker.containers(labels=mine)


PATHS = [
    "/containers/../images/json",
    "/containers/%2e%2e/images/json",
    "/v1.41/v1.41/swarm",
    "//swarm",
    "/containers/a%2fb/json",
    "/containers/x/attach/ws",
    "/v1.41/containers/%252e%252e/json",
]


@pytest.mark.parametrize("path", PATHS)
async def test_an_address_that_is_read_in_two_ways_is_refused(job: Job, path: str) -> None:
    assert (await ask(job, "GET", path, b""))[0] in (400, 403, 404)


async def test_a_second_request_on_a_connection_is_judged_too(job: Job) -> None:
    reader, writer = await asyncio.open_unix_connection(str(job.socket))
    first = b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n"
    writer.write(first + b"GET /v1.41/swarm HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = (await asyncio.wait_for(reader.read(), 10)).decode()
    writer.close()
    assert ["HTTP/1.1 200", "HTTP/1.1 403"] == [
        line[:12] for line in answer.split("\r\n") if line.startswith("HTTP/")
    ]


async def test_two_pushes_on_one_connection_are_both_answered(job: Job) -> None:
    """buildx asks so for two tags; it was reset where its second request came before the end."""
    await job.well("tag", IMAGE, "site:one")
    reader, writer = await asyncio.open_unix_connection(str(job.socket))
    for _ in range(2):
        writer.write(b"POST /images/site/push?tag=one HTTP/1.1\r\nHost: x\r\n")
        writer.write(b"Content-Length: 0\r\n\r\n")
        await asyncio.wait_for(reader.readuntil(b"\r\n0\r\n\r\n"), 10)
    writer.close()
    assert [("site", "one")] * 2 == [(name, tag) for _, name, tag in job.staged]


async def test_a_request_that_comes_right_after_an_answer_of_homeports_own_holds_nobody_up(
    job: Job,
) -> None:
    """It was read as the rest of the one before, for ever: the whole daemon stood still."""
    body = b'{"HostConfig":{"Privileged":true},"Image":"busybox:stable"}'
    head = f"POST /v1.41/containers/create HTTP/1.1\r\nHost: x\r\nContent-Length: {len(body)}"
    reader, writer = await asyncio.open_unix_connection(str(job.socket))
    writer.write(b"%s\r\nContent-Type: application/json\r\n\r\n%s" % (head.encode(), body))
    assert b"HTTP/1.1 403" in await asyncio.wait_for(reader.read(4096), 10)
    for _ in range(2):
        writer.write(b"GET /_ping HTTP/1.1\r\nHost: x\r\n\r\n")
        assert b"HTTP/1.1 200" in await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
        await asyncio.wait_for(reader.readuntil(b"0\r\n\r\n"), 10)
    writer.close()


async def test_a_port_that_is_published_answers_on_the_jobs_localhost_and_not_on_the_boxs(
    job: Job, docker: Docker
) -> None:
    await docker.create_container(job.scope.key, {"Image": IMAGE, "Cmd": ["sleep", "60"]})
    await docker.start(job.scope.key)
    page = "echo it is here > index.html; exec httpd -f -p 80"
    run = ("run", "-d", "-p", "8080:80", "-p", "53/sctp")
    done = await job.docker(*run, "--name", "web", IMAGE, "sh", "-c", page)

    assert (0, True) == (done.status, "not published: 53/sctp" in done.err)
    assert "it is here\n" == await _page(docker, job, 8080)
    with pytest.raises(ConnectionRefusedError):
        await asyncio.open_connection("127.0.0.1", 8080)
    assert {} == (await docker.inspect(job.scope.own("web")))["HostConfig"]["PortBindings"]

    await job.well("rm", "-f", "web")
    assert "" == await _page(docker, job, 8080)
    await job.well("run", "-d", "-p", "8080:81", IMAGE, "sh", "-c", page.replace("-p 80", "-p 81"))
    assert "it is here\n" == await _page(docker, job, 8080)


async def test_ports_that_are_left_to_docker_are_shown_and_answer(job: Job, docker: Docker) -> None:
    await docker.create_container(job.scope.key, {"Image": IMAGE, "Cmd": ["sleep", "60"]})
    await docker.start(job.scope.key)
    (job.folder / "Dockerfile").write_text(f"FROM {IMAGE}\nEXPOSE 80\n")
    await job.well("build", "-q", "-t", "web", ".")
    page = "hostname > index.html; exec httpd -f -p 80"
    given = {"one": ("-p", "80"), "two": ("-P",), "three": ("-p", "127.0.0.1:8000-8002:80")}
    for name, flags in given.items():
        await job.well("run", "-d", *flags, "--name", name, "-h", name, "web", "sh", "-c", page)

    shown = ("ps", "--format", "{{.Names}} {{.Ports}}")
    assert sorted((await job.well(*shown)).splitlines()) == [
        "one 0.0.0.0:61000->80/tcp",
        "three 127.0.0.1:8000->80/tcp",
        "two 0.0.0.0:61001->80/tcp",
    ]
    assert "80/tcp -> 0.0.0.0:61001\n" == await job.well("port", "two")
    ports = await job.well("inspect", "-f", "{{json .NetworkSettings.Ports}}", "three")
    assert {"80/tcp": [{"HostIp": "127.0.0.1", "HostPort": "8000"}]} == json.loads(ports)
    pages = [await _page(docker, job, port) for port in (61000, 61001, 8000)]
    assert ["one\n", "two\n", "three\n"] == pages


async def test_udp_ports_answer_on_the_jobs_localhost(job: Job, docker: Docker) -> None:
    body = {"Image": "homeport-test/python", "Cmd": ["sleep", "60"]}
    await docker.create_container(job.scope.key, body)
    await docker.start(job.scope.key)
    await job.well("run", "-d", "-p", "5353:53/udp", "--name", "dns", "homeport-test/python",
                   "python3", "-c", ECHO.format("one"))  # fmt: skip
    assert "one of hello" == await _datagram(docker, job)
    await job.well("rm", "-f", "dns")
    await job.well("run", "-d", "-p", "5353:53/udp", "--name", "dns", "homeport-test/python",
                   "python3", "-c", ECHO.format("two"))  # fmt: skip
    assert "two of hello" == await _datagram(docker, job)
    assert "0.0.0.0:5353\n" == await job.well("port", "dns", "53/udp")


ECHO = """
import socket
port = socket.socket(type=socket.SOCK_DGRAM)
port.bind(("", 53))
while True:
    data, sender = port.recvfrom(2048)
    port.sendto(b"{} of " + data, sender)
"""
ASK = """
import socket
port = socket.socket(type=socket.SOCK_DGRAM)
port.settimeout(0.3)
for _ in range(30):
    try:
        port.sendto(b"hello", ("127.0.0.1", 5353))
        print(port.recv(2048).decode(), end="")
        break
    except OSError:
        pass
"""


async def _datagram(docker: Docker, job: Job) -> str:
    """What a job hears at its localhost, once somebody answers there."""
    _status, output = await docker.run_in(job.scope.key, ["python3", "-c", ASK])
    return output.decode()


async def test_a_port_that_the_job_has_itself_stays_its_own(job: Job, docker: Docker) -> None:
    page = "echo its own > index.html; exec httpd -f -p 8080"
    await docker.create_container(job.scope.key, {"Image": IMAGE, "Cmd": ["sh", "-c", page]})
    await docker.start(job.scope.key)
    assert "its own\n" == await _page(docker, job, 8080)

    await job.well("run", "-d", "-p", "8080:80", "--name", "web", IMAGE, "sleep", "60")

    assert "its own\n" == await _page(docker, job, 8080)
    said = "port 8080 is not published on the job's localhost: [Errno 98] Address already in use"
    assert [said] == job.said


async def _page(docker: Docker, job: Job, port: int) -> str:
    """What a job gets at its localhost; "" for nothing."""
    ask = f"wget -q -O - http://127.0.0.1:{port}/"
    script = f"for i in 1 2 3 4 5; do {ask} && exit; sleep 0.2; done"
    _status, output = await docker.run_in(job.scope.key, ["sh", "-c", f"{script} 2>/dev/null"])
    return output.decode()


async def ask(job: Job, method: str, path: str, body: bytes) -> tuple[int, str]:
    """A request as no client would write it."""
    reader, writer = await asyncio.open_unix_connection(str(job.socket))
    head = f"{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
    head += f"Content-Type: application/json\r\nContent-Length: {len(body)}\r\n\r\n"
    writer.write(head.encode() + body)
    answer = (await asyncio.wait_for(reader.read(), 10)).decode()
    writer.close()
    return int(answer.split()[1]), answer


async def test_nothing_of_a_job_is_left(job: Job, docker: Docker) -> None:
    await job.well("build", "-q", "-t", "site", ".")
    await job.well("network", "create", "inner")
    await job.well("run", "-d", "--network", "inner", "-v", "data:/d", "site", "sleep", "600")
    await sweep(docker, job.scope.prefix)
    prefix = job.scope.prefix
    names = [name for image in await docker.images() for name in image["RepoTags"] or ()]
    names += [c.name for c in await docker.containers()]
    names += [n.name for n in await docker.networks()]
    names += [v.name for v in await docker.volumes()]
    assert [] == [name for name in names if name.startswith(prefix)]


async def test_an_answer_arrives_though_the_body_of_the_request_is_not_needed(job: Job) -> None:
    body = b"x" * 3_000_000
    reader, writer = await asyncio.open_unix_connection(job.socket)
    writer.write(f"POST /v1.41/auth HTTP/1.1\r\nHost: d\r\nContent-Length: {len(body)}".encode())
    writer.write(b"\r\n\r\n" + body)
    await writer.drain()
    assert b"HTTP/1.1 200 \r\n" == await reader.readline()
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length: ")[2].split()[0])
    assert "Login Succeeded" == json.loads(await reader.readexactly(length))["Status"]
    writer.write(b"GET /v1.41/_ping HTTP/1.1\r\nHost: d\r\n\r\n")
    assert b"HTTP/1.1 200 \r\n" == await reader.readline()
    writer.close()

"""How the processor is shared: what is live comes before homeport, the Engine and its builds.

Without systemd, the Engine has all containers in one control group, which gets no more than any
program beside it: one git, one build client. Its weight is raised here, and that of the steps of
builds within it, which no option of BuildKit's reaches, is lowered. Within it, a container that is
in service weighs more than one that is being started. What carries loopback's visitors to nginx
(docker-proxy) would share the weight of the Engine and of all that it starts: it is taken in, too.
With systemd every container has a group beside docker.service, and nobody's is touched.
Source: cgroups(7); Linux, admin-guide/cgroup-v1/cgroups (cgroup.procs), admin-guide/cgroup-v2
(cpu.weight; a group with groups in it holds no process), scheduler/sched-design-CFS (cpu.shares).
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path, PurePosixPath

from homeport.engine.docker import Docker
from homeport.engine.watch import Watch
from homeport.errors import NotFound
from homeport.model.container import Container, Phase

ROOT = Path("/sys/fs/cgroup")


@dataclass(frozen=True, slots=True)
class Version:
    """A version of control groups: the file of a weight, and the one that nobody has set."""

    file: str
    usual: int
    together: int  # of all containers
    live: int  # of one in service, among them
    builds: int  # of the steps of all builds, among them


V1 = Version("cpu.shares", usual=1024, together=8192, live=4096, builds=256)
V2 = Version("cpu.weight", usual=100, together=800, live=400, builds=10)


@dataclass(frozen=True, slots=True)
class Weights:
    """The control group that all containers are in."""

    group: Path
    version: Version

    def keep(self) -> None:
        """See to the weights; one that a person has set stays."""
        _change(self.group / self.version.file, self.version.usual, self.version.together)
        builds = self.group / "buildkit" / self.version.file  # there from the first build on
        _change(builds, self.version.usual, self.version.builds)

    def raise_live(self, container: str) -> None:
        """Let a container, by its id, weigh more than those that are being started."""
        file = self.group / container / self.version.file
        _change(file, self.version.usual, self.version.live)

    def take_in(self, process: int) -> None:
        """Let a process count as a container does; nothing with version 2, where none may."""
        with contextlib.suppress(OSError):
            (self.group / "cgroup.procs").write_text(f"{process}\n")


def weights_of(cgroups: str, container: str, root: Path = ROOT) -> Weights | None:
    """Where the weights are that a container is subject to; None where there is nothing to do.

    Args:
        cgroups: what /proc/PID/cgroup says of its process.
        container: its id.
        root: where control groups are mounted.
    """
    paths = _by_controller(cgroups)
    version, folder = (V1, root / "cpu") if "cpu" in paths else (V2, root)
    path = PurePosixPath(paths.get("cpu") or paths.get("", "/"))
    # Another machine's Engine names a process that is somebody else's here.
    shared = path.name == container and len(path.parts) == 3 and not path.parent.suffix
    return Weights(folder / path.parts[1], version) if shared else None


class WeightKeeper:
    """Sees to the weights whenever something happens to a container: a build makes a group."""

    def __init__(self, docker: Docker, watch: Watch, nginx: str) -> None:
        """`nginx`: the name of the container whose group is that of all."""
        self._docker, self._watch, self._nginx = docker, watch, nginx
        self._known = ""
        self._weights: Weights | None = None
        self._raised: frozenset[tuple[str, str]] = frozenset()

    async def run(self) -> None:
        """For ever."""
        async for _ in self._watch.changes():
            found = (c.id for c in self._watch.view.values() if c.name == self._nginx and c.running)
            if (container := next(found, self._known)) != self._known:
                self._known, self._weights = container, await self._read(container)
            if self._weights:
                self._weights.keep()
                self._raise(self._weights)

    def _raise(self, weights: Weights) -> None:
        """Once for each start of each container: its group is new then."""
        live = in_service(self._watch.view.values())
        new = {container for container, _ in live - self._raised}
        for container in new:
            weights.raise_live(container)
        if self._known in new:
            for process in carriers(self._watch.view[self._known]):
                weights.take_in(process)
        self._raised = live

    async def _read(self, container: str) -> Weights | None:
        with contextlib.suppress(NotFound, OSError):
            process = (await self._docker.inspect(container))["State"]["Pid"]
            return weights_of(Path(f"/proc/{process}/cgroup").read_text(), container)
        return None


def in_service(containers: Iterable[Container]) -> frozenset[tuple[str, str]]:
    """Id and start of those that run, but for what a rollout or a job has only begun."""
    return frozenset(
        (c.id, c.started_at) for c in containers if c.running and c.phase is not Phase.STAGED
    )


def carriers(container: Container, proc: Path = Path("/proc")) -> list[int]:
    """The processes of the Engine that carry what comes by loopback to a container's ports."""
    addresses = {endpoint.address for endpoint in container.endpoints}
    return [int(folder.name) for folder in proc.glob("[0-9]*") if addresses & _reached(folder)]


def _reached(process: Path) -> set[str]:
    """The address that a docker-proxy carries to; nothing of another program."""
    with contextlib.suppress(OSError):
        if (process / "comm").read_text() == "docker-proxy\n":
            words = (process / "cmdline").read_text().split("\0")
            return {after for word, after in pairwise(words) if word == "-container-ip"}
    return set()


def _by_controller(cgroups: str) -> dict[str, str]:
    """Controller -> path; "" is that of version 2, which has all controllers in one place."""
    lines = (line.split(":", 2) for line in cgroups.splitlines())
    return {name: path for _, names, path in lines for name in names.split(",")}


def _change(file: Path, usual: int, wanted: int) -> None:
    """Change what nobody has changed; not everybody who runs homeport may."""
    with contextlib.suppress(OSError):
        if file.read_text().strip() == str(usual):
            file.write_text(f"{wanted}\n")

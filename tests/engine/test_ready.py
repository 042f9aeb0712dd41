"""What is said of a container that is not ready."""

from __future__ import annotations

import re
import time

import pytest
from msgspec.structs import replace

from homeport.engine.docker import Docker
from homeport.engine.sockets import accepts, any_accepts
from homeport.errors import HomeportError
from homeport.model.container import Container
from homeport.model.plan import AwaitHealthy
from homeport.stack.ready import await_healthy
from tests.engine.conftest import LABEL
from tests.eventually import eventually

pytestmark = pytest.mark.engine


async def test_one_that_was_started_again_is_told_with_the_status_it_ended_with(
    docker: Docker, project: str
) -> None:
    """The Engine shows 0 for a container that runs again."""
    name = f"{project}-crashing"
    body = {
        "Image": "busybox:stable",
        "Cmd": ["sh", "-c", "sleep 0.3; exit 3"],
        "Labels": {LABEL: project},
        "HostConfig": {"RestartPolicy": {"Name": "always"}, "NetworkMode": "none"},
    }
    await docker.create_container(name, body)
    await docker.start(name)

    async def runs_again() -> bool:
        found = await docker.container(name)
        return found.running and found.restarts > 0

    await eventually(runs_again)
    with pytest.raises(HomeportError) as caught:
        await await_healthy(docker, AwaitHealthy(target=name, seconds=5))
    assert re.fullmatch(
        rf"{name} exited with status 3 0\.\d s after it started", caught.value.message
    )


NEVER = {"Test": ["CMD", "false"], "Interval": 10**10}
EATS = "import time; time.sleep(0.5); a = bytearray(1 << 28)"
WANT = "killed for want of memory"
ENDS = [
    ("no", f"exec python3 -c '{EATS}'", rf"NAME was {WANT} TIME"),
    ("always", f"exec python3 -c '{EATS}'", rf"NAME was {WANT} TIME"),
    (
        "no",
        f"python3 -c '{EATS}'; exit 3",
        rf"NAME exited with status 3 TIME: a process of it was {WANT}",
    ),
    ("no", "sleep 0.5; exit 137", "NAME exited with status 137 TIME"),
    ("no", "sleep 0.5; exit 1", "NAME exited with status 1 TIME"),
]


@pytest.mark.parametrize(("restart", "script", "expected"), ENDS)
async def test_what_the_kernel_kills_for_want_of_memory_is_told_from_what_ends_by_itself(
    docker: Docker, project: str, restart: str, script: str, expected: str
) -> None:
    """Its first process or another; started again or not."""
    name = f"{project}-eats"
    host = {"Memory": 16 << 20, "NetworkMode": "none", "RestartPolicy": {"Name": restart}}
    body = {"Image": "homeport-test/app", "Cmd": ["sh", "-c", script], "Healthcheck": NEVER}
    body |= {"Labels": {LABEL: project}, "HostConfig": host}
    await docker.create_container(name, body)
    await docker.start(name)
    with pytest.raises(HomeportError) as caught:
        await await_healthy(docker, AwaitHealthy(target=name, seconds=20))
    pattern = expected.replace("NAME", name).replace("TIME", r"[0-9.]+ s after it started")
    assert re.fullmatch(pattern, caught.value.message), caught.value.message
    hint = caught.value.hint
    assert ("raise its memory limit" == hint) == (WANT in expected)
    assert ("no more memory than 16 MB" in hint) == (expected.find("137") > 0)


class LateEngine(Docker):
    """One that says only in its inspection, and after the end, that memory ran out.

    As newer ones do: they set the flag when the event comes, and not when the container ends.
    """

    ended_at = 0.0

    async def container(self, name: str) -> Container:
        """The flag comes a moment after the end was seen."""
        found = await super().container(name)
        if not found.running and not self.ended_at:
            self.ended_at = time.monotonic()
        late = bool(self.ended_at) and time.monotonic() - self.ended_at > 0.2
        return replace(found, oom_killed=late)


async def test_a_flag_that_the_engine_sets_after_the_end_is_heard(project: str) -> None:
    name, engine = f"{project}-late", LateEngine()
    body = {
        "Image": "busybox:stable",
        "Cmd": ["sh", "-c", "exit 137"],
        "Labels": {LABEL: project},
        "HostConfig": {"NetworkMode": "none"},
    }
    await engine.create_container(name, body)
    await engine.start(name)
    with pytest.raises(HomeportError, match=WANT):
        await await_healthy(engine, AwaitHealthy(target=name, seconds=5))
    engine.close()


CHECK = {"Test": ["CMD-SHELL", "test -e /tmp/ready"], "Interval": 60 * 10**9}


@pytest.mark.parametrize("boots", ["0", "2"])
async def test_a_site_is_ready_when_its_healthcheck_passes_and_not_when_the_engine_looks(
    docker: Docker, project: str, boots: str
) -> None:
    """The Engine looks for the first time after `interval`."""
    name = await booting(docker, project, boots)
    began = time.monotonic()
    await await_healthy(docker, AwaitHealthy(target=name, seconds=40, routed=True))
    assert float(boots) - 0.5 < time.monotonic() - began < float(boots) + 10


async def test_the_health_of_what_others_wait_for_is_the_engines_word(
    docker: Docker, project: str
) -> None:
    """A database may pass while it is still being set up."""
    name = await booting(docker, project, "0")
    with pytest.raises(HomeportError, match="did not become healthy in 2 s"):
        await await_healthy(docker, AwaitHealthy(target=name, seconds=2, checked=True))


async def booting(docker: Docker, project: str, seconds: str) -> str:
    """A container that passes its healthcheck after some time."""
    name = f"{project}-boots"
    body = {
        "Image": "busybox:stable",
        "Cmd": ["sh", "-c", f"sleep {seconds}; touch /tmp/ready; sleep 60"],
        "Healthcheck": CHECK,
        "Labels": {LABEL: project},
        "HostConfig": {"NetworkMode": "none"},
    }
    await docker.create_container(name, body)
    await docker.start(name)
    return name


async def test_one_that_ends_at_boot_is_told_also_where_it_hardly_gets_a_cpu(
    docker: Docker, project: str
) -> None:
    """It has run for a second by the clock before it gets to its end."""
    hog, name = f"{project}-hog", f"{project}-starved"
    works = "i=0; while [ $i -lt 60000 ]; do i=$((i+1)); done; exit 3"
    shares = {hog: ("while :; do :; done", 4096), name: (works, 128)}
    bodies = {
        one: {
            "Image": "busybox:stable",
            "Cmd": ["sh", "-c", script],
            "HostConfig": {"NetworkMode": "none", "CpusetCpus": "0", "CpuShares": share},
        }
        for one, (script, share) in shares.items()
    }
    for one, body in bodies.items():
        await docker.create_container(one, {**body, "Labels": {LABEL: project}})
        await docker.start(one)
    with pytest.raises(HomeportError, match="exited with status 3") as caught:
        await await_healthy(docker, AwaitHealthy(target=name, seconds=60))
    seconds = re.search(r"([0-9.]+) s after", caught.value.message)
    assert seconds
    assert float(seconds[1]) > 1  # else nothing was starved, and nothing is shown


async def test_an_address_that_is_silent_does_not_hold_up_one_that_accepts(
    docker: Docker, project: str
) -> None:
    """In one of its two networks it has lost its address: who connects there hears nothing."""
    name, networks = f"{project}-silent", [f"{project}-a", f"{project}-b"]
    for network in networks:
        await docker.create_network(network, {"Labels": {LABEL: project}})
    body = {
        "Image": "busybox:stable",
        "Cmd": ["sh", "-c", "ip addr flush dev eth0; exec httpd -f -p 8000"],
        "Labels": {LABEL: project},
        "HostConfig": {"NetworkMode": networks[0], "CapAdd": ["NET_ADMIN"]},
    }
    await docker.create_container(name, body)
    await docker.connect(networks[1], name)
    await docker.start(name)
    addresses = [end.address for end in (await docker.container(name)).endpoints]
    await eventually(lambda: any_accepts(addresses, 8000))
    assert [False, True] == sorted([await accepts(address, 8000) for address in addresses])
    began = time.monotonic()
    await await_healthy(docker, AwaitHealthy(target=name, seconds=10, port=8000))
    assert time.monotonic() - began < 0.8  # one after the other took 1 s for the silent one

"""`homeport doctor`: what is wrong with this box. It needs no daemon."""

from __future__ import annotations

import asyncio
import os
import shutil
import subprocess
import sys
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass

import click

from homeport.build.binfmt import can_run
from homeport.cli import show
from homeport.cli.client import Client
from homeport.daemon.system import container_name, proxy_of
from homeport.engine.docker import Docker
from homeport.errors import HomeportError, NotFound
from homeport.model.container import Phase
from homeport.model.image import read_platform
from homeport.settings import Settings
from homeport.settings.read import read_settings

_SECONDS = 10.0
_ROOM = 2 * 2**30  # bytes; an image and its build need about that


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What one check found. `state`: ok, warn, fail."""

    check: str
    state: str
    text: str
    hint: str = ""


Check = Callable[[Settings, Docker], Awaitable[Finding]]


@click.command()
@show.json_option
def doctor(as_json: bool) -> None:
    """Look at everything that homeport needs; exit status 1 when something fails."""
    findings = asyncio.run(examine(read_settings(os.environ)))
    if as_json:
        show.data([asdict(finding) for finding in findings])
    else:
        for finding in findings:
            click.echo(f"{finding.state:<5} {finding.check:<10} {finding.text}")
            if finding.hint:
                click.echo(f"      hint: {finding.hint}")
    sys.exit(int(any(finding.state == "fail" for finding in findings)))


async def examine(settings: Settings) -> list[Finding]:
    """Every finding, in the order of the checks."""
    docker = Docker(settings.docker_host)
    try:
        return await asyncio.gather(*(_bounded(check, settings, docker) for check in CHECKS))
    finally:
        docker.close()


async def _bounded(check: Check, settings: Settings, docker: Docker) -> Finding:
    name = check.__name__
    try:
        async with asyncio.timeout(_SECONDS):
            return await check(settings, docker)
    except HomeportError as error:
        return Finding(check=name, state="fail", text=error.message, hint=error.hint)
    except TimeoutError:
        return Finding(check=name, state="fail", text=f"no answer within {_SECONDS:g} s")


async def git(_settings: Settings, _docker: Docker) -> Finding:
    """Git >= 2.29 has proc-receive."""
    text = await _said("git", "--version")
    numbers = [int(part) for part in text.split()[-1].split(".")[:2] if part.isdigit()]
    if numbers < [2, 29]:
        hint = "install git 2.29 or newer: a push is decided by its proc-receive hook"
        return Finding(check="git", state="fail", text=text or "git is not installed", hint=hint)
    return Finding(check="git", state="ok", text=text)


async def plugins(_settings: Settings, _docker: Docker) -> Finding:
    """Compose reads the compose file, buildx builds."""
    compose = await _said("docker", "compose", "version", "--short")
    buildx = await _said("docker", "buildx", "version")
    missing = [name for name, text in (("compose", compose), ("buildx", buildx)) if not text]
    if missing:
        text = f"docker has no plugin {' and '.join(missing)}"
        hint = "script/bootstrap installs them"
        return Finding(check="plugins", state="fail", text=text, hint=hint)
    text = f"compose {compose}, buildx {buildx.split()[1]}"
    return Finding(check="plugins", state="ok", text=text)


async def engine(_settings: Settings, docker: Docker) -> Finding:
    """The Engine answers, in a version that is understood."""
    found = await docker.version()
    api = ".".join(map(str, found.api))
    text = f"Engine {found.engine}, API {api}, {found.os}/{found.arch}"
    return Finding(check="engine", state="ok", text=text)


async def state(settings: Settings, _docker: Docker) -> Finding:
    """The state folder can be written, and there is room."""
    folder = settings.state
    existing = next(f for f in (folder, *folder.parents) if f.exists())
    if not os.access(existing, os.W_OK):
        hint = "set HOMEPORT_STATE_DIR, or run it as the folder's owner"
        return Finding(check="state", state="fail", text=f"{folder} cannot be written", hint=hint)
    free = shutil.disk_usage(existing).free
    text = f"{folder}, {free / 2**30:.1f} GB free"
    if free < _ROOM:
        hint = "docker system df shows what takes the room"
        return Finding(check="state", state="warn", text=text, hint=hint)
    return Finding(check="state", state="ok", text=text)


async def daemon(settings: Settings, _docker: Docker) -> Finding:
    """The daemon answers."""
    found = await asyncio.to_thread(Client(settings).get, "/api/status")
    text = f"up {found['uptime']:.0f} s, {show.mebibytes(found['memory'])}"
    return Finding(check="daemon", state="ok" if found["ready"] else "warn", text=text)


async def nginx(settings: Settings, docker: Docker) -> Finding:
    """Nginx runs, is new enough, and answers."""
    name = container_name(settings)
    try:
        _status, output = await docker.run_in(name, ["nginx", "-v"])
    except NotFound:
        hint = "homeport up --detach"
        return Finding(check="nginx", state="fail", text=f"{name} is not there", hint=hint)
    version = output.decode().strip().rpartition("/")[2].split()[0]
    generation = await proxy_of(docker, settings).nginx.generation()
    text = f"nginx {version} serves generation {generation}"
    if [int(part) for part in version.split(".")] < [1, 27, 4]:
        hint = "nginx 1.27.4 is the first whose reloads break nothing: HOMEPORT_NGINX_IMAGE"
        return Finding(check="nginx", state="warn", text=text, hint=hint)
    if not generation:
        hint = f"docker logs {name}"
        return Finding(check="nginx", state="fail", text="nginx does not answer", hint=hint)
    return Finding(check="nginx", state="ok", text=text)


async def registry(settings: Settings, _docker: Docker) -> Finding:
    """The registry answers, where there is to be one."""
    found = (await asyncio.to_thread(Client(settings).get, "/api/status"))["registry"]
    if not found["address"]:
        return Finding(check="registry", state="ok", text="there is none: the setting registry")
    if not found["ready"]:
        text = found["trouble"] or "it does not answer yet"
        hint = (
            f"docker pull {settings.registry_image}; docker logs {settings.system_project}-registry"
        )
        return Finding(check="registry", state="warn", text=text, hint=hint)
    return Finding(check="registry", state="ok", text=f"answers at {found['address']}")


async def platforms(_settings: Settings, docker: Docker) -> Finding:
    """What images can be built for here, emulators included."""
    native = read_platform((await docker.version()).arch)
    others = [read_platform(name) for name in ("amd64", "arm64", "arm/v7")]
    able = [p for p in others if p != native and can_run(p, native)]
    text = ", ".join(map(str, [native, *able]))
    hint = "" if len(able) > 1 else "for others: apt-get install qemu-user-static"
    return Finding(check="platforms", state="ok", text=text, hint=hint)


async def leftovers(settings: Settings, docker: Docker) -> Finding:
    """What a rollout left behind; one that is under way has some, too."""
    labels = (f"homeport.instance={settings.instance}",) if settings.instance else ()
    found = [c.name for c in await docker.containers(labels=labels) if c.phase != Phase.IN_SERVICE]
    if not found:
        return Finding(check="leftovers", state="ok", text="no rollout is half done")
    hint = "a rollout under way has them; else the next deploy of the app clears them"
    return Finding(check="leftovers", state="warn", text=", ".join(found), hint=hint)


async def _said(*argv: str) -> str:
    """The first line that a program prints; "" where it fails or is not there."""

    def ask() -> str:
        try:
            done = subprocess.run(
                argv, capture_output=True, text=True, timeout=_SECONDS, check=False
            )
        except (OSError, subprocess.SubprocessError):
            return ""
        return done.stdout.strip().partition("\n")[0] if done.returncode == 0 else ""

    return await asyncio.to_thread(ask)


CHECKS: tuple[Check, ...] = (
    git,
    plugins,
    engine,
    state,
    daemon,
    nginx,
    registry,
    platforms,
    leftovers,
)

"""`homeport up` and `homeport down`."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import click

from homeport.cli.client import Client
from homeport.daemon.lock import is_held
from homeport.errors import DaemonDown, HomeportError, Unavailable
from homeport.settings import Settings
from homeport.settings.read import read_settings

_STARTS_WITHIN = 60.0  # seconds; nginx may have to be pulled first
_STOPS_WITHIN = 30.0


@click.command()
@click.option("--detach", is_flag=True, help="In the background; return when it is ready.")
@click.option("--install", is_flag=True, help="As a service of systemd: now, and at each boot.")
@click.option("--http-port", type=int, help="The proxy's port for HTTP.")
@click.option("--https-port", type=int, help="The proxy's port for HTTPS.")
@click.option("--bind", help="The address of the proxy's ports.")
@click.option("--listen", help="ADDRESS:PORT of the API and of git over HTTP.")
@click.option("--domain", help="Apps without VIRTUAL_HOST are routed at APP.DOMAIN.")
@click.option("--host", help="The proxy's name for homeport itself, for other machines.")
@click.option("--state-dir", help="The folder of all state.")
def up(detach: bool, install: bool, **flags: Any) -> None:
    """Start the daemon and its nginx."""
    settings = read_settings(os.environ, flags)
    if install:
        _install(settings, flags)
        return
    if detach:
        _detach(settings, flags)
        return
    from homeport.daemon.main import run  # everything that the daemon is made of

    sys.exit(run(settings))


@click.command()
@click.option("--all", "everything", is_flag=True, help="Take nginx away, too: nothing is served.")
@click.option("--uninstall", is_flag=True, help="Take the service of --install away, too.")
def down(everything: bool, uninstall: bool) -> None:
    """Stop the daemon. What is live stays live, nginx included."""
    settings = read_settings(os.environ)
    if _stop(settings, everything=everything):
        left = ", with nginx" if everything else "; what is live stays live"
        click.echo(f"homeport is down{left}")
    else:
        _down_already(settings, everything=everything)
    if uninstall:
        _uninstall(settings)


def _stop(settings: Settings, *, everything: bool = False) -> bool:
    """Have the daemon end, and wait until it has; whether there was one."""
    client = Client(settings)
    try:
        pid = client.get("/api/status")["pid"]
        client.post("/api/stop", {"all": everything})
    except DaemonDown:
        return False
    deadline = time.monotonic() + _STOPS_WITHIN
    while is_held(settings.state):
        if time.monotonic() > deadline:
            raise HomeportError(f"the daemon (process {pid}) does not end", hint=f"kill -9 {pid}")
        time.sleep(0.05)
    return True


def _install(settings: Settings, flags: dict[str, Any]) -> None:
    """The service takes the place of a daemon that somebody started; what is live stays live."""
    from homeport.cli import service

    made = service.service_of(settings)
    service.install(made, os.environ, flags)
    _stop(settings)
    service.start(made)
    client = Client(settings)
    _await_ready(client, partial(_refuse_trouble, client), f"journalctl -u {made.name}")
    click.echo(f"homeport is up, now and at each boot ({made.unit}): {_where(settings)}")


def _uninstall(settings: Settings) -> None:
    from homeport.cli import service

    made = service.service_of(settings)
    there = service.uninstall(made)
    click.echo(f"{made.unit} is taken away" if there else "there is no service of homeport's")


def _down_already(settings: Settings, *, everything: bool) -> None:
    if not everything:
        click.echo("homeport is down already")
        return
    from homeport.daemon.away import take_away

    take_away(settings)
    click.echo("homeport was down already; nginx is taken away")


def _detach(settings: Settings, flags: dict[str, Any]) -> None:
    client = Client(settings)
    if _is_ready(client):
        click.echo(f"homeport is up already: {_where(settings)}")
        return
    try:
        settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise Unavailable(
            f"the state folder {settings.state} cannot be made: {error.strerror}",
            hint="set HOMEPORT_STATE_DIR to a folder that this user may write",
        ) from error
    log = settings.state / "daemon.log"
    _await_ready(client, partial(_watch, client, _started(flags, log), log), str(log))
    click.echo(f"homeport is up: {_where(settings)}")


def _started(flags: dict[str, Any], log: Path) -> subprocess.Popen[bytes]:
    """A daemon of its own session: it goes on when the terminal is closed."""
    environ = {f"HOMEPORT_{k.upper()}": str(v) for k, v in flags.items() if v is not None}
    with log.open("ab") as output:
        return subprocess.Popen(
            [sys.executable, "-m", "homeport", "up"],
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


_PORTS = (
    "HOMEPORT_HTTP_PORT, HOMEPORT_HTTPS_PORT and HOMEPORT_REGISTRY choose the ports; "
    "homeport doctor"
)


def _await_ready(client: Client, look: Callable[[], None], said: str) -> None:
    """Until it serves; `look` raises where it will not, `said` tells where more is to be read."""
    deadline = time.monotonic() + _STARTS_WITHIN
    while not _is_ready(client):
        look()
        if time.monotonic() > deadline:
            raise Unavailable(
                f"homeport is not ready after {_STARTS_WITHIN:g} s",
                hint=f"homeport doctor; homeport events; {said}",
            )
        time.sleep(0.05)


def _watch(client: Client, process: subprocess.Popen[bytes], log: Path) -> None:
    """A daemon of ours: one that cannot start is ended, one that has ended is quoted."""
    try:
        _refuse_trouble(client)
    except Unavailable:
        process.terminate()
        raise
    if process.poll() is not None:
        lines = log.read_text(errors="replace").strip().splitlines()[-5:]
        error = Unavailable("homeport did not start:\n" + "\n".join(lines), hint=f"see {log}")
        error.exit_status = process.returncode or 1
        raise error


def _refuse_trouble(client: Client) -> None:
    if trouble := _trouble(client):
        raise Unavailable(f"homeport could not start: {trouble}", hint=_PORTS)


def _is_ready(client: Client) -> bool:
    try:
        return bool(client.get("/api/status")["ready"])
    except HomeportError:
        return False


def _trouble(client: Client) -> str:
    """What keeps nginx from running, as far as the daemon knows it."""
    try:
        return str(client.get("/api/status")["trouble"])
    except HomeportError:
        return ""


def _where(settings: Settings) -> str:
    address = settings.bind or "every address"
    return (
        f"sites on port {settings.http_port} of {address}, git and the API at "
        f"{settings.git_url}, state in {settings.state}"
    )

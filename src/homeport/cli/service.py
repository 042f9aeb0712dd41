"""homeport as a service of the machine: started at boot, and again when it dies.

Source: systemd.service(5), systemd.exec(5) EnvironmentFile, systemd.syntax(7), sd_booted(3).
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homeport.certs.folder import write_whole
from homeport.errors import HomeportError, RequestError, Unavailable
from homeport.settings import Settings

_BOOTED = Path("/run/systemd/system")  # is there where systemd runs the machine
_UNITS = Path("/etc/systemd/system")
_VARIABLES = Path("/etc/homeport")
# Besides homeport's own: what Docker's client and whoever fetches something read.
_OTHERS = ("DOCKER_HOST", "DOCKER_CONFIG", "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY")
_TEXT = """\
# Written by `homeport up --install`, taken away by `homeport down --uninstall`.
[Unit]
Description=homeport, continuous deployment for this box
After=network-online.target docker.service
Wants=network-online.target docker.service
# However often it died: it is tried again.
StartLimitIntervalSec=0

[Service]
Type=exec
# With HOME, where the Docker client keeps what it is told.
User=root
# By env, since systemd takes not every path for that of a program.
ExecStart=/usr/bin/env {python} -m homeport up
EnvironmentFile=-{variables}
# `homeport down` ends it for good, until the next boot.
Restart=on-failure
RestartSec=1
# It ends its jobs and builds itself; what is left after it is killed.
KillMode=mixed
TimeoutStopSec=30

[Install]
WantedBy=multi-user.target
"""


@dataclass(frozen=True, slots=True)
class Service:
    """The service of one homeport: each state folder has one of its own."""

    name: str

    @property
    def unit(self) -> Path:
        """What systemd reads."""
        return _UNITS / f"{self.name}.service"

    @property
    def variables(self) -> Path:
        """The settings that were in the environment, and in flags: readable by root alone."""
        return _VARIABLES / f"{self.name}.env"


def service_of(settings: Settings) -> Service:
    """The service of the homeport that these settings mean."""
    return Service(settings.system_project)


def install(service: Service, environ: Mapping[str, str], flags: Mapping[str, Any]) -> None:
    """Write the service, which is started at each boot from then on; `start` does it now.

    What `HOMEPORT_*` variables and flags say now is what it is started with from then on.

    Raises:
        Unavailable: no systemd runs this machine.
        RequestError: somebody else than root asked, or a variable cannot be written down.
        HomeportError: systemd refused.
    """
    _check()
    text = variables_text(environ, flags)
    service.variables.parent.mkdir(parents=True, exist_ok=True)
    write_whole(service.variables, text.encode())
    write_whole(service.unit, unit_text(sys.executable, service).encode(), mode=0o644)
    _systemctl("daemon-reload")
    _systemctl("enable", "--quiet", service.unit.name)


def start(service: Service) -> None:
    """Start it; one that runs is started anew.

    Raises:
        HomeportError: systemd refused.
    """
    _systemctl("restart", service.unit.name)


def uninstall(service: Service) -> bool:
    """Stop the service, and take it away; whether there was one.

    Raises:
        Unavailable, RequestError, HomeportError: as for `install`.
    """
    if not service.unit.exists():
        return False
    _check()
    _systemctl("disable", "--quiet", "--now", service.unit.name)
    service.unit.unlink()
    service.variables.unlink(missing_ok=True)
    _systemctl("daemon-reload")
    return True


def unit_text(python: str, service: Service) -> str:
    """The unit: `python -m homeport up`, with the variables of the service."""
    return _TEXT.format(python=_word(python), variables=service.variables)


def variables_text(environ: Mapping[str, str], flags: Mapping[str, Any]) -> str:
    """A line for each setting that does not come from the file; flags come before variables.

    Raises:
        RequestError: one has more than a line, which no such file can hold.
    """
    known = {f"HOMEPORT_{name.upper()}" for name in Settings._fields}
    known |= {"HOMEPORT_CONFIG", *_OTHERS}
    said = {name: value for name, value in environ.items() if name in known}
    said |= {f"HOMEPORT_{k.upper()}": str(v) for k, v in flags.items() if v is not None}
    for name, value in said.items():
        if not value.isprintable():
            raise RequestError(f"{name} is more than a line of text")
    return "".join(f"{name}={_quoted(value)}\n" for name, value in sorted(said.items()))


def _check() -> None:
    if not _BOOTED.is_dir():
        hint = "docs/howto/start-at-boot.md: in a container, or by what starts this machine"
        raise Unavailable("this machine is not run by systemd", hint=hint)
    if os.geteuid() != 0:
        raise RequestError("only root installs services", hint="sudo homeport up --install")


def _systemctl(*words: str) -> None:
    done = subprocess.run(["systemctl", *words], capture_output=True, text=True, check=False)
    if done.returncode:
        said = done.stderr.strip() or f"exit status {done.returncode}"
        hint = f"systemctl status {words[-1]}; journalctl -u {words[-1]}"
        raise HomeportError(f"systemctl {' '.join(words)}: {said}", hint=hint)


def _word(text: str) -> str:
    """A word of a command line: `%` and `$` stand for something else there."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%")
    return f'"{escaped.replace("$", "$$")}"'


def _quoted(value: str) -> str:
    """A value of an EnvironmentFile."""
    return '"' + "".join(f"\\{c}" if c in '"\\`$' else c for c in value) + '"'

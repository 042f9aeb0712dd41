"""`homeport proxy run`: its own composition root, without a store and a daemon."""

from __future__ import annotations

import asyncio
import os
import sys
from pathlib import Path

from homeport.engine.docker import Docker
from homeport.proxy.dropin.files import templates
from homeport.proxy.dropin.run import Proxy
from homeport.proxy.dropin.settings import Settings, read_settings

_ROOT, _RUN = "/etc/nginx", "/run/homeport-proxy"
_SOCKET = Path("/tmp/docker.sock")  # noqa: S108 - where users of nginx-proxy mount it


def run_proxy() -> None:
    """Run, until it is ended."""
    asyncio.run(_run(read_settings(os.environ)))


async def _run(settings: Settings) -> None:
    for path in templates(Path("/")):
        _tell(f"nothing comes of {path}: what it changes, vhost.d and labels say here")
    docker = Docker(os.environ.get("DOCKER_HOST", "") or _default_host())
    try:
        await Proxy(docker, settings, Path(_ROOT), Path(_RUN), _tell, _say).run()
    finally:
        docker.close()


def _default_host() -> str:
    return f"unix://{_SOCKET}" if _SOCKET.exists() else ""


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()

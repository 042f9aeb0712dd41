"""The registry's container: a project of its own, so that nginx never waits for it.

Nobody but nginx reaches it: it listens on a socket in a folder that both are given. Who may do what
is decided by the daemon, which nginx asks before each request (`web/login.py`).
"""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from pathlib import Path
from typing import Any

from homeport.daemon.system import container_name, network_name
from homeport.model.stack import NetworkSpec, Order, Service, Stack
from homeport.registry.client import Client
from homeport.registry.registry import Registry
from homeport.registry.storage import ROOT, Storage
from homeport.settings import Settings

_CONF, _RUN, _DATA = "/etc/homeport", "/run/homeport", "/var/lib/registry"
# nginx's workers are another user; the folder above the socket is closed to everybody else.
_START = (
    f"umask 000; rm -f {_RUN}/registry.sock; "
    'for program in registry docker-registry; do command -v "$program" >/dev/null && '
    f'exec "$program" serve {_CONF}/registry.json; done; echo "no registry in this image"; exit 127'
)


def registry_project(settings: Settings) -> str:
    """The compose project of the registry."""
    return f"{settings.system_project}-registry"


def registry_container(settings: Settings) -> str:
    """The name of the registry's container."""
    return f"{settings.system_project}-registry"


def prepare_registry(settings: Settings) -> None:
    """Make the folders and the configuration that its container is given."""
    folder = settings.registry_dir
    for name in ("conf", "run", ROOT):
        (folder / name).mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / "run").chmod(0o755)
    folder.chmod(0o711)
    text = json.dumps(_configuration(settings), indent=1, sort_keys=True)
    path = folder / "conf" / "registry.json"
    if not path.exists() or path.read_text() != text:
        path.touch(mode=0o600)
        path.write_text(text)


def secret_of(settings: Settings, name: str) -> str:
    """A secret of this homeport, made the first time: 256 random bits in a file of its own."""
    path = settings.state / "secrets" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_suffix(".new")
        beside.touch(mode=0o600)
        beside.write_text(secrets.token_urlsafe(32))
        beside.replace(path)
    return path.read_text()


def registry_stack(settings: Settings) -> Stack:
    """The stack of the registry."""
    project, network = registry_project(settings), network_name(settings)
    body = _registry(settings, network)
    service = Service(
        name="registry",
        image=settings.registry_image,
        config_hash=_digest(body, settings),
        body=body,
        networks={network: {}},
        container_name=registry_container(settings),
        order=Order.STOP_FIRST,
        order_why="one process writes its storage",
        stop_grace=5,
    )
    spec = NetworkSpec(key="proxy", name=network, external=True)
    return Stack(name=project, services={"registry": service}, networks={"proxy": spec})


def _digest(body: dict[str, Any], settings: Settings) -> str:
    text = json.dumps([body, _configuration(settings)], sort_keys=True)
    return hashlib.sha256(text.encode()).hexdigest()


def _registry(settings: Settings, network: str) -> dict[str, Any]:
    """What the Engine is sent: the user of the state folder, nothing to spare."""
    folder = settings.registry_dir
    host = {
        "NetworkMode": network,
        "Binds": [
            f"{folder / 'conf'}:{_CONF}:ro",
            f"{folder / 'run'}:{_RUN}:rw",
            f"{folder / ROOT}:{_DATA}:rw",
        ],
        "RestartPolicy": {"Name": "always"},
        "CapDrop": ["ALL"],
        "SecurityOpt": ["no-new-privileges"],
        "ReadonlyRootfs": True,
        "Tmpfs": {"/tmp": ""},  # noqa: S108 - inside the container
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "2"}},
    }
    return {
        "Entrypoint": ["/bin/sh", "-c", _START],
        "Cmd": [],
        "User": f"{os.geteuid()}:{os.getegid()}",
        "Env": ["OTEL_TRACES_EXPORTER=none"],
        "HostConfig": host,
    }


def _configuration(settings: Settings) -> dict[str, Any]:
    """Distribution's own configuration, which is YAML, and so may be JSON.

    No cache of what is stored: the garbage collection is another process.
    Source: distribution, docs/configuration.md, 2.8 and 3.0.
    """
    told = {
        "name": "homeport",
        "url": f"http://{container_name(settings)}:5001/registry/events",
        "headers": {"Authorization": [f"Bearer {secret_of(settings, 'notifications')}"]},
        "timeout": "2s",
        "threshold": 5,
        "backoff": "1s",
    }
    return {
        "version": 0.1,
        "log": {"level": "warn", "accesslog": {"disabled": True}},
        "storage": {
            "filesystem": {"rootdirectory": _DATA},
            "delete": {"enabled": True},
            "maintenance": {
                "uploadpurging": {"enabled": True, "age": "24h", "interval": "6h", "dryrun": False}
            },
        },
        "http": {
            "net": "unix",
            "addr": f"{_RUN}/registry.sock",
            "relativeurls": True,
            "secret": secret_of(settings, "registry"),
            "headers": {"X-Content-Type-Options": ["nosniff"]},
        },
        "notifications": {"endpoints": [told]},
    }


def registry_of(settings: Settings) -> Registry | None:
    """The registry that these settings describe; None where they say that there is none."""
    address, port = settings.registry_address
    if not port:
        return None
    folder = settings.registry_dir
    return Registry(
        address=f"{'127.0.0.1' if address in ('0.0.0.0', '') else address}:{port}",  # noqa: S104 - compared
        storage=Storage(folder / ROOT),
        client=Client(folder / "run" / "registry.sock"),
        key=secret_of(settings, "passes").encode(),
        notifier=secret_of(settings, "notifications"),
    )


def closed_flag(settings: Settings) -> Path:
    """The file that tells nginx to let nothing be written while garbage is collected."""
    return settings.proxy_dir / "run" / "registry-closed"


def full_flag(settings: Settings) -> Path:
    """The file that tells nginx to let nothing be written because the disk is nearly full."""
    return settings.proxy_dir / "run" / "registry-full"


def reopen(settings: Settings) -> None:
    """A daemon that ended while garbage was collected has left it closed."""
    closed_flag(settings).unlink(missing_ok=True)

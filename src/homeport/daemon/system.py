"""homeport's own containers, as a stack like any other: nginx, with as little as it can do with."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from homeport.engine.docker import Docker
from homeport.model.stack import NetworkSpec, Order, Service, Stack
from homeport.proxy.apply import Proxy
from homeport.proxy.examine import Examiner
from homeport.proxy.render import Logs
from homeport.proxy.workers import LARGE_PAGES
from homeport.settings import Settings

_CONF, _RUN = "/etc/homeport", "/run/homeport"
# A socket that a killed nginx left would keep it from starting again.
_START = (
    f"rm -f {_RUN}/status.sock {_RUN}/probe.sock; exec nginx -c {_CONF}/nginx.conf -g 'daemon off;'"
)
# Bind ports below 1024, drop to the workers' user, own the temporary folders, signal workers.
_CAPABILITIES = ["NET_BIND_SERVICE", "SETUID", "SETGID", "CHOWN", "DAC_OVERRIDE", "KILL"]


def container_name(settings: Settings) -> str:
    """The name of nginx's container."""
    return f"{settings.system_project}-nginx"


def network_name(settings: Settings) -> str:
    """The network of nginx's published ports.

    It sorts before every other name: Docker takes the first network for the default gateway, and
    joining an application's network must not move that.
    """
    return f"00{settings.system_project}"


def proxy_of(docker: Docker, settings: Settings) -> Proxy:
    """The proxy that these settings describe."""
    return Proxy(
        docker,
        settings.proxy_dir,
        container_name(settings),
        instance=settings.instance,
        own_host=settings.host,
        drain=settings.drain,
        hold=settings.hold,
        registry=bool(settings.registry_address[1]),
        https_port=settings.https_port,
        logs=Logs(metrics=settings.metrics == "on", access=settings.access_log == "on"),
    )


def examiner_of(docker: Docker, proxy: Proxy, settings: Settings) -> Examiner:
    """Who looks why a host answers what it answers."""
    return Examiner(
        docker,
        proxy,
        settings.proxy_dir,
        own_host=settings.host,
        bind=settings.bind or "127.0.0.1",
        ports=(settings.http_port, settings.https_port),
    )


def system_stack(settings: Settings) -> Stack:
    """The stack of homeport's own containers."""
    project, network = settings.system_project, network_name(settings)
    body = _nginx(settings, network)
    nginx = Service(
        name="nginx",
        image=settings.nginx_image,
        config_hash=hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest(),
        body=body,
        networks={network: {}},
        container_name=container_name(settings),
        # Its ports are the host's: a second one could not have them beside the first.
        order=Order.STOP_FIRST,
        order_why="fixed host ports",
        stop_grace=5,
    )
    labels = {"com.docker.compose.project": project, "com.docker.compose.network": "proxy"}
    spec = NetworkSpec(key="proxy", name=network, body={"Driver": "bridge", "Labels": labels})
    return Stack(name=project, services={"nginx": nginx}, networks={"proxy": spec})


# Of the processor where others want it too: containers have 1024. Every visitor passes here.
_SHARES = 8192


def _nginx(settings: Settings, network: str) -> dict[str, Any]:
    """What the Engine is sent: no Docker socket, no capability to spare, nothing to write to."""
    folder = settings.proxy_dir
    address, port = settings.registry_address
    ports = {
        **({"5000/tcp": _published(address, port)} if port else {}),
        "80/tcp": _published(settings.bind, settings.http_port),
        "443/tcp": _published(settings.bind, settings.https_port),
        "443/udp": _published(settings.bind, settings.https_port),
    }
    host = {
        "NetworkMode": network,
        "Binds": [
            f"{folder / 'conf'}:{_CONF}:ro",
            f"{folder / 'run'}:{_RUN}:rw",
            f"{settings.registry_dir / 'run'}:/run/homeport-registry:ro",
        ],
        "PortBindings": ports,
        "CpuShares": _SHARES,
        # Engines before 23 take our HUP for a stop by a person, which `unless-stopped` obeys.
        "RestartPolicy": {"Name": "always"},
        "CapDrop": ["ALL"],
        "CapAdd": _CAPABILITIES,
        "SecurityOpt": ["no-new-privileges"],
        "ReadonlyRootfs": True,
        "Tmpfs": {"/run": "", "/tmp": "", "/var/cache/nginx": "", "/var/lib/nginx": ""},  # noqa: S108 - inside the container
        "LogConfig": {"Type": "json-file", "Config": {"max-size": "10m", "max-file": "2"}},
    }
    return {
        "Entrypoint": ["/bin/sh", "-c", _START],
        "Env": [f"{name}={value}" for name, value in LARGE_PAGES.items()],
        "Cmd": [],
        "StopSignal": "SIGQUIT",
        "ExposedPorts": {key: {} for key in ports},
        "HostConfig": host,
    }


def _published(address: str, port: int) -> list[dict[str, str]]:
    return [{"HostIp": address, "HostPort": str(port)}]

"""Containers as a few words, for the tests of what becomes of them in default.conf."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from homeport.model.container import Container, Endpoint, Health
from homeport.model.tls import Certificate
from homeport.proxy.dropin.doors import doors_of
from homeport.proxy.dropin.files import Files
from homeport.proxy.dropin.model import Host, Refusal, Wanted
from homeport.proxy.dropin.reach import Surroundings
from homeport.proxy.dropin.reader import HostReader
from homeport.proxy.dropin.render import Nginx, Page, Renderer
from homeport.proxy.dropin.secure import default_certificate
from homeport.proxy.dropin.seen import Seen
from homeport.proxy.dropin.settings import read_settings

NOW = 1_800_000_000.0
AROUND = Surroundings(networks=frozenset({"web"}), gateway="172.18.0.1")


def container(name: str, **said: Any) -> Container:
    """One that runs in the network `web`; `env` and `labels` say what it asks for."""
    number = said.pop("number", sum(map(ord, name)) % 250)
    networks = said.pop("networks", {"web": f"10.0.0.{number}"})
    values: dict[str, Any] = {
        "id": name,
        "name": name,
        "image": "app",
        "image_id": "sha256:1",
        "state": said.pop("state", "running"),
        "labels": said.pop("labels", {}),
        "endpoints": tuple(
            Endpoint(
                network=network,
                network_id=network,
                address="" if ":" in address else address,
                address6=address if ":" in address else "",
            )
            for network, address in networks.items()
        ),
        "env": {key: str(value) for key, value in said.pop("env", {}).items()},
        "exposed": tuple(said.pop("exposed", ["80/tcp"])),
        "health": Health(said.pop("health", "none")),
    }
    return Container(**values, **said)


def hosts_of(
    containers: Iterable[Container],
    *,
    env: Mapping[str, str] | None = None,
    files: Files | None = None,
    starting: Iterable[str] = (),
    certificates: Mapping[str, Certificate] | None = None,
) -> tuple[tuple[Host, ...], list[Refusal]]:
    """Their hosts, and who is refused; all are ready but those that are `starting`."""
    every = list(containers)
    asking, refusals = Seen().read(every)
    settings, files = read_settings(env or {}), files or Files()
    ready = {c.id for c in every} - set(starting)
    hosts = HostReader(settings).read(
        asking, ready=ready, around=AROUND, files=files, certificates=certificates or {}, now=NOW
    )
    return hosts, refusals


def page_of(
    containers: Iterable[Container],
    *,
    env: Mapping[str, str] | None = None,
    files: Files | None = None,
    starting: Iterable[str] = (),
    certificates: Mapping[str, Certificate] | None = None,
    hold: str = "",
) -> Page:
    """The file."""
    hosts, refusals = hosts_of(
        containers, env=env, files=files, starting=starting, certificates=certificates
    )
    files = files or Files()
    wanted = Wanted(
        hosts=hosts,
        refusals=tuple(refusals),
        files=files,
        default_certificate=default_certificate(certificates or {}, files, NOW),
        doors=doors_of(certificates or {}, settings=read_settings(env or {}), files=files, now=NOW),
    )
    nginx = Nginx(hold=hold, flags="/run/homeport-proxy/flags")
    return Renderer(read_settings(env or {}), nginx).page(hosts, wanted)

"""Ports that a job publishes: on its own localhost, since the box's are of what is live. Pure.

Which ones is said by a label of the container, `8080:80/tcp 127.0.0.1:5353:53/udp`. The Engine
knows of none, so what it tells of a container is completed here.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from homeport.pipeline.gate.scope import BESIDE
from homeport.pipeline.gate.verdict import refused

PORTS = "homeport.job.ports"  # the label
_MOST = 64  # of one container
_PROTOCOLS = ("tcp", "udp")
_RANGE = re.compile(r"([0-9]{1,5})(?:-([0-9]{1,5}))?")
_SAID = re.compile(r"(?:([0-9.]+):)?([0-9]+)(?:-([0-9]+))?:([0-9]+)/(tcp|udp)")
# Above those that the kernel gives to connections of the job itself.
_CHOICE = range(61_000, 65_536)


@dataclass(frozen=True, slots=True, kw_only=True)
class Port:
    """A port of a container, and the one at which the job finds it."""

    inside: int
    protocol: str = "tcp"
    outside: int = 0  # 0: whichever is free
    last: int = 0  # of a range that starts with `outside`
    address: str = ""  # that was asked for

    def __str__(self) -> str:
        """As the label says it."""
        where = f"{self.address}:" if self.address else ""
        last = f"-{self.last}" if self.last else ""
        return f"{where}{self.outside}{last}:{self.inside}/{self.protocol}"

    @property
    def name(self) -> str:
        """As the Engine says it, `80/tcp`."""
        return f"{self.inside}/{self.protocol}"

    @property
    def place(self) -> tuple[str, int]:
        """What two containers of a job cannot have both."""
        return self.protocol, self.outside

    @property
    def choices(self) -> Iterable[int]:
        """The ports that it may have; none where one is named."""
        if not self.outside:
            return _CHOICE
        return range(self.outside, self.last + 1) if self.last else ()


def published(bindings: Mapping[str, Any], exposed: Iterable[str] = ()) -> tuple[str, str]:
    """What the label says, and a warning for what cannot be had.

    Args:
        bindings: `PortBindings` of a create: `80/tcp` -> where it is to be reached.
        exposed: ports that are published wherever there is room, by `-P`.

    Raises:
        Forbidden: they are too many.
    """
    kept, left = list[Port](), list[str]()
    wanted = {name: [{}] for name in exposed} | {name: at for name, at in bindings.items() if at}
    for name, places in wanted.items():
        for place in places if isinstance(places, list) else [places]:
            port = _port(str(name), place)
            if port:
                kept.append(port)
            else:
                left.append(str(name)[:20])
    if len(kept) > _MOST:
        raise refused(f"publish more than {_MOST} ports of a container")
    return " ".join(map(str, kept)), _warning(left)


def read_ports(label: str) -> list[Port]:
    """What the label says."""
    return [
        Port(
            address=found[1] or "",
            outside=int(found[2]),
            last=int(found[3] or 0),
            inside=int(found[4]),
            protocol=found[5],
        )
        for found in _SAID.finditer(label)
    ]


def is_open(label: str) -> bool:
    """Whether a port is left to be chosen."""
    return any(port.choices for port in read_ports(label))


def chosen(label: str, others: Iterable[str]) -> str:
    """The label with every port named.

    Args:
        label: of a container that is to be created.
        others: the labels of the job's other containers.

    Raises:
        Forbidden: none is left.
    """
    taken = {port.place for other in others for port in read_ports(other)}
    named = []
    for port in read_ports(label):
        named.append(_named(port, taken) if port.choices else port)
        taken.add(named[-1].place)
    return " ".join(map(str, named))


def in_list(containers: Any) -> Any:
    """The Engine's list of containers, with their ports; without what the job did not make.

    `docker rm -f $(docker ps -aq)` would be the end of the job itself, and of its services.
    """
    return [_listed(one) for one in containers if BESIDE not in (one.get("Labels") or {})]


def in_detail(container: Any) -> Any:
    """What the Engine tells of a container, with its ports."""
    ports = read_ports((container["Config"].get("Labels") or {}).get(PORTS, ""))
    if ports:
        container["HostConfig"]["PortBindings"] = _bound(ports)
        if container["State"]["Running"]:
            network = container["NetworkSettings"]
            network["Ports"] = (network.get("Ports") or {}) | _bound(ports)
    return container


def _named(port: Port, taken: Collection[tuple[str, int]]) -> Port:
    for number in port.choices:
        if (port.protocol, number) not in taken:
            return replace(port, outside=number, last=0)
    raise refused(f"publish {port}: its other containers have those ports")


def _port(name: str, place: Any) -> Port | None:
    """A port, where it is one."""
    inside, _, protocol = name.partition("/")
    told = place if isinstance(place, dict) else {"HostPort": "?"}
    outside = _RANGE.fullmatch(str(told.get("HostPort") or "0"))
    if not (outside and outside[0].isascii() and inside.isascii() and inside.isdecimal()):
        return None
    first, last = int(outside[1]), int(outside[2] or 0)
    fits = 0 < int(inside[:6]) < 65536 and first < 65536 and last < 65536
    if not fits or (protocol or "tcp") not in _PROTOCOLS or (last and not 0 < first <= last):
        return None
    return Port(
        inside=int(inside),
        protocol=protocol or "tcp",
        outside=first,
        last=last,
        address=_address(str(told.get("HostIp") or "")),
    )


def _address(text: str) -> str:
    try:
        return str(ipaddress.IPv4Address(text))
    except ValueError:
        return ""


def _warning(left: list[str]) -> str:
    if not left:
        return ""
    return f"not published: {', '.join(left)}: a job has TCP and UDP ports, on its localhost"


def _listed(container: dict[str, Any]) -> dict[str, Any]:
    ports = read_ports((container.get("Labels") or {}).get(PORTS, ""))
    if not ports or container.get("State") != "running":
        return container
    names = {port.name for port in ports}
    told = container.get("Ports") or []
    others = [one for one in told if f"{one['PrivatePort']}/{one['Type']}" not in names]
    return container | {"Ports": others + [_row(port) for port in ports]}


def _row(port: Port) -> dict[str, Any]:
    return {
        "IP": port.address or "0.0.0.0",  # noqa: S104 - as docker ps has it; nobody listens there
        "PrivatePort": port.inside,
        "PublicPort": port.outside,
        "Type": port.protocol,
    }


def _bound(ports: Iterable[Port]) -> dict[str, list[dict[str, str]]]:
    found: dict[str, list[dict[str, str]]] = {}
    for port in ports:
        row = _row(port)
        found.setdefault(port.name, []).append({"HostIp": row["IP"], "HostPort": str(port.outside)})
    return found

"""Where people and forges find homeport: its pages, its API, git."""

from __future__ import annotations

import contextlib
import socket
from collections.abc import Callable
from ipaddress import ip_address

from homeport.settings import Settings

_ANY = ("0.0.0.0", "::")  # noqa: S104  # compared with, not bound to
_FAR = ("192.0.2.1", 9)  # of nobody; what is sent there, nothing here, would leave the box


def own_address() -> str:
    """The address from which this box speaks to others; "" where it has none for that.

    Source: udp(7): connecting a datagram socket sends nothing, and binds it as routing says.
    """
    with contextlib.suppress(OSError), socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.connect(_FAR)
        return str(end.getsockname()[0])
    return ""


def elsewhere_of(settings: Settings, own: Callable[[], str] = own_address) -> str:
    """Where other machines find homeport: by its name, else where it listens; "" for nowhere.

    Args:
        settings: `host`, else `listen`.
        own: the address to say where it listens at all that this box has.
    """
    if settings.host:
        return f"http://{settings.host}{port_of(settings)}"
    name, port = settings.listen_address
    name = own() if name in _ANY else name
    if not name or _is_loopback(name):
        return ""
    return f"http://[{name}]:{port}" if ":" in name else f"http://{name}:{port}"


def port_of(settings: Settings) -> str:
    """What the proxy's addresses end with."""
    return "" if settings.http_port == 80 else f":{settings.http_port}"


def _is_loopback(name: str) -> bool:
    with contextlib.suppress(ValueError):
        return ip_address(name).is_loopback
    return name == "localhost"

"""Whether a port of this machine is free: asked by binding, as the Engine's own proxy does.

Nothing listens meanwhile. The kernel knows what /proc does not show: whether a socket that is bound
to any IPv6 address takes IPv4, too, and which addresses this machine has.
"""

from __future__ import annotations

import errno
import os
import socket

from homeport.engine.sockets import listening

_KINDS = {"tcp": socket.SOCK_STREAM, "udp": socket.SOCK_DGRAM}
_ANY = ("0.0.0.0", "::")  # noqa: S104 - what the Engine binds to where no address is said
_TAKEN = "a program of this machine has it"


def occupant(address: str, number: int, protocol: str) -> str:
    """Why a port cannot be had at an address ("" for any); "" where it can, or nobody may ask."""
    if protocol not in _KINDS:
        return ""
    errors = {_refused(one, number, _KINDS[protocol]) for one in ([address] if address else _ANY)}
    if errno.EADDRINUSE in errors or (errno.EACCES in errors and _is_listened_at(number)):
        return _TAKEN
    if errno.EADDRNOTAVAIL in errors and address:
        return f"{address} is no address of it"
    return ""


def _is_listened_at(number: int) -> bool:
    """What a plain user, who may not bind to the ports below 1024, can see of one."""
    return any(found.port == number for found in listening(os.getpid()))


def _refused(address: str, number: int, kind: socket.SocketKind) -> int:
    """The error of binding to it; 0 for none."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        with socket.socket(family, kind) as one:
            if kind is socket.SOCK_STREAM:  # connections that have just ended do not count
                one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family is socket.AF_INET6:
                one.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
            one.bind((address, number))
    except OSError as error:
        return error.errno or 0
    return 0

"""BuildKit's control protocol: which calls a job may make, and what a `Solve` may ask for. Pure.

Source: buildkit, api/services/control/control.proto (SolveRequest); protobuf, "Encoding".
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from homeport.errors import RequestError
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.verdict import refused

SOLVE = "/moby.buildkit.v1.Control/Solve"
_CALLS = (
    SOLVE,
    "/moby.buildkit.v1.Control/Status",
    "/moby.buildkit.v1.Control/Session",
    "/moby.buildkit.v1.Control/ListWorkers",
    "/moby.buildkit.v1.Control/Info",
    "/grpc.health.v1.Health/Check",
)
# Builds that are steered by the client; what they may was said with their Solve.
_FRONTEND = "/moby.buildkit.v1.frontend.LLBBridge/"
_EXPORTER, _EXPORTER_ATTRS, _FRONTEND_ATTRS = 3, 4, 7
_ENTITLEMENTS, _EXPORTERS = 9, 13
_TEXTS = 2  # wire type: length-delimited
# Into the Engine, or back to the client as files.
_TARGETS = ("", "moby", "image", "docker", "local", "tar", "oci")


def check_call(path: str) -> None:
    """Whether a job may make a call.

    Raises:
        Forbidden: it may not.
    """
    if path not in _CALLS and not path.startswith(_FRONTEND):
        raise refused(f"ask BuildKit for {path[:80]}", "its cache and its history are the box's")


def check_solve(message: bytes, scope: Scope) -> bytes:
    """A SolveRequest whose images have the job's names.

    Raises:
        Forbidden: it asks for the host's network, for privileges, or to push by itself.
        RequestError: it is no SolveRequest.
    """
    return b"".join(
        _checked(number, kind, value, scope) for number, kind, value in _fields(message)
    )


def _checked(number: int, kind: int, value: bytes, scope: Scope) -> bytes:
    if kind == _TEXTS:
        value = _RULES[number](value, scope) if number in _RULES else value
    return _field(number, kind, value)


def _no_entitlement(value: bytes, _scope: Scope) -> bytes:
    raise refused(f"build with {value.decode(errors='replace')[:60]}")


def _target(value: bytes, _scope: Scope) -> bytes:
    if value.decode(errors="replace") not in _TARGETS:
        raise refused(f"send a build to {value.decode(errors='replace')[:40]}")
    return value


def _attribute(value: bytes, scope: Scope) -> bytes:
    """An entry of the exporter's attributes: the name of the image, among others."""
    key, text = _entry(value)
    if key == "name":
        return _pair(key, ",".join(scope.own_image(name) for name in text.split(",") if name))
    if key == "push" and text not in ("", "false", "0"):
        raise refused("push from a build", "docker push publishes, once the job has passed")
    return value


def _exporter(value: bytes, scope: Scope) -> bytes:
    """One of several exporters: a type, and attributes."""
    inside: dict[int, Callable[[bytes, Scope], bytes]] = {1: _target, 2: _attribute}
    parts = []
    for number, kind, found in _fields(value):
        looked = inside[number](found, scope) if number in inside and kind == _TEXTS else found
        parts.append(_field(number, kind, looked))
    return b"".join(parts)


def _frontend(value: bytes, _scope: Scope) -> bytes:
    key, text = _entry(value)
    if key == "force-network-mode" and text not in ("", "default", "none", "sandbox"):
        raise refused(f"build in network {text[:40]}")
    if key == "cgroup-parent":
        raise refused("choose the cgroup of a build")
    return value


_RULES: dict[int, Callable[[bytes, Scope], bytes]] = {
    _EXPORTER: _target,
    _EXPORTER_ATTRS: _attribute,
    _FRONTEND_ATTRS: _frontend,
    _ENTITLEMENTS: _no_entitlement,
    _EXPORTERS: _exporter,
}


# -- protobuf, as far as it is needed


def _fields(message: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Number, wire type and bytes of each field.

    Raises:
        RequestError: the message is cut, or no message.
    """
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        start = at
        match tag & 7:
            case 0:
                _, at = _varint(message, at)
            case 1:
                at += 8
            case 2:
                size, start = _varint(message, at)
                at = start + size
            case 5:
                at += 4
            case _:
                raise RequestError("BuildKit's request is not understood")
        if at > len(message):
            raise RequestError("BuildKit's request is cut")
        yield tag >> 3, tag & 7, message[start:at]


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message) and shift < 64:
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at += 1
        if not byte & 0x80:
            return value, at
        shift += 7
    raise RequestError("BuildKit's request is cut")


def _number(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    out.append(value)
    return bytes(out)


def _field(number: int, kind: int, value: bytes) -> bytes:
    size = _number(len(value)) if kind == _TEXTS else b""
    return _number(number << 3 | kind) + size + value


def _entry(value: bytes) -> tuple[str, str]:
    """Key and value of an entry of a map; the last of each counts."""
    found = {number: part.decode(errors="replace") for number, _, part in _fields(value)}
    return found.get(1, ""), found.get(2, "")


def _pair(key: str, value: str) -> bytes:
    return _field(1, _TEXTS, key.encode()) + _field(2, _TEXTS, value.encode())

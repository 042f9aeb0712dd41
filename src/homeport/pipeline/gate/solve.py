"""BuildKit's control protocol: which calls a job may make, and what a `Solve` may ask for. Pure.

Source: buildkit, api/services/control/control.proto (SolveRequest).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from homeport.pipeline.gate.dockerfile import own_value
from homeport.pipeline.gate.protobuf import TEXT, field, fields
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.verdict import refused

SOLVE = "/moby.buildkit.v1.Control/Solve"
STEERED = "/moby.buildkit.v1.frontend.LLBBridge/Solve"  # a part of a build that its client steers
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
_STEERED_ATTRS = 3  # of a SolveRequest of the bridge
_ENTITLEMENTS, _EXPORTERS = 9, 13
_MOBY = b"moby"  # the exporter into the Engine
# Into the Engine, or back to the client as files.
_TARGETS = ("", "moby", "image", "docker", "local", "tar", "oci")


def check_call(path: str) -> None:
    """Whether a job may make a call.

    Raises:
        Forbidden: it may not.
    """
    if path not in _CALLS and not path.startswith(_FRONTEND):
        raise refused(f"ask BuildKit for {path[:80]}", "its cache and its history are the box's")


def check_solve(message: bytes, scope: Scope, own: Mapping[str, str]) -> bytes:
    """A SolveRequest whose images have the job's names.

    Args:
        message: it.
        scope: the job's.
        own: the job's images, as of `own_names`.

    Raises:
        Forbidden: it asks for the host's network, for privileges, or to push by itself.
        RequestError: it is no SolveRequest.
    """
    parts = list(fields(message))
    if (_EXPORTER, TEXT, _MOBY) in parts:
        parts = [(k, w, _not_pushed(v) if k == _EXPORTER_ATTRS else v) for k, w, v in parts]
    return b"".join(_checked(key, kind, value, scope, own) for key, kind, value in parts)


def check_steered(message: bytes, own: Mapping[str, str]) -> bytes:
    """The request of a build that is steered by its client, with the job's own images."""
    return b"".join(
        field(key, kind, _argument(value, own) if key == _STEERED_ATTRS else value)
        for key, kind, value in fields(message)
    )


def _checked(key: int, kind: int, value: bytes, scope: Scope, own: Mapping[str, str]) -> bytes:
    if kind == TEXT:
        value = _RULES[key](value, scope) if key in _RULES else value
    if key == _FRONTEND_ATTRS:
        value = _argument(value, own)
    return field(key, kind, value)


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


def _not_pushed(value: bytes) -> bytes:
    """An image goes into the Engine; its client pushes it from there, as any other."""
    key, _ = _entry(value)
    return _pair(key, "false") if key == "push" else value


def _exporter(value: bytes, scope: Scope) -> bytes:
    """One of several exporters: a type, and attributes."""
    inside: dict[int, Callable[[bytes, Scope], bytes]] = {1: _target, 2: _attribute}
    given = list(fields(value))
    if (1, TEXT, _MOBY) in given:
        given = [(k, w, _not_pushed(v) if k == 2 else v) for k, w, v in given]
    parts = []
    for number, kind, found in given:
        looked = inside[number](found, scope) if number in inside and kind == TEXT else found
        parts.append(field(number, kind, looked))
    return b"".join(parts)


def _frontend(value: bytes, _scope: Scope) -> bytes:
    key, text = _entry(value)
    if key == "force-network-mode" and text not in ("", "default", "none", "sandbox"):
        raise refused(f"build in network {text[:40]}")
    if key == "cgroup-parent":
        raise refused("choose the cgroup of a build")
    return value


def _argument(value: bytes, own: Mapping[str, str]) -> bytes:
    key, text = _entry(value)
    return _pair(key, own_value(text, own)) if key.startswith("build-arg:") else value


_RULES: dict[int, Callable[[bytes, Scope], bytes]] = {
    _EXPORTER: _target,
    _EXPORTER_ATTRS: _attribute,
    _FRONTEND_ATTRS: _frontend,
    _ENTITLEMENTS: _no_entitlement,
    _EXPORTERS: _exporter,
}


def _entry(value: bytes) -> tuple[str, str]:
    """Key and value of an entry of a map; the last of each counts."""
    found = {number: part.decode(errors="replace") for number, _, part in fields(value)}
    return found.get(1, ""), found.get(2, "")


def _pair(key: str, value: str) -> bytes:
    return field(1, TEXT, key.encode()) + field(2, TEXT, value.encode())

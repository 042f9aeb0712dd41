"""Containers of the job's that are there, and commands in them. Pure."""

from __future__ import annotations

import re

from homeport.pipeline.gate.owned import own_container, there
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.shape import canonical, names
from homeport.pipeline.gate.verdict import (
    Facts,
    Forward,
    Kind,
    Question,
    Reply,
    Request,
    Verdict,
    refused,
)

_RAW = re.compile(r"/(logs|attach|attach/ws|archive|export|start)")


def container(request: Request, _scope: Scope, facts: Facts, name: str) -> Verdict:
    """Whatever is asked of a container by its name."""
    found = there(Question(Kind.CONTAINER, name), facts)
    rest = request.path.removeprefix(f"/containers/{name}")
    reply = Reply.RAW if _RAW.fullmatch(rest) else Reply.NAMES
    reply = Reply.CONTAINER if rest == "/json" else reply
    return Forward(target=request.target(f"/containers/{found.name}{rest}"), reply=reply)


def start(request: Request, scope: Scope, facts: Facts, name: str) -> Verdict:
    """`docker start`."""
    if request.body:  # API 1.23 and before: a HostConfig at the start
        raise refused("change a container when it starts")
    return container(request, scope, facts, name)


def rename(request: Request, scope: Scope, facts: Facts, name: str) -> Verdict:
    """`docker rename`: the new name gets the job's prefix, too."""
    found = own_container(name, facts)
    to = scope.own(request.first("name").lstrip("/"))
    return Forward(target=request.target(f"/containers/{found.name}/rename", [("name", to)]))


_EXEC = names(
    "User Privileged Tty ConsoleSize AttachStdin AttachStderr AttachStdout Detach DetachKeys Env "
    "WorkingDir Cmd Container"
)


def execute(request: Request, _scope: Scope, facts: Facts, name: str) -> Verdict:
    """`docker exec`, of which the Engine makes an object."""
    body = canonical(request.body, _EXEC, "the command")
    if body.get("Privileged"):
        raise refused("run a privileged command")
    found = there(Question(Kind.CONTAINER, name), facts)
    return Forward(target=request.target(f"/containers/{found.name}/exec"), body=body)


def of_exec(request: Request, _scope: Scope, facts: Facts, name: str) -> Verdict:
    """Whatever is asked of that object."""
    there(Question(Kind.EXEC, name), facts)
    return Forward(target=request.target(request.path), reply=Reply.RAW)

"""Compose's normalised models, small enough to read in a test."""

from __future__ import annotations

from typing import Any

from homeport.model.stack import (
    Service,
    Stack,
)
from homeport.stack.model import read_stack

Model = dict[str, Any]
OWNED = {"com.docker.compose.project": "blog", "com.docker.compose.version": "2.26.1"}
NETWORK = {"com.docker.compose.network": "default"} | OWNED
HOST: Model = {
    "RestartPolicy": {"Name": "no"},
    "NetworkMode": "blog_default",
    "PortBindings": {},
    "Binds": [],
}
BODY: Model = {
    "Env": [],
    "Labels": {},
    "AttachStdout": True,
    "AttachStderr": True,
    "HostConfig": HOST,
}


def model(*, top: Model | None = None, **keys: Any) -> Model:
    """Service `web` with these keys, as `docker compose config` prints it; `top` beside it."""
    web = {"image": "web:1", "networks": {"default": None}, **keys}
    others = (top or {}).get("services", {})
    networks = {"default": {"name": "blog_default"}}
    return {"networks": networks, **(top or {}), "services": {"web": web, **others}}


def short(value: object) -> str:
    """A case, in the name of its test."""
    return str(value)[:60]


def read(found: Model, **values: Any) -> Stack:
    """The stack of a model."""
    defaults: Model = {"hashes": {}, "project": "blog", "directory": "/blog", "files": ()}
    return read_stack(found, **{**defaults, **values})


def web(*, top: Model | None = None, **keys: Any) -> Service:
    """Service `web` as homeport has it."""
    return read(model(top=top, **keys)).services["web"]


def bare(**values: Any) -> Service:
    """What is expected of a service that says nothing, but for `values`."""
    defaults: Model = {
        "name": "web",
        "image": "web:1",
        "config_hash": "",
        "body": BODY,
        "networks": {"blog_default": {"Aliases": ["web"]}},
    }
    return Service(**{**defaults, **values})

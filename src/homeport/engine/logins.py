"""Who this machine is for other registries: what `docker login` keeps.

Source: docker/cli, cli/config/configfile; docker-credential-helpers, README.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import json
import os
from pathlib import Path
from typing import Any

from homeport.engine import process
from homeport.errors import HomeportError

HUB = "docker.io"
_HUBS_KEY = "https://index.docker.io/v1/"


def registry_of(reference: str) -> str:
    """The registry that an image's name stands for: `docker.io` where it names none."""
    first, slash, _ = reference.partition("/")
    named = slash and ("." in first or ":" in first or first == "localhost")
    return first if named else HUB


async def login_for(registry: str) -> tuple[str, str] | None:
    """User and password for a registry; None where nobody logged in."""
    config = _config()
    key = _HUBS_KEY if registry == HUB else registry
    helper = (config.get("credHelpers") or {}).get(key) or config.get("credsStore")
    if helper and str(helper).isidentifier():
        return await _asked(str(helper), key)
    return _kept((config.get("auths") or {}).get(key) or {})


def as_header(login: tuple[str, str], registry: str) -> str:
    """A login as the Engine takes it."""
    user, password = login
    shown = {"username": user, "password": password, "serveraddress": registry}
    return base64.urlsafe_b64encode(json.dumps(shown).encode()).decode()


def _config() -> dict[str, Any]:
    folder = os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker"
    with contextlib.suppress(OSError, ValueError):
        return dict(json.loads((Path(folder) / "config.json").read_text()))
    return {}


def _kept(found: dict[str, Any]) -> tuple[str, str] | None:
    try:
        text = base64.b64decode(found.get("auth") or "", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return None
    user, colon, password = text.partition(":")
    return (user, password) if colon else None


async def _asked(helper: str, key: str) -> tuple[str, str] | None:
    argv = [f"docker-credential-{helper}", "get"]
    with contextlib.suppress(HomeportError, ValueError, KeyError):
        found = json.loads((await process.run(argv, stdin=key.encode(), seconds=10)).stdout)
        return str(found["Username"]), str(found["Secret"])
    return None

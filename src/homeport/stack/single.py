"""The stack of a repository with a Dockerfile and no compose file. Pure."""

from __future__ import annotations

import hashlib
import json

from homeport.model.stack import Service, Stack
from homeport.stack.resources import network_of


def single_service(app: str, image: str, *, exposed_port: int, host: str) -> Stack:
    """The stack of a repository with a Dockerfile and no compose file: one routed service."""
    port = [f"VIRTUAL_PORT={exposed_port}"] if exposed_port else []
    network = f"{app}_default"
    body = {
        "Env": [f"VIRTUAL_HOST={host}", *port],
        "Labels": {},
        "HostConfig": {"NetworkMode": network, "RestartPolicy": {"Name": "unless-stopped"}},
    }
    digest = hashlib.sha256(json.dumps(body, sort_keys=True).encode()).hexdigest()
    service = Service(
        name="web",
        image=image,
        config_hash=digest,
        body=body,
        networks={network: {"Aliases": ["web"]}},
        port=exposed_port or 80,
        hosts=(host,),
    )
    return Stack(
        name=app,
        services={"web": service},
        networks={"default": network_of("default", {}, app)},
    )

"""What nginx is given is of one moment."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest
from msgspec.structs import replace

from homeport.engine.docker import Docker
from homeport.model.container import Container, Endpoint, Health
from homeport.proxy.apply import Proxy

PLACE = (Endpoint(network="blog", network_id="n", address="10.0.0.2"),)
NGINX = Container(
    id="0", name="nginx", image="", image_id="", state="running", labels={}, endpoints=PLACE
)
OLD = replace(
    NGINX,
    id="1",
    name="web-1",
    labels={"com.docker.compose.project": "blog"},
    env={"VIRTUAL_HOST": "a.org", "VIRTUAL_PORT": "80"},
    health=Health.HEALTHY,
)
GONE = replace(OLD, name="web-1.yielding", state="exited", health=Health.UNHEALTHY)
NEW = replace(OLD, id="2", name="web-2")


class Meanwhile:
    """An nginx that takes its time: something is noticed while it is asked what it serves."""

    def __init__(self, proxy: Proxy) -> None:
        self._proxy, self.noticed, self.given = proxy, [NGINX, OLD], ""
        self._generation = 0

    async def generation(self) -> int:
        self._proxy.notice(self.noticed)
        return self._generation

    async def take(self, text: str, generation: int) -> None:
        self.given, self._generation = text, generation


async def test_what_is_noticed_while_nginx_is_asked_belongs_to_the_next_configuration(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody is told that nobody answers, because the one who was waited for came just now."""
    proxy = Proxy(cast("Docker", None), tmp_path, "nginx")
    proxy.prepare()
    nginx = Meanwhile(proxy)
    monkeypatch.setattr(proxy.nginx, "generation", nginx.generation)
    monkeypatch.setattr(proxy.nginx, "take", nginx.take)
    await proxy.serve([NGINX, OLD])
    nginx.noticed = [NGINX, GONE, NEW]
    await proxy.serve([NGINX, GONE])
    assert "has nobody to answer" not in nginx.given
    await proxy.serve([NGINX, GONE, NEW])
    assert "has nobody to answer" not in nginx.given

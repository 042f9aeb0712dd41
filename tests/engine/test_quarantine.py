"""A real nginx that refuses the configuration of one host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from homeport.engine.docker import Docker
from homeport.model.container import Container, Endpoint
from homeport.model.route import RouteTable
from homeport.proxy import apply
from homeport.proxy.apply import Proxy
from homeport.proxy.routes import read_routes
from tests.engine.nginx_lab import Answer, Lab, started

HASHED = "me:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="  # of `password`


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """An nginx of the test's own."""
    with started(tmp_path) as made:
        yield made


async def test_a_host_that_nginx_cannot_have_is_refused_by_name_and_the_others_are_served(
    lab: Lab, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As if a value had come through that this nginx does not take."""
    up = lab.app("one")

    def broken(*containers: Any, **values: Any) -> RouteTable:
        table = read_routes(*containers, **values)
        bad = {"bad.org": "/a {"}
        routes = (replace(r, path=bad.get(r.host, r.path)) for r in table.routes)
        return replace(table, routes=tuple(routes))

    monkeypatch.setattr(apply, "read_routes", broken)
    docker = Docker()
    proxy = Proxy(docker, lab.folder, lab.name)
    proxy.prepare()
    nginx = await docker.container(lab.name)
    asking = [container(up.container, up.address, host) for host in ("bad.org", "good.org")]
    assert await proxy.serve([nginx, *asking])
    docker.close()
    assert Answer(200, "one") == lab.get("good.org")
    assert 503 == lab.get("bad.org").status
    (refusal,) = proxy.table.refusals
    assert refusal.reason.startswith("nginx cannot have bad.org: ")
    assert ["good.org"] == [route.host for route in proxy.table.routes]


async def test_the_owners_files_are_a_sites_and_a_bad_one_hurts_it_alone(lab: Lab) -> None:
    """vhost.d and htpasswd; mended, the host is served again."""
    up = lab.app("one")
    docker = Docker()
    proxy = Proxy(docker, lab.folder, lab.name)
    proxy.prepare()
    nginx = await docker.container(lab.name)
    hosts = ("bad.org", "good.org", "secret.org", "other.org", "worse.org")
    asking = [nginx, *(container(up.container, up.address, host) for host in hosts)]
    servers = lab.folder / "vhost.d"
    (servers / "good.org").write_text("add_header X-Extra server;")
    (servers / "bad.org_location").write_text("add_header X-Extra")
    (servers / "other.org_location_override").write_text("location / { return 200 mine; }")
    (servers / "worse.org_location_override").write_text("location / { return 200 mine }")
    (lab.folder / "htpasswd" / "secret.org").write_text(f"{HASHED}\n")
    assert await proxy.serve(asking)
    assert [200, 503, 401] == [lab.get(h).status for h in ("good.org", "bad.org", "secret.org")]
    assert ("mine", 503) == (lab.get("other.org").body, lab.get("worse.org").status)
    assert "server" == lab.get("good.org").headers["x-extra"]
    assert 200 == lab.get("secret.org", Authorization="Basic bWU6cGFzc3dvcmQ=").status
    reasons = sorted(refusal.reason.partition(": ")[0] for refusal in proxy.table.refusals)
    assert ["nginx cannot have bad.org", "nginx cannot have worse.org"] == reasons
    assert not proxy.serving.is_stale()
    (servers / "bad.org_location").write_text("add_header X-Extra location;")
    (servers / "worse.org_location_override").unlink()
    assert proxy.serving.is_stale()
    assert await proxy.serve(asking)
    docker.close()
    assert "location" == lab.get("bad.org").headers["x-extra"]
    assert () == proxy.table.refusals


def container(name: str, address: str, host: str) -> Container:
    """One that asks for a host."""
    return Container(
        id=f"{name}-{host}",
        name=f"{name}-{host}",
        image="app",
        image_id="",
        state="running",
        labels={"com.docker.compose.project": host},
        endpoints=(Endpoint(network="bridge", network_id="n", address=address),),
        env={"VIRTUAL_HOST": host, "VIRTUAL_PORT": "5000"},
    )

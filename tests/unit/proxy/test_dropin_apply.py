"""What nginx refuses that no host has, and what becomes of the others."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from homeport.errors import HomeportError
from homeport.model.container import Container
from homeport.model.tls import Certificate
from homeport.proxy.dropin.apply import Applier
from homeport.proxy.dropin.doors import doors_of
from homeport.proxy.dropin.files import Files
from homeport.proxy.dropin.model import Wanted
from homeport.proxy.dropin.render import Nginx, Renderer
from homeport.proxy.dropin.server import Place
from homeport.proxy.dropin.settings import read_settings
from tests.unit.proxy.dropin_cases import NOW, container, hosts_of


class Refusing:
    """Cannot have a certificate."""

    status = resolvers = ""
    retired = 0

    def __init__(self, file: Path, certificate: str) -> None:
        self._file, self._certificate = file, certificate

    async def begin(self) -> None:
        raise NotImplementedError

    async def version(self) -> tuple[int, ...]:
        raise NotImplementedError

    async def end(self) -> None:
        raise NotImplementedError

    async def check(self) -> str:
        path = f"/etc/nginx/certs/{self._certificate}.crt"
        has_it = f"ssl_certificate {path};" in self._file.read_text()
        return f'SSL_CTX_use_certificate("{path}") failed (too small)' if has_it else ""

    async def reload(self, generation: int) -> str:
        return await self.check()


def certificate(name: str, *names: str) -> Certificate:
    return Certificate(name=name, names=names or (name,), not_after=NOW + 1)


async def applied(
    folder: Path,
    refused: str,
    every: list[Certificate],
    *containers: Container,
    changed: Callable[[], bool] = lambda: False,
) -> tuple[Applier, Place]:
    """What nginx has in the end that cannot have one certificate."""
    settings, found = read_settings({}), {one.name: one for one in every}
    hosts, _ = hosts_of(containers, certificates=found)
    place = Place(folder / "default.conf")
    renderer = Renderer(settings, Nginx(hold="/run/hold.sock", flags="/run/flags"))
    applier = Applier(Refusing(place.file, refused), place, renderer, lambda _: None, changed)
    doors = doors_of(found, settings=settings, files=Files(), now=NOW)
    await applier.apply(Wanted(hosts=hosts, refusals=(), files=Files(), doors=doors))
    return applier, place


async def test_a_certificate_of_no_host_that_nginx_cannot_have_hurts_nobody(tmp_path: Path) -> None:
    one = container("a", env={"VIRTUAL_HOST": "a.example"})
    every = [certificate("a.example"), certificate("small.example")]
    applier, place = await applied(tmp_path, "small.example", every, one)
    assert {"a.example": ""} == {name: host.fault for name, host in applier.read.items()}
    assert ("a.example.crt" in place.text, "small.example" in place.text) == (True, False)


async def test_one_that_a_host_has_hurts_that_host_alone(tmp_path: Path) -> None:
    one = container("a", env={"VIRTUAL_HOST": "a.example", "CERT_NAME": "wild"})
    two = container("b", env={"VIRTUAL_HOST": "b.example"})
    applier, _ = await applied(tmp_path, "wild", [certificate("wild", "*.example")], one, two)
    assert {"a.example": True, "b.example": False} == {
        name: bool(host.fault) for name, host in applier.read.items()
    }


async def test_a_file_that_has_just_gone_is_nobodys_fault(tmp_path: Path) -> None:
    one = container("a", env={"VIRTUAL_HOST": "a.example"})
    every, asked = [certificate("a.example")], []

    def changed() -> bool:
        asked.append(True)
        return len(asked) == 1

    with pytest.raises(HomeportError, match="nginx cannot have it"):
        await applied(tmp_path, "a.example", every, one, changed=changed)
    # It is looked at anew, and who has what is still wrong is at fault then.
    applier, _ = await applied(tmp_path, "a.example", every, one, changed=changed)
    assert {"a.example": True} == {name: bool(host.fault) for name, host in applier.read.items()}

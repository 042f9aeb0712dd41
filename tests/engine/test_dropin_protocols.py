"""What homeport-proxy speaks beside http: to containers, to visitors, to who stands before it."""

from __future__ import annotations

import asyncio
import struct
from pathlib import Path

import httpx
import pytest

from homeport.model.wish.options import LABEL
from tests import http3
from tests.certificates import issue
from tests.engine import grpc_lab
from tests.engine.dropin_lab import Dropin, house, image
from tests.eventually import eventually

__all__ = ["house", "image"]  # fixtures

UPSTREAMS = Path(__file__).parent / "upstreams"
PROGRAMS = "homeport-test/python:latest"


@pytest.mark.parametrize("proto", ["fastcgi", "uwsgi"])
async def test_gateways_are_spoken_to(house: Dropin, proto: str) -> None:
    """Each answers the variables that it was sent."""
    await house.run_proxy()
    env = {"VIRTUAL_HOST": "a.example", "VIRTUAL_PROTO": proto, "VIRTUAL_PORT": "9000"}
    name = await house.start(
        "gateway",
        PROGRAMS,
        *("python3", "/upstreams/gateway.py", proto),
        env=env | {"VIRTUAL_ROOT": "/srv/www"},
        HostConfig={"Binds": [f"{UPSTREAMS}:/upstreams:ro"]},
    )
    await house.becomes("a.example", 200)
    address = await house.address(house.proxy)
    async with httpx.AsyncClient(trust_env=False) as client:
        found = await client.get(
            f"http://{address}/x.php?y=1", headers={"Host": "a.example", "Proxy": "evil"}
        )
    told = dict(line.split("=", 1) for line in found.text.splitlines())
    expected = {"QUERY_STRING": "y=1", "REQUEST_URI": "/x.php?y=1", "HTTP_HOST": "a.example"}
    if proto == "fastcgi":
        expected["SCRIPT_FILENAME"] = "/srv/www/x.php"
    assert expected == {key: told[key] for key in expected}
    assert "HTTP_PROXY" not in told
    await house.docker.remove_container(name, force=True)
    await house.becomes("a.example", 503)


@pytest.mark.parametrize("proto", ["grpc", "grpcs"])
async def test_grpc_is_passed_with_its_streams_and_its_trailers(house: Dropin, proto: str) -> None:
    """The server is on the machine's own network, as the container says that stands for it."""
    issue(house.folder / "certs", "g.example", "g.example")
    issue(house.folder, "backend", "backend")
    await house.run_proxy()
    with grpc_lab.serving(house.folder / "backend.x" if proto == "grpcs" else None) as port:
        env = {"VIRTUAL_PORT": str(port), "VIRTUAL_PROTO": proto, "PORT": "0"}
        await house.app("g", "g.example", env=env, HostConfig={"NetworkMode": "host"})
        await eventually(lambda: _says(house, f"grpc_pass {proto}://g.example;"))
        address, certificate = (
            await house.address(house.proxy),
            house.folder / "certs/g.example.crt",
        )
        async with grpc_lab.calling(address, "g.example", certificate) as client:
            await eventually(lambda: _answers(client))
            assert ("OK", b"one x") == await client.one(b"x")
            missing = "NOT_FOUND", "nothing was asked for"
            assert missing == await client.one(b"")
            assert [b"each 1", b"each 2"] == await client.each(b"1", b"2")


async def test_a_get_over_http_3_is_answered(house: Dropin) -> None:
    issue(house.folder / "certs", "a.example", "a.example")
    issue(house.folder / "certs", "b.example", "b.example")
    await house.run_proxy(HTTPS_PORT="443")
    for name, on in (("one", "true"), ("two", "false")):
        labels = {**house.labels, f"{LABEL}http3.enable": on}
        host = {"one": "a.example", "two": "b.example"}[name]
        env = {"EXTERNAL_HTTPS_PORT": "8443"}
        await house.app(name, host, env=env, Labels=labels)
    address = await house.address(house.proxy)
    await eventually(lambda: _answered(address, "a.example", (200, "one")))
    # After a reload, too; one during a reload may be lost with the worker that took it.
    await house.app("three", "c.example")
    await house.serves("c.example", (200, "three"))
    await eventually(lambda: _says(house, "server_name c.example;"))
    await eventually(lambda: _answered(address, "a.example", (200, "one")))
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:
        found = await client.get(
            f"https://{address}/",
            headers={"Host": "a.example"},
            extensions={"sni_hostname": "a.example"},
        )
        led = await client.get(f"http://{address}/x", headers={"Host": "b.example"})
    assert 'h3=":8443"; ma=86400;' == found.headers["alt-svc"]
    assert (301, "https://b.example:8443/x") == (led.status_code, led.headers["location"])


async def test_who_stands_before_says_whose_connection_it_is(house: Dropin) -> None:
    """PROXY protocol, versions 1 and 2; a connection without it is refused."""
    house.write(
        "conf.d/realip.conf", "set_real_ip_from 0.0.0.0/0;\nreal_ip_header proxy_protocol;\n"
    )
    await house.run_proxy(ENABLE_PROXY_PROTOCOL="true")
    await house.app("one", "a.example")
    one = b"PROXY TCP4 203.0.113.9 203.0.113.1 4444 80\r\n"
    await eventually(lambda: _seen(house, one, "203.0.113.9"))
    addresses = bytes([203, 0, 113, 10, 203, 0, 113, 1]) + struct.pack("!HH", 4444, 80)
    signature = b"\r\n\r\n\x00\r\nQUIT\n"
    two = signature + struct.pack("!BBH", 0x21, 0x11, len(addresses)) + addresses
    assert "203.0.113.10" == await _real_ip(house, two)
    assert "" == await _real_ip(house, b"")


async def _seen(house: Dropin, before: bytes, expected: str) -> bool:
    return expected == await _real_ip(house, before)


async def _real_ip(house: Dropin, before: bytes) -> str:
    """The address that the application is told; "" where nginx does not answer 200."""
    reader, writer = await asyncio.open_connection(await house.address(house.proxy), 80)
    writer.write(before + b"GET /headers HTTP/1.0\r\nHost: a.example\r\n\r\n")
    try:
        async with asyncio.timeout(5):
            head, _, body = (await reader.read()).decode().partition("\r\n\r\n")
    except OSError:
        return ""
    finally:
        writer.close()
    lines = dict(line.split(": ", 1) for line in body.splitlines() if ": " in line)
    return lines.get("X-Real-IP", "") if " 200 " in head.partition("\r\n")[0] else ""


async def _answers(client: grpc_lab.Client) -> bool:
    return "OK" == (await client.one(b"x"))[0]


async def _answered(address: str, host: str, expected: tuple[int, str]) -> bool:
    try:
        return expected == await http3.get(address, host)
    except (ConnectionError, TimeoutError):
        return False


async def _says(house: Dropin, text: str) -> bool:
    return text in house.conf

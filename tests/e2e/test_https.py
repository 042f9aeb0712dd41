"""https by certificates that lie in a folder; a bad one hurts its host alone."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization

from homeport.model.wish.options import LABEL
from tests import http3
from tests.certificates import issue
from tests.e2e import again
from tests.e2e.house import App, House, docker, eventually
from tests.e2e.test_proxy import instance
from tests.e2e.visitors import visitors


@pytest.fixture
def run(house: House) -> Iterator[list[str]]:
    """Containers and certificates that a test made itself, taken away at the end."""
    names: list[str] = []
    yield names
    for name in names:
        docker("rm", "-f", "-v", name)
    for path in filter(Path.is_file, certs(house).iterdir()):
        path.unlink()


def certs(house: House) -> Path:
    """The folder of certificates."""
    return house.state / "proxy" / "certs"


def start(house: House, run: list[str], name: str, *, label: str = "", **environment: str) -> str:
    """A container with a host of its own, under example.test."""
    full = f"tls-{house.port}-{name}"
    found = {"VIRTUAL_HOST": f"{name}.example.test", "VERSION": name, **environment}
    env = [part for key, value in found.items() for part in ("-e", f"{key}={value}")]
    labels = ("--label", f"homeport.instance={instance(house)}", "--label", label or "none")
    docker("run", "-d", "--name", full, *labels, *env, "homeport-test/app")
    run.append(full)
    host = f"{name}.example.test"
    eventually(lambda: house.get(host).status in (200, 301))
    return host


def curl(house: House, url: str, *options: str) -> str:
    """What curl prints of `url`, whose host is this homeport's: `status version location body`."""
    host, https = url.partition("://")[2].partition("/")[0], house.env["HOMEPORT_HTTPS_PORT"]
    to = [f"{host}:80:127.0.0.1:{house.port}", f"{host}:443:127.0.0.1:{https}"]
    connect = [part for one in to for part in ("--connect-to", one)]
    written = "%{http_code} %{http_version} %{redirect_url} "
    done = again.curl(["-s", *connect, "-w", written, *options, url])
    return done.stdout or f"curl ended with {done.returncode}"


def secure(house: House, host: str, *options: str, path: str = "/") -> str:
    """The same by https, with the certificate of the host's own name as the authority."""
    authority = certs(house) / f"{host}.crt"
    return curl(house, f"https://{host}{path}", "--cacert", str(authority), *options)


REJECTED = "000 0  "


def test_a_certificate_makes_its_host_https_and_port_80_leads_there(
    house: House, run: list[str]
) -> None:
    """Without one it is served by http, as before; within a second it has one."""
    host, port = start(house, run, "one"), house.env["HOMEPORT_HTTPS_PORT"]
    assert "one200 1.1  " == curl(house, f"http://{host}/")
    assert REJECTED == curl(house, f"https://{host}/")
    issue(certs(house), host)
    eventually(lambda: secure(house, host) == "one200 2  ")
    assert "one200 1.1  " == secure(house, host, "--http1.1")
    there = f"https://{host}:{port}/x?y=1"
    assert curl(house, f"http://{host}/x?y=1").endswith(f"301 1.1 {there} ")
    assert curl(house, f"http://{host}/x?y=1", "-d", "a=b").endswith(f"308 1.1 {there} ")
    head = secure(house, host, "-I").lower()
    assert "strict-transport-security: max-age=31536000" in head
    told = secure(house, host, path="/headers")
    assert "X-Forwarded-Proto: https" in told


def test_a_get_over_http_3_is_answered(house: House, run: list[str]) -> None:
    """By a client that speaks nothing else, at the published port."""
    host = start(house, run, "three", label=f"{LABEL}http3.enable=true")
    issue(certs(house), host)
    port = int(house.env["HOMEPORT_HTTPS_PORT"])

    def answered() -> bool:
        try:
            return (200, "three") == asyncio.run(http3.get("127.0.0.1", host, port=port))
        except (ConnectionError, TimeoutError):
            return False

    eventually(answered)
    assert f'h3=":{port}"; ma=86400' in secure(house, host, "-I")


def test_a_new_certificate_is_served_without_a_broken_request(
    app: App, house: House, run: list[str]
) -> None:
    """As ACME renews one."""
    app.live("one")
    host = start(house, run, "renewed")
    with visitors(house.port, app.host) as visits:
        for _ in range(3):
            issue(certs(house), host)  # trusted alone from now on
            eventually(lambda: secure(house, host) == "renewed200 2  ")
    assert [] == visits.failures


def test_one_that_expired_or_is_not_its_keys_hurts_its_host_alone(
    house: House, run: list[str]
) -> None:
    """Its handshake is rejected, by name; the others serve, also after a restart of nginx."""
    good, bad, past = (start(house, run, name) for name in ("good", "bad", "past"))
    folder = certs(house)
    issue(folder, good)
    issue(folder, past, seconds=-5)
    issue(folder, bad)
    (folder / f"{bad}.key").write_bytes((folder / f"{good}.key").read_bytes())
    nginx = f"homeport-{instance(house)}-nginx"

    def refused() -> dict[str, str]:
        lines = house.homeport("events", "--json").stdout.splitlines()
        told = [e for e in map(json.loads, lines) if e["event"] == "CertificateRefused"]
        return {e["name"]: e["reason"] for e in told}

    eventually(lambda: {bad, past} <= refused().keys(), tell=refused)
    assert f"{bad}.crt cannot be used: it does not match its key" == refused()[bad]
    assert f"{past}.crt has expired" == refused()[past]
    for _ in range(2):
        eventually(lambda: secure(house, good) == "good200 2  ")
        assert [REJECTED, REJECTED] == [secure(house, host) for host in (bad, past)]
        assert "bad200 1.1  " == curl(house, f"http://{bad}/")
        docker("kill", nginx)
        eventually(lambda: docker("inspect", "-f", "{{.State.Running}}", nginx).strip() == "true")
    issue(folder, bad)
    eventually(lambda: secure(house, bad) == "bad200 2  ")


def test_the_parents_certificate_and_the_default_are_taken(house: House, run: list[str]) -> None:
    """By nginx-proxy's rules; a name that no site has is shown the default."""
    host = start(house, run, "parents")
    folder = certs(house)
    issue(folder, "example.test", "*.example.test")
    authority = ("--cacert", str(folder / "example.test.crt"))
    eventually(lambda: curl(house, f"https://{host}/", *authority) == "parents200 2  ")
    assert REJECTED == curl(house, "https://nobody.test/", "-k")
    issue(folder, "default", "nobody.test")
    authority = ("--cacert", str(folder / "default.crt"))
    eventually(lambda: "503 2" in curl(house, "https://nobody.test/", *authority))


def test_clients_show_certificates_where_an_authority_for_them_is_there(
    house: House, run: list[str], tmp_path: Path
) -> None:
    """Mutual TLS, by HOST.ca.crt."""
    host, folder = start(house, run, "mutual"), certs(house)
    authority = issue(tmp_path, "authority")
    issue(tmp_path, "client", by=authority)
    pem = authority[0].public_bytes(serialization.Encoding.PEM)
    (folder / f"{host}.ca.crt").write_bytes(pem)
    issue(folder, host)
    client = ("--cert", str(tmp_path / "client.crt"), "--key", str(tmp_path / "client.key"))
    eventually(lambda: secure(house, host, *client) == "mutual200 2  ")
    assert "400 2" in secure(house, host)


def test_the_answer_to_a_certificate_authority_is_a_file_and_all_else_is_the_apps(
    house: House, run: list[str]
) -> None:
    """Under every name by http, also one that no site has, or that leads to https."""
    host = start(house, run, "challenge")
    token = house.state / "proxy" / "run" / "acme" / "token-1_a"
    token.write_text("the answer")
    path = "/.well-known/acme-challenge/token-1_a"
    try:
        for name in (host, "nobody.test"):
            assert "the answer200 1.1  " == curl(house, f"http://{name}{path}")
        other = f"http://{host}/.well-known/acme-challenge/other"
        assert curl(house, other) == curl(house, f"http://{host}/other")
        assert curl(house, other, "-d", "x") == curl(house, f"http://{host}/other", "-d", "x")
        issue(certs(house), host)
        eventually(lambda: secure(house, host) == "challenge200 2  ")
        assert "the answer200 1.1  " == curl(house, f"http://{host}{path}")
        assert " https://" in curl(house, other)
    finally:
        token.unlink()

"""Every SSL_POLICY, HTTP/2 and HTTP/3, as a real nginx takes them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.model.route import Route, Upstream
from homeport.model.tls import Certificate, Terms
from homeport.model.wish import SSL_POLICIES
from homeport.proxy.render import Secured
from tests.certificates import issue
from tests.engine.nginx_lab import Lab, started


@pytest.fixture
def lab(tmp_path: Path) -> Iterator[Lab]:
    """An nginx of the test's own, with a certificate."""
    with started(tmp_path) as made:
        (tmp_path / "conf" / "tls").mkdir()
        issue(tmp_path / "conf" / "tls", "ab12", "*.example")
        yield made


def speaks(lab: Lab, host: str, *options: str) -> bool:
    """Whether a handshake for a host is carried out."""
    command = ["openssl", "s_client", "-connect", f"{lab.address}:443", "-servername", host]
    done = subprocess.run(
        [*command, *options], check=False, input=b"", capture_output=True, timeout=10
    )
    return b"Cipher is (NONE)" not in done.stdout and done.returncode == 0


def test_every_policy_is_taken_and_the_protocols_are_those_that_it_says(lab: Lab) -> None:
    """All at once, beside one another, and with QUIC."""
    up = Upstream(address="127.0.0.1", port=9, container="c")
    hosts = {policy: f"{policy.lower()}.example" for policy in sorted(SSL_POLICIES)}
    routes = [
        Route(host=host, owner="o", upstreams=(up,), terms=Terms(policy=policy, http3=True))
        for policy, host in hosts.items()
    ]
    found = {h: Certificate(name=h, not_after=9e9, digest="ab12") for h in hosts.values()}
    lab.serve(*routes, secured=Secured(certificates=found))
    modern, middle = hosts["Mozilla-Modern"], hosts["Mozilla-Intermediate"]
    assert [True, False] == [speaks(lab, modern, "-tls1_3"), speaks(lab, modern, "-tls1_2")]
    assert [True, True] == [speaks(lab, middle, "-tls1_3"), speaks(lab, middle, "-tls1_2")]
    only = hosts["AWS-FS-1-2-Res-2020-10"]
    assert [False, True] == [speaks(lab, only, "-tls1_3"), speaks(lab, only, "-tls1_2")]
    assert not speaks(lab, "nobody.example")

"""What DNS says of a name: a real named, which has a zone and says so itself."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.proxy.names import authorities, is_here, resolve
from homeport.proxy.seen import Authority, Names

ZONE = """\
$TTL 60
@    IN SOA ns.hp.example. box.hp.example. 1 60 60 60 60
     IN NS  ns.hp.example.
ns   IN A   127.0.0.1
blog IN A   192.0.2.7
blog IN AAAA 2001:db8::7
"""
CONFIGURATION = """\
options {{
    directory "{folder}";
    pid-file "{folder}/pid";
    session-keyfile "{folder}/key";
    managed-keys-directory "{folder}";
    listen-on port {port} {{ 127.0.0.1; }};
    listen-on-v6 {{ none; }};
    recursion yes;
    forwarders {{ }};
    dnssec-validation no;
    empty-zones-enable no;
}};
controls {{ }};
zone "hp.example" {{ type primary; file "{folder}/zone"; }};
zone "." {{ type primary; file "{folder}/root"; }};
"""
ROOT = """\
$TTL 60
@ IN SOA ns.hp.example. box.hp.example. 1 60 60 60 60
  IN NS  ns.hp.example.
"""


@pytest.fixture
def named(tmp_path: Path) -> Iterator[int]:
    """Its port."""
    port = free_port()
    (tmp_path / "zone").write_text(ZONE)
    (tmp_path / "root").write_text(ROOT)
    config = tmp_path / "named.conf"
    config.write_text(CONFIGURATION.format(folder=tmp_path, port=port))
    log = (tmp_path / "log").open("wb")
    with log:
        argv = ["named", "-g", "-c", str(config), "-n", "1"]
        server = subprocess.Popen(argv, stdout=log, stderr=log)
        try:
            await_tcp(port, server, tmp_path / "log")
            yield port
        finally:
            server.terminate()
            server.wait()


def free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        return int(one.getsockname()[1])


def await_tcp(port: int, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < deadline, log.read_text()


def test_the_zones_own_servers_are_asked(named: int) -> None:
    found = authorities("blog.hp.example", nameservers=["127.0.0.1"], port=named)
    addresses = ("192.0.2.7", "2001:db8::7")
    assert (Authority(server="ns.hp.example", addresses=addresses),) == found


def test_a_name_that_is_not_in_the_zone_has_no_address_there(named: int) -> None:
    found = authorities("shop.hp.example", nameservers=["127.0.0.1"], port=named)
    assert (Authority(server="ns.hp.example"),) == found


def test_a_name_in_no_zone_has_no_server(named: int) -> None:
    assert () == authorities("blog.nowhere.test", nameservers=["127.0.0.1"], port=named)


def test_where_no_resolver_answers_nothing_is_said() -> None:
    assert () == authorities("blog.hp.example", nameservers=["127.0.0.1"], port=free_port())


async def test_localhost_is_here_and_a_documentation_address_is_not() -> None:
    expected = Names(addresses=("127.0.0.1",), here=("127.0.0.1",))
    assert expected == await resolve("blog.localhost")
    assert [True, True, False] == [is_here(a) for a in ("127.0.0.1", "::1", "192.0.2.7")]


async def test_what_the_resolver_does_not_know_has_a_reason() -> None:
    found = await resolve("a" * 64 + ".example")  # a label that cannot be
    assert ((), True) == (found.addresses, bool(found.fault))

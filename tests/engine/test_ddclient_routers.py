"""The routers that ddclient knows by name, asked by both programs: all their pages, one server."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.dns.ddclient.routers import ROUTERS
from tests.engine.ddclient_lab import DDCLIENT, Pair, Reply, Seen, Server
from tests.engine.test_ddclient import PROGRAM

NAMES = sorted(set(ROUTERS) - {"olitec-sx200"})


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not DDCLIENT.exists():
        pytest.skip("ddclient is not installed")
    with Server(tmp_path_factory.mktemp("server")).running() as server:
        server.answers = answer
        yield server


@pytest.fixture
def pair(server: Server, tmp_path: Path) -> Pair:
    return Pair(server, tmp_path)


def address(name: str) -> str:
    return f"8.8.4.{1 + NAMES.index(name)}"


def page(path: str) -> str:
    """What stands on a page: an address for each router that has it, behind what is looked for."""
    there = [name for name in NAMES if ROUTERS[name].path == path]
    if not any(ROUTERS[name].skip for name in there):
        return "".join(f"<form>{address(name)}</form>" for name in there)
    rows = [f"<tr>{_literal(ROUTERS[name].skip)} {address(name)}\n" for name in there]
    return f"<script>lan = '8.8.8.8'</script>\n{''.join(rows)}"


def _literal(pattern: str) -> str:
    """A text that a pattern matches."""
    return re.sub(r"\.[*+]\??", " here ", pattern).replace(".", " ")


def answer(seen: Seen) -> Reply:
    if "/nic/update" in seen.target:
        return Reply(body="good\n" * (1 + seen.target.count(",")))
    if "exec" in seen.target:
        return Reply(body=f"Internet address is 8.8.4.200 of {seen.target}")
    if "own" in seen.target:
        return Reply(body="LAN 8.8.8.8 WAN 8.8.4.201")
    return Reply(body=page(seen.target))


def config(server: Server, way: str, fw: str, names: list[str]) -> str:
    """A host for each router."""
    head = f"protocol=dyndns2, server={server.plain}, login=me, password=pw\n"
    hosts = [f"{way}={name}, {fw}={server.plain} {name.lower()}.example.org" for name in names]
    return head + "\n".join(hosts) + "\n"


def test_each_router_is_asked_as_ddclient_asks(server: Server, pair: Pair) -> None:
    theirs, mine = pair.run(config(server, "use", "fw", NAMES))
    assert theirs.requests == mine.requests
    assert {ROUTERS[name].path for name in NAMES} <= {seen.target for seen in mine.requests}
    assert {host: row["ip"] for host, row in theirs.cache.items()} == {
        host: row["ip"] for host, row in mine.cache.items()
    }
    assert len(NAMES) == len(mine.cache)


@pytest.mark.parametrize("name", ["linksys", "netgear-dg834g", "thomson-st536v6"])
def test_usev4_asks_them_too(server: Server, pair: Pair, name: str) -> None:
    text = f"usev4={name}, fwv4={server.plain}\n" + config(server, "use", "if", []) + "a.ex.org\n"
    theirs, mine = pair.run(text)
    assert theirs.requests == mine.requests
    assert 2 == len(mine.requests)


@pytest.mark.parametrize(
    "line",
    [
        "use=cisco, fw={plain}, if=eth0.1",
        "use=cisco, fw={plain}, if=Dialer1, fw-login=me, fw-password=pw",
        "use=cisco-asa, fw={tls}, if=outside, fw-skip=address",
        "use=linksys, fw=http://{plain}/own/page, fw-skip=WAN",
        "use=linksys, fw={plain}, fw-skip=version",
        "use=fw, fw={plain}/level/exec",
        "use=vigor-2200usb, fw={plain}, fw-login=admin, fw-password=pw",
    ],
)
def test_what_a_line_says_besides_counts_as_in_ddclient(
    server: Server, pair: Pair, line: str
) -> None:
    head = f"ssl_ca_file={server.ca}\n{config(server, 'use', 'fw', [])}"
    text = f"{head}{line.format(plain=server.plain, tls=server.tls)} a.example.org\n"
    theirs, mine = pair.run(text)
    assert theirs.requests == mine.requests
    assert theirs.cache.keys() == mine.cache.keys()


def test_list_devices_prints_what_ddclient_prints() -> None:
    theirs, mine = (
        subprocess.run([*words, "-list-devices"], capture_output=True, text=True, check=True).stdout
        for words in ([str(DDCLIENT)], PROGRAM)
    )
    assert sorted(theirs.replace("olitec-SX200 ", "olitec-sx200 ").splitlines()) == sorted(
        mine.splitlines()
    )


def test_the_router_that_ddclient_never_finds_is_asked(server: Server, pair: Pair) -> None:
    server.answers = lambda seen: Reply(body='good = 8.8.8.8; st_wan_ip[0] = "8.8.4.4"')
    text = config(server, "use", "fw", ["olitec-SX200"])
    theirs, mine = pair.run(text)
    server.answers = answer
    assert ("8.8.4.4", "/doc/wan.htm") == (
        mine.cache["olitec-sx200.example.org"]["ip"],
        mine.requests[0].target,
    )
    assert "/doc/wan.htm" not in {seen.target for seen in theirs.requests}

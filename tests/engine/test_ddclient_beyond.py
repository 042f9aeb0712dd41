"""What `homeport ddns` reads, and ddclient does not: the end of a prefix, a router, pages."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.engine.ddclient_lab import DDCLIENT, Pair, Reply, Seen, Server
from tests.engine.ddclient_namespace import ANSWERER
from tests.engine.test_ddclient import PROGRAM
from tests.engine.test_router import OUTER, home, running
from tests.namespace import Namespace

__all__ = ["home"]
HEAD = "server=127.0.0.1:8080, login=me\npassword=pw\n"


@contextmanager
def provider(box: Namespace) -> Iterator[list[str]]:
    """In a namespace; the paths that it was asked for, once it has ended."""
    asked: list[str] = []
    box.ip("link set lo up")
    words = ["ip", "netns", "exec", box.name, sys.executable, "-c", ANSWERER]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "ready\n" == process.stdout.readline()
        try:
            yield asked
        finally:
            process.kill()
        asked += [line.split()[1] for line in process.stdout]


def keep(box: Namespace, folder: Path, text: str, *flags: str) -> subprocess.CompletedProcess[str]:
    """One round inside."""
    config = folder / "ddclient.conf"
    config.write_text(HEAD + text)
    config.chmod(0o600)
    words = ["ip", "netns", "exec", box.name, *PROGRAM, "-file", str(config)]
    words += ["-cache", str(folder / "cache"), *flags]
    return subprocess.run(words, capture_output=True, text=True, check=False)


def test_hosts_behind_a_prefix_have_ends_of_their_own(
    home: tuple[Namespace, Namespace], tmp_path: Path
) -> None:
    """The network gives the prefix; each host says what stands behind it."""
    box, _ = home
    box.ip("addr add 2a00:1450:4001:81::10/64 dev lan0 nodad")
    text = (
        "usev6=ifv6, ifv6=lan0\na.example.org\n"
        "ipv6-suffix=::5 b.example.org\n"
        "ipv6-suffix=::a:b:c:d c.example.org\n"
    )
    with provider(box) as asked:
        done = keep(box, tmp_path, text)
    assert 0 == done.returncode, done.stderr
    expected = {"a": "::10", "b": "::5", "c": ":a:b:c:d"}
    assert {
        f"/nic/update?system=dyndns&hostname={name}.example.org&myip=2a00:1450:4001:81{end}"
        for name, end in expected.items()
    } == set(asked)
    box.ip("addr del 2a00:1450:4001:81::10/64 dev lan0")
    box.ip("addr add 2a00:1450:4001:82::10/64 dev lan0 nodad")
    with provider(box) as asked:
        keep(box, tmp_path, "min-interval=0\n" + text)
    assert [True] * 3 == ["myip=2a00:1450:4001:82:" in path for path in asked]


@pytest.mark.parametrize(
    ("way", "speaks"),
    [
        ("use=router", "nat-pmp"),
        ("use=router, router=pcp", "pcp"),
        ("usev4=router", "nat-pmp"),
        ("use=router, router=upnp", "upnp"),
    ],
)
def test_the_router_is_asked_for_its_outer_address(
    home: tuple[Namespace, Namespace], tmp_path: Path, way: str, speaks: str
) -> None:
    box, router = home
    with running(router, OUTER, speaks), provider(box) as asked:
        done = keep(box, tmp_path, f"{way}\na.example.org\n")
    assert 0 == done.returncode, done.stderr
    assert [f"/nic/update?system=dyndns&hostname=a.example.org&myip={OUTER}"] == asked


def test_a_router_behind_carrier_grade_nat_and_one_that_is_silent_are_told(
    home: tuple[Namespace, Namespace], tmp_path: Path
) -> None:
    box, router = home
    with running(router, "100.64.3.4", "nat-pmp"), provider(box) as asked:
        done = keep(box, tmp_path, "use=router\na.example.org\n")
        assert "the router says 100.64.3.4, which is behind carrier-grade NAT" in done.stderr
        silent = keep(box, tmp_path, "use=router, router=upnp\na.example.org\n")
        assert "use=router finds no address: no router says its address" in silent.stderr
    assert [] == asked


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    with Server(tmp_path_factory.mktemp("server")).running() as server:
        yield server


@pytest.mark.parametrize(
    ("said", "found"),
    [
        (["8.8.4.4", "8.8.4.4", "9.9.9.9"], "8.8.4.4"),
        (["8.8.4.4", "10.0.0.1", "9.9.9.9"], ""),
        (["8.8.4.4", "<form>9.9.9.9</form>", "nothing"], ""),
    ],
)
def test_of_several_pages_two_have_to_agree(
    server: Server, tmp_path: Path, said: list[str], found: str
) -> None:
    def answer(seen: Seen) -> Reply:
        return Reply(body=said[int(seen.target[-1])] if "page" in seen.target else "good")

    server.answers = answer
    pages = ",".join(f"{server.plain}/page{n}" for n in range(3))
    config = f"use=web, web='{pages}'\nserver={server.plain}, login=me, password=pw a.example.org\n"
    done = Pair(server, tmp_path)._one("ours", PROGRAM, config, (), None)
    addresses = [r.target.partition("myip=")[2] for r in done.requests if "myip" in r.target]
    assert ([found] if found else []) == addresses
    assert (0 if found else 1) == done.status


@pytest.mark.parametrize("line", ["ipv6-suffix=1::5", "ipv6-suffix=x", "router=maybe"])
def test_what_cannot_be_is_left_out_with_its_line(
    server: Server, tmp_path: Path, line: str
) -> None:
    server.answers = lambda _: Reply(body="good")
    config = (
        f"use=ip, ip=8.8.4.4\n{line}\nserver={server.plain}, login=me, password=pw a.example.org\n"
    )
    done = Pair(server, tmp_path)._one("ours", PROGRAM, config, (), None)
    key, _, value = line.partition("=")
    assert f"ddclient.conf, line 2: '{key}' = '{value}' is no " in done.output
    flag = Pair(server, tmp_path)._one("ours", PROGRAM, config, [f"--{key}", value], None)
    assert (2, True) == (flag.status, f"error: --{key} {value}: no " in flag.output)


def test_ddclient_reads_such_a_file_and_leaves_that_out(server: Server, tmp_path: Path) -> None:
    if not DDCLIENT.exists():
        pytest.skip("ddclient is not installed")
    server.answers = lambda _: Reply(body="good")
    config = (
        f"use=ip, ip=8.8.4.4, router=pcp\nserver={server.plain}, login=me, password=pw\n"
        "ipv6-suffix=::5 a.example.org\n"
    )
    theirs, mine = Pair(server, tmp_path).run(config)
    assert theirs.requests == mine.requests
    assert 1 == len(mine.requests)


@pytest.mark.parametrize(("flag", "name"), [("-r", "retry"), ("-ex", "exec"), ("-li", "")])
def test_flags_of_our_own_make_no_shorter_one_ambiguous(flag: str, name: str) -> None:
    """What ddclient takes for a flag, by its beginning, means that here."""
    from homeport.dns.ddclient.options import parse
    from homeport.errors import RequestError

    if name:
        assert "1" == parse([flag]).get(name)
    else:
        with pytest.raises(RequestError, match="can be"):
            parse([flag])

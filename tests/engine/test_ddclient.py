"""`homeport ddns` beside the real ddclient, as programs; and where it does better on purpose."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from email.utils import formatdate
from pathlib import Path

import pytest

from tests.e2e.house import eventually
from tests.e2e.named import Named
from tests.engine.ddclient_answers import answers, cases
from tests.engine.ddclient_lab import DDCLIENT, Pair, Reply, Result, Server, aged

TOLD = ("others may read it", "nowhere0 has no IPv4", "no address is known")
PROGRAM = [sys.executable, "-m", "homeport", "ddns"]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    if not DDCLIENT.exists():
        pytest.skip("ddclient is not installed")
    with Server(tmp_path_factory.mktemp("server")).running() as server:
        yield server


@pytest.fixture
def pair(server: Server, tmp_path: Path) -> Pair:
    server.taken()
    server.answers = lambda _: Reply(body="good 8.8.4.4")
    return Pair(server, tmp_path)


def all_protocols(server: Server, address: str = "8.8.4.4") -> str:
    """A file with every host of every provider."""
    lines = [f"ssl_ca_file={server.ca}", f"use=ip, ip={address}"]
    lines += [f"{case.line} {','.join(case.hosts)}" for case in cases(server).values()]
    return "\n".join(lines) + "\n"


def ours(pair: Pair, config: str, *flags: str) -> Result:
    """Ours alone."""
    return pair._one("ours", PROGRAM, config, flags, None)


def simple(server: Server, way: str = "use=ip, ip=8.8.4.4", protocol: str = "dyndns2") -> str:
    """One host."""
    return (
        f"ssl_ca_file={server.ca}\n{way}\n"
        f"protocol={protocol}, server={server.plain}, login=me, password=s3cr3t a.example.org\n"
    )


# --- side by side ---


def test_every_protocol_asks_as_ddclient_asks(server: Server, pair: Pair) -> None:
    server.answers = answers(server, dict.fromkeys(cases(server), "good"))
    theirs, mine = pair.run(all_protocols(server))
    assert theirs.requests == mine.requests
    assert 0 == mine.status
    assert set(theirs.cache) == set(mine.cache)


@pytest.mark.parametrize("kind", ["error", "empty", "nothing"])
def test_every_protocol_fails_as_ddclient_fails(server: Server, pair: Pair, kind: str) -> None:
    server.answers = answers(server, dict.fromkeys(cases(server), kind))
    theirs, mine = pair.run(all_protocols(server))
    assert theirs.requests == mine.requests
    expected = {host: row["status"] for host, row in theirs.cache.items()}
    found = {host: row["status"] for host, row in mine.cache.items()}
    # "error pages": ddclient believes that of ovh. googledomains: an answer without a word.
    believed = {"o1.example.org", "o2.example.org"} if kind == "error" else set()
    assert {h: s for h, s in expected.items() if h not in believed} == {
        h: s for h, s in found.items() if h not in believed
    }
    assert 1 == mine.status


@pytest.mark.parametrize(
    "flags",
    [
        ["-use=web", "-web=http://{plain}/ip"],
        ["--force", "--quiet"],
        ["-host", "a.example.org"],
        ["-host=b.example.org"],
        ["-options", "host=c.example.org,login=x,password=y,server={plain}"],
        ["-options=max-interval=1d"],
        ["-protocol=noip"],
        ["-nossl", "-verb"],
        ["-retry"],
        ["-login", "other", "-password", "other"],
    ],
    ids=" ".join,
)
def test_flags_mean_what_they_mean_to_ddclient(
    server: Server, pair: Pair, flags: list[str]
) -> None:
    words = [flag.format(plain=server.plain) for flag in flags]
    config = simple(server) + "b.example.org\n"
    theirs, mine = pair.run(config, words)
    assert theirs.requests == mine.requests
    assert theirs.cache.keys() == mine.cache.keys()


def test_either_program_goes_on_with_what_the_other_remembers(server: Server, pair: Pair) -> None:
    theirs, mine = pair.run(simple(server))
    assert (1, 1) == (len(theirs.requests), len(mine.requests))
    swapped = {
        "theirs": pair.path("ours").read_text(),
        "ours": pair.path("theirs").read_text(),
    }
    theirs, mine = pair.run(simple(server), cache=swapped)
    assert ([], []) == (theirs.requests, mine.requests)


# --- what ddclient does not ---


def test_without_an_address_nothing_is_sent(server: Server, pair: Pair) -> None:
    server.answers = lambda _: Reply(503, "you are 9.9.9.9")
    way = f"use=web, web=http://{server.plain}/ip"
    theirs, mine = pair.run(simple(server, way))
    assert (1, []) == (len(theirs.requests), mine.requests)
    assert "answers with status 503: not believed" in mine.output


@pytest.mark.parametrize(
    ("page", "why"),
    [
        ("10.1.2.3", "leads nobody here"),
        ("100.64.3.4", "carrier-grade NAT"),
        ("<form>9.9.9.9</form>", "a page to fill in"),
        ("no address at all", "says no address"),
    ],
)
def test_an_address_that_leads_nobody_here_is_not_published(
    server: Server, pair: Pair, page: str, why: str
) -> None:
    server.answers = lambda _: Reply(body=page)
    done = ours(pair, simple(server, f"use=web, web=http://{server.plain}/ip"))
    assert ([], True) == (done.requests, why in done.output)


def test_a_private_address_that_a_person_wrote_is_sent(server: Server, pair: Pair) -> None:
    done = ours(pair, simple(server, "use=ip, ip=10.1.2.3"))
    assert ["myip=10.1.2.3"] == [seen.target.split("&")[-1] for seen in done.requests]


def test_after_a_refusal_nobody_asks_until_the_file_changes(server: Server, pair: Pair) -> None:
    server.answers = lambda _: Reply(body="badauth")
    config = simple(server)
    assert 1 == len(ours(pair, config).requests)
    pair.path("ours").write_text(aged(pair.path("ours").read_text(), 4000))
    again = ours(pair, config)
    assert ([], True) == (again.requests, "until the configuration changes" in again.output)
    assert 1 == len(ours(pair, config, "-force").requests)
    assert 1 == len(ours(pair, config.replace("s3cr3t", "an0ther")).requests)


@pytest.mark.parametrize("form", ["seconds", "date"])
def test_retry_after_is_kept_across_runs(server: Server, pair: Pair, form: str) -> None:
    after = "7200" if form == "seconds" else formatdate(time.time() + 7200, usegmt=True)
    server.answers = lambda _: Reply(429, "", {"Retry-After": after})
    assert 1 == len(ours(pair, simple(server)).requests)
    pair.path("ours").write_text(aged(pair.path("ours").read_text(), 4000))
    again = ours(pair, simple(server))
    assert ([], True) == (again.requests, "the provider has trouble" in again.output)
    kept = json.loads(pair.path("ours", "cache.homeport").read_text())["hosts"]
    assert 7100 < kept["a.example.org"]["until"] - time.time() <= 7200


def test_what_failed_is_tried_again_though_the_address_is_the_same(
    server: Server, pair: Pair
) -> None:
    server.answers = lambda _: Reply(body="notknown")
    theirs, mine = pair.run(simple(server))
    cache = {who: aged(pair.path(who).read_text(), 400) for who in ("theirs", "ours")}
    theirs, mine = pair.run(simple(server), cache=cache)
    assert (0, 1) == (len(theirs.requests), len(mine.requests))


PASSWORDS = ["pass word", "a\"b'c", "x,y,z", "p#ss", "d$llar", "100%25", "päss", "a\\b"]


@pytest.mark.parametrize("password", PASSWORDS)
def test_a_password_is_sent_and_never_told(server: Server, pair: Pair, password: str) -> None:
    server.answers = lambda seen: Reply(404, f"{seen.target} {dict(seen.headers)}")
    for name in ("namecheap", "duckdns", "dyndns2", "freedns", "godaddy"):
        config = (
            f"ssl_ca_file={server.ca}\nuse=ip, ip=8.8.4.4, protocol={name}, zone=example.org\n"
            f"server={server.tls if name != 'dyndns2' else server.plain}, login=example.org\n"
            f"password='{password}'\nh.example.org\n"
        )
        done = ours(pair, config, "-debug", "-verbose", "-force")
        assert 1 == len(done.requests), done.output
        assert password not in done.output
        for line in done.output.splitlines():
            assert not re.search(r"password=[^*]|token=[^*]|sha=[^*]|sso-key [^*\s]+:[^*]", line), (
                line
            )


def test_a_dry_run_shows_the_request_and_changes_nothing(server: Server, pair: Pair) -> None:
    for flag in ("--dry-run", "-noexec"):
        done = ours(pair, simple(server), flag)
        url = f"http://{server.plain}/nic/update?system=dyndns&hostname=a.example.org&myip=8.8.4.4"
        assert f"GET {url}\n  Authorization: Basic ***\n" == done.output
        assert ([], {}) == (done.requests, done.cache)
    said = json.loads(ours(pair, simple(server), "--dry-run", "--json", "-ssl").output)
    expected = [f"GET {url.replace('http:', 'https:')}", "  Authorization: Basic ***"]
    assert [{"hosts": ["a.example.org"], "request": expected}] == said


@pytest.mark.parametrize(
    "text", ["", "garbage", "## ddclient-3.10.0\natime=1,host=a.exa", "\0\xff\n" * 9]
)
def test_a_cache_that_was_cut_off_counts_as_empty(server: Server, pair: Pair, text: str) -> None:
    pair.path("ours").parent.mkdir()
    pair.path("ours").write_text(text, encoding="latin-1")
    done = ours(pair, simple(server))
    assert (0, 1) == (done.status, len(done.requests))
    assert "good" == done.cache["a.example.org"]["status"]


def test_a_file_that_others_may_read_is_told_and_stays_as_it_is(server: Server, pair: Pair) -> None:
    config = pair.folder / "conf"
    config.write_text(simple(server))
    config.chmod(0o644)
    words = [*PROGRAM, "-file", str(config), "-cache", "/proc/no/such/cache"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    assert "others may read it" in done.stderr
    assert "what was done is forgotten" in done.stderr
    assert 0o644 == config.stat().st_mode & 0o777


def test_a_file_that_is_not_there_is_an_error_with_a_hint() -> None:
    words = [*PROGRAM, "-file", "/no/such/file"]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert 2 == done.returncode
    assert "error: /no/such/file: cannot be read" in done.stderr
    assert "hint:" in done.stderr


def test_explain_says_why_and_when_next(server: Server, pair: Pair) -> None:
    before = ours(pair, simple(server), "explain", "a.example.org").output
    assert "is updated now: the cache does not know it" in before
    ours(pair, simple(server))
    after = ours(pair, simple(server), "--explain", "a.example.org", "--json").output
    said = json.loads(after)
    assert (False, "it has 8.8.4.4 already") == (said["update"], said["why"])
    assert "" != said["next"]


# --- RFC 2136 ---


def test_nsupdate_changes_a_real_name_server_as_ddclient_does(tmp_path: Path) -> None:
    named = Named(tmp_path / "named")
    named.start()
    try:
        key = tmp_path / "home.key"
        key.write_text(f'key "home" {{ algorithm hmac-sha256; secret "{named.key}"; }};\n')
        config = (
            f"protocol=nsupdate, server=127.0.0.1:{named.port}, zone=example.org\n"
            f"password={key}\n{{}} a.example.org,b.example.org\n"
        )
        file = tmp_path / "conf"
        for program, address in (([str(DDCLIENT)], "8.8.4.4"), (PROGRAM, "9.9.9.9")):
            file.write_text(config.format(f"use=ip, ip={address}"))
            file.chmod(0o600)
            words = [*program, "-file", str(file), "-cache", str(tmp_path / "cache"), "-force"]
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            assert 0 == done.returncode, done.stderr
            found = [named.ask(f"{name}.example.org") for name in "ab"]
            assert [[address], [address]] == found, done.stdout + done.stderr
        key.write_text('key "home" { algorithm hmac-sha256; secret "AAAA"; };\n')
        done = subprocess.run(words, capture_output=True, text=True, check=False)
        assert 1 == done.returncode
    finally:
        named.stop()


# --- as a daemon ---


def test_a_daemon_stays_rereads_on_hup_and_ends_on_term(server: Server, pair: Pair) -> None:
    config, pid = pair.folder / "conf", pair.folder / "pid"
    config.write_text(simple(server))
    config.chmod(0o600)
    words = [*PROGRAM, "-file", str(config), "-cache", str(pair.folder / "cache")]
    words += ["-daemon=300", "-pid", str(pid)]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        eventually(lambda: len(server.seen) == 1 and pid.exists())
        assert process.pid == int(pid.read_text())
        text = config.read_text().replace("ip=8.8.4.4", "ip=9.9.9.9, min-interval=0")
        config.write_text(text + "more.example.org\n")
        os.kill(process.pid, signal.SIGHUP)
        eventually(lambda: len(server.seen) == 3 or "9.9.9.9" in str(server.seen))
        os.kill(process.pid, signal.SIGTERM)
        assert 0 == process.wait(10)
    assert not pid.exists()


def test_a_provider_that_hangs_delays_no_other_and_no_end(server: Server, pair: Pair) -> None:
    config = pair.folder / "conf"
    with socket.create_server(("127.0.0.1", 0)) as silent:
        other = f"127.0.0.1:{silent.getsockname()[1]}"
        slow = "protocol=dyndns2, login=me, password=pw, server={} {}.example.org\n"
        lines = slow.format(other, "hangs") + slow.format(server.plain, "works")
        config.write_text(f"use=ip, ip=8.8.4.4\n{lines}")
        config.chmod(0o600)
        words = [*PROGRAM, "-file", str(config), "-cache", str(pair.folder / "cache")]
        with subprocess.Popen([*words, "-daemon=300"], stdout=subprocess.DEVNULL) as process:
            eventually(lambda: "works" in str(server.seen))
            process.terminate()
            assert 0 == process.wait(15)


def test_a_provider_that_hangs_is_waited_for_once_and_not_for_each_of_its_hosts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    from homeport.dns.ddclient import send
    from homeport.dns.ddclient.model import Request

    monkeypatch.setattr(send, "_HANGS", 1.0)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"127.0.0.1:{silent.getsockname()[1]}"
        patient = send.Patient(send.Sender(timeout=2))
        began = time.monotonic()
        said = [patient.send(Request(url=f"{address}/{n}")).text for n in range(5)]
        assert time.monotonic() - began < 6  # five would take 10
    again = "it did not answer before, and is not waited for again"
    assert ["timed out", *[again] * 4] == said


def test_a_daemon_that_cannot_write_its_cache_remembers_what_it_did(
    server: Server, pair: Pair
) -> None:
    """Each look would be an update, and each refusal asked again: that ends in a ban."""
    config = pair.folder / "conf"
    other = simple(server).replace("a.example", "refused.example").replace("login=me", "login=you")
    config.write_text(simple(server) + other)
    config.chmod(0o600)
    server.answers = lambda seen: Reply(body="nohost" if "refused" in seen.target else "good")
    words = [*PROGRAM, "-file", str(config), "-cache", "/proc/no/such/cache", "-daemon=300"]
    words += ["-verbose"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT) as process:
        try:
            eventually(lambda: len(server.seen) == 2)
            for _ in range(3):
                process.send_signal(signal.SIGHUP)
                time.sleep(0.3)
        finally:
            process.terminate()
        assert process.stdout
        told = process.stdout.read().decode()
    assert 2 == len(server.seen)
    assert told.count("a.example.org: left alone: it has 8.8.4.4 already") >= 3, told


def test_a_daemon_tells_a_warning_once(server: Server, pair: Pair) -> None:
    config = pair.folder / "conf"
    config.write_text(simple(server, "use=if, if=nowhere0"))
    config.chmod(0o644)
    words = [*PROGRAM, "-file", str(config), "-cache", str(pair.folder / "cache"), "-daemon=300"]
    with subprocess.Popen(words, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        told = [process.stderr.readline() for _ in range(3)]
        for _ in range(3):
            process.send_signal(signal.SIGHUP)
            time.sleep(0.3)
        process.terminate()
        told += process.stderr.readlines()
    assert list(TOLD) == [next(part for part in TOLD if part in line) for line in told]

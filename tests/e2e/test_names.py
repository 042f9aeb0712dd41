"""Names follow what is served: a real daemon, a real name server with a key."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import httpx
import pytest

from homeport.dns.model import Zone
from homeport.dns.plan import Change, Verb, mark_of
from homeport.dns.providers.rfc2136 import Rfc2136
from homeport.errors import RequestError
from tests.e2e.conftest import started
from tests.e2e.house import Answer, House, eventually
from tests.e2e.named import Named

pytestmark = [pytest.mark.engine, pytest.mark.e2e]

FIRST, SECOND = "93.184.215.14", "93.184.215.15"


@pytest.fixture
def named(tmp_path: Path) -> Iterator[Named]:
    """A name server."""
    made = Named(tmp_path / "named")
    made.start()
    yield made
    made.stop()


@pytest.fixture
def homes(tmp_path: Path, named: Named) -> Iterator[House]:
    """A homeport whose domain that name server serves."""
    zones = tmp_path / "dns.toml"
    zones.write_text(named.settings())
    settings = {
        "HOMEPORT_DNS": str(zones),
        "HOMEPORT_DNS_EVERY": "0.5",
        "HOMEPORT_DOMAIN": "example.org",
    }
    yield from started(House(tmp_path, settings))


def router(house: House, token: str, address: str) -> tuple[int, str]:
    """What a router does when its address changes."""
    url = f"http://127.0.0.1:{house.git_port}/nic/update"
    asked = {"hostname": "home.example.org", "myip": address}
    answer = httpx.get(url, params=asked, auth=("any", token), trust_env=False)
    return answer.status_code, answer.text


def test_names_follow_the_address_that_the_router_says_and_go_with_their_app(
    homes: House, named: Named
) -> None:
    """The story of a name, from the first push to the end of its app."""
    named.change("printer.example.org", "A", "192.0.2.9")
    app = homes.app()
    app.version("1")
    app.push()
    host = f"{app.name}.example.org"
    assert Answer(200, "1") == homes.get(host)
    assert [] == named.ask(host), "no address is known yet"

    assert (401, "badauth\n") == router(homes, "wrong", FIRST)
    assert (200, "911\n") == router(homes, app.token, "192.168.1.2")
    assert (200, f"good {FIRST}\n") == router(homes, app.token, FIRST)
    assert (200, f"nochg {FIRST}\n") == router(homes, app.token, FIRST)
    eventually(lambda: named.ask(host) == [FIRST])
    mark = [f'"heritage=homeport,instance={_instance(homes)},owner={app.name}"']
    assert mark == named.ask(f"_homeport.{host}", "TXT")

    router(homes, app.token, SECOND)
    eventually(lambda: named.ask(host) == [SECOND])
    named.change(host, "A", "192.0.2.66")
    eventually(lambda: named.ask(host) == [SECOND])

    homes.homeport("app", "rm", app.name, "--yes")
    eventually(lambda: named.ask(host) == [])
    assert [] == named.ask(f"_homeport.{host}", "TXT")
    assert ["192.0.2.9"] == named.ask("printer.example.org")


def test_a_record_that_homeport_did_not_make_is_never_touched_and_is_told_of(
    homes: House, named: Named
) -> None:
    """Whoever made it has a reason."""
    app = homes.app()
    host = f"{app.name}.example.org"
    named.change(host, "A", "192.0.2.7")
    router(homes, app.token, FIRST)
    app.version("1")
    app.push()
    why = f"records of {host}: has records that homeport did not make: 192.0.2.7"
    eventually(lambda: why in homes.homeport("events").stdout)
    homes.homeport("app", "rm", app.name, "--yes")
    assert ["192.0.2.7"] == named.ask(host)


@pytest.fixture
def locked_out(tmp_path: Path, named: Named) -> Iterator[House]:
    """A homeport with a key that the name server does not know."""
    zones = tmp_path / "dns.toml"
    named.key = "d3Jvbmcga2V5IHdyb25nIGtleQ=="
    zones.write_text(f'addresses = ["{FIRST}"]\n{named.settings()}')
    settings = {"HOMEPORT_DNS": str(zones), "HOMEPORT_DNS_EVERY": "0.2"}
    yield from started(House(tmp_path, {**settings, "HOMEPORT_DOMAIN": "example.org"}))


def test_a_key_that_is_refused_is_told_of_once_and_stops_no_push(
    locked_out: House, named: Named
) -> None:
    """It is not tried again, and stands in no line that is printed."""
    app = locked_out.app()
    app.version("1")
    app.push()
    eventually(lambda: "records of example.org: " in locked_out.homeport("events").stdout)
    assert "not before its settings change" in locked_out.homeport("status").stdout
    log = (locked_out.folder / "daemon.log").read_text()
    assert [1, False] == [log.count("records of example.org: "), named.key in log]


async def test_txt_values_stand_beside_each_other_and_go_one_by_one(named: Named) -> None:
    """As certificates need it, for a name and its wildcard at once."""
    options = {"server": f"127.0.0.1:{named.port}", "key_name": "home", "key": named.key}
    provider = Rfc2136(Zone(name="example.org", provider="rfc2136", options=options))
    name, seen = "_acme-challenge.blog.example.org", []
    for value in ("one", 'a "second"', "one"):
        await provider.set_txt(name, value)
    seen.append(named.ask(name, "TXT"))
    for _ in range(2):
        await provider.remove_txt(name, "one")
    seen.append(named.ask(name, "TXT"))
    second = '"a \\"second\\""'
    assert [[second, '"one"'], [second]] == seen


async def test_who_was_faster_keeps_the_name(named: Named) -> None:
    """What was planned before somebody else made a record is not carried out."""
    options = {"server": f"127.0.0.1:{named.port}", "key_name": "home", "key": named.key}
    provider = Rfc2136(Zone(name="example.org", provider="rfc2136", options=options))
    mark = mark_of("blog", "")
    make = Change(verb=Verb.MAKE, host="blog.example.org", mark=mark, a=(FIRST,))
    named.change("blog.example.org", "A", "192.0.2.8")
    with pytest.raises(RequestError) as caught:
        await provider.apply(make)
    said = "127.0.0.1 answers YXRRSET to MakeRecord blog.example.org"
    assert (said, ["192.0.2.8"]) == (caught.value.message, named.ask("blog.example.org"))


def _instance(house: House) -> str:
    return hashlib.sha256(str(house.state.resolve()).encode()).hexdigest()[:8]


class Page(BaseHTTPRequestHandler):
    """What the server's `says` is."""

    def log_message(self, *_: Any) -> None:
        """Be silent."""

    def do_GET(self) -> None:
        status, text = self.server.says  # type: ignore[attr-defined]
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


@contextmanager
def pages(count: int) -> Iterator[list[Any]]:
    """Servers that say an address, or whatever they are told to."""
    made = [ThreadingHTTPServer(("127.0.0.1", 0), Page) for _ in range(count)]
    threads = [threading.Thread(target=one.serve_forever, args=(0.05,)) for one in made]
    for server, thread in zip(made, threads, strict=True):
        server.says = (200, "")  # type: ignore[attr-defined]
        thread.start()
    try:
        yield made
    finally:
        for server, thread in zip(made, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()


def test_the_address_is_what_two_of_three_pages_say(tmp_path: Path, named: Named) -> None:
    with pages(3) as three:
        one, two, liar = three
        one.says, two.says, liar.says = (200, FIRST), (503, FIRST), (200, f"<p>{SECOND}</p>")
        urls = [f"http://127.0.0.1:{page.server_port}/" for page in three]
        zones = tmp_path / "dns.toml"
        zones.write_text(f"sources = {urls}\n{named.settings()}")
        settings = {
            "HOMEPORT_DNS": str(zones),
            "HOMEPORT_DNS_EVERY": "0.5",
            "HOMEPORT_DOMAIN": "example.org",
        }
        for house in started(House(tmp_path, settings)):
            _follows_what_two_say(house, named, one, two)


def _follows_what_two_say(house: House, named: Named, one: Any, two: Any) -> None:
    app = house.app()
    app.version("1")
    app.push()
    host = f"{app.name}.example.org"
    unknown = "address: not known yet: no two of http://"
    eventually(lambda: unknown in house.homeport("status").stdout)
    assert [] == named.ask(host)
    two.says = (200, f"your address is {FIRST}\n")
    eventually(lambda: named.ask(host) == [FIRST])
    one.says = two.says = (200, SECOND)
    eventually(lambda: named.ask(host) == [SECOND])

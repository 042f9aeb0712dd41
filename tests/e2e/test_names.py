"""Names follow what is served: a real daemon, a real name server with a key."""

from __future__ import annotations

import functools
import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx
import pytest

from homeport.dns.model import Zone
from homeport.dns.plan import Change, Verb, mark_of
from homeport.dns.providers.rfc2136 import Rfc2136
from homeport.errors import RequestError
from tests.e2e.conftest import started
from tests.e2e.house import DOCKERFILE, Answer, App, House, docker, eventually
from tests.e2e.named import Named
from tests.serving import Handler, serving

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


COMPOSE = """\
x-homeport: {{dns: {dns}}}
services:
  web:
    build: .
    environment: {{VIRTUAL_HOST: {host}}}
"""


def test_a_host_that_an_app_gives_up_loses_its_record_and_the_new_one_is_answered(
    homes: House, named: Named
) -> None:
    """The zone's own name servers are asked; and an app may want no records at all."""
    app = homes.app()
    router(homes, app.token, FIRST)
    old, new = f"old-{app.name}.example.org", f"new-{app.name}.example.org"
    for number, (host, dns) in enumerate([(old, "{zone: example.org}"), (new, "{}")]):
        composed(app, str(number), dns, host)
        eventually(functools.partial(named.says, host, [FIRST]))
    eventually(lambda: named.ask(old) == [])
    said = homes.homeport("events").stdout
    assert f"{old} has no records any more: {app.name} does not ask for it any more" in said
    eventually(lambda: f"{new} is answered by 127.0.0.1:" in homes.homeport("events").stdout)
    composed(app, "2", "false", new)
    eventually(lambda: named.ask(new) == [])
    composed(app, "3", "{zone: other.org}", new)
    why = f"left alone: {new}: the box has no zone other.org in which {new} lies"
    eventually(lambda: why in homes.homeport("status").stdout)


def composed(app: App, version: str, dns: str, host: str) -> None:
    """A push with a compose file."""
    files = {"Dockerfile": DOCKERFILE.format(version=version, more="")}
    app.commit({**files, "compose.yaml": COMPOSE.format(dns=dns, host=host)}, version)
    app.push()


def test_a_plain_container_gets_a_record_unless_its_label_says_off(
    homes: House, named: Named
) -> None:
    """Stopped, it keeps it."""
    router(homes, homes.app().token, FIRST)
    host = f"plain{homes.port}.example.org"
    quiet = f"quiet{homes.port}.example.org"
    try:
        for name, label in ((host, "a=b"), (quiet, "homeport.dns=off")):
            labels = ("--label", f"homeport.instance={_instance(homes)}", "--label", label)
            env = ("-e", f"VIRTUAL_HOST={name}", "-e", "VERSION=1")
            docker("run", "-d", "--name", name, *labels, *env, "homeport-test/app")
        eventually(lambda: named.ask(host) == [FIRST])
        eventually(lambda: homes.get(quiet) == Answer(200, "1"))
        assert [] == named.ask(quiet)
        docker("stop", "-t", "0", host)
        eventually(lambda: homes.get(host).status == 503)
        named.change(host, "A", "192.0.2.66")
        eventually(lambda: named.ask(host) == [FIRST])
    finally:
        docker("rm", "-f", host, quiet)


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


def test_the_file_of_zones_is_read_anew_and_a_bad_one_changes_nothing(
    locked_out: House, named: Named
) -> None:
    """The wrong key is put right while it runs; then the file is broken, and names stay kept."""
    app = locked_out.app()
    app.version("1")
    app.push()
    eventually(lambda: "records of example.org: " in locked_out.homeport("events").stdout)
    zones, host = locked_out.folder / "dns.toml", f"{app.name}.example.org"
    named.key = named.configured_key()
    other = "[zones.'duckdns.org']\nprovider = 'duckdns'\ntoken = 't'\nhosts = ['box']\n"
    zones.write_text(f'addresses = ["{FIRST}"]\n{named.settings()}\n{other}')
    eventually(lambda: named.ask(host) == [FIRST])
    assert "was read anew: example.org, duckdns.org" in locked_out.homeport("events").stdout
    zones.write_text(f'addresses = ["{SECOND}"]\nsuffix = "x"\n{named.settings()}')
    why = f"{zones}:2: suffix: 'x' cannot be; what it said before holds"
    eventually(lambda: why in locked_out.homeport("status").stdout)
    named.change(host, "A", "192.0.2.66")
    eventually(lambda: named.ask(host) == [FIRST])


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


class Page:
    """A page in the web, that says whatever it is told to."""

    says = (200, "")
    url = ""


@contextmanager
def page() -> Iterator[Page]:
    """One."""
    made = Page()

    class Asked(Handler):
        def do_GET(self) -> None:
            self.say(*made.says)

    with serving(Asked) as made.url:
        yield made


def test_the_address_is_what_two_of_three_pages_say(tmp_path: Path, named: Named) -> None:
    with page() as one, page() as two, page() as liar:
        one.says, two.says, liar.says = (200, FIRST), (503, FIRST), (200, f"<p>{SECOND}</p>")
        urls = [one.url, two.url, liar.url]
        zones = tmp_path / "dns.toml"
        # The interface is heard first, and has no address that leads here.
        zones.write_text(f'interface = "lo"\nsources = {urls}\n{named.settings()}')
        settings = {
            "HOMEPORT_DNS": str(zones),
            "HOMEPORT_DNS_EVERY": "0.5",
            "HOMEPORT_DOMAIN": "example.org",
        }
        for house in started(House(tmp_path, settings)):
            _follows_what_two_say(house, named, one, two)


def _follows_what_two_say(house: House, named: Named, one: Page, two: Page) -> None:
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

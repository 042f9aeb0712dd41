"""What `homeport proxy routes` and `explain` say of hosts in nginx-proxy's place."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace

from homeport.model.tls import Certificate
from homeport.proxy.dropin.files import Files
from homeport.proxy.dropin.hosts import Looked
from homeport.proxy.dropin.seen import Seen
from homeport.proxy.dropin.settings import read_settings
from homeport.proxy.dropin.shown import asks_for, port_of, routes, served, tls_of
from homeport.proxy.seen import Https, Served
from tests.unit.proxy.dropin_cases import AROUND, NOW, container, hosts_of

SETTINGS = read_settings({})
CERTIFICATES = {"a.example": Certificate(name="a.example", not_after=NOW + 9, digest="x")}


def looked_at(*containers: Any, starting: str = "") -> Looked:
    asking, _ = Seen().read(containers)
    ready = frozenset(c.id for c in containers if c.name != starting)
    return Looked(asking=tuple(asking), ready=ready, around=AROUND)


def test_a_route_is_told_in_the_words_of_the_daemons_api() -> None:
    env = {"VIRTUAL_HOST": "a.example", "VIRTUAL_PATH": "/x", "NETWORK_ACCESS": "internal"}
    one, two = container("one", env=env), container("two", env=env, number=2)
    names = frozenset({"a.example.crt", "a.example.key"})
    files = Files(htpasswd=frozenset({"a.example"}), certs=names)
    hosts, _ = hosts_of([one, two], files=files, starting=["two"], certificates=CERTIFICATES)
    (found,) = routes(hosts, looked_at(one, two, starting="two"), SETTINGS, CERTIFICATES)
    assert {
        "host": "a.example",
        "path": "/x",
        "owner": "",
        "upstreams": [{"container": "one", "address": "10.0.0.72", "port": 80}],
        "canaries": [],
        "leads_to": "",
        "why_not": ["two: its port does not accept connections yet"],
        "manner": {"proto": "http", "internal": True},
        "rules": {"basic_auth": "/etc/nginx/htpasswd/a.example"},
        "https": {
            "certificate": "a.example",
            "not_after": NOW + 9,
            "why_not": "",
            "http": "redirects",
        },
    } == found


def test_a_host_that_nginx_cannot_have_is_answered_by_nobody() -> None:
    one = container("one", env={"VIRTUAL_HOST": "a.example"})
    ((host,), _) = hosts_of([one])
    faulty = replace(host, fault="unknown directive")
    why = ("nginx cannot have what belongs to it: unknown directive",)
    expected = Served(host="a.example", path="/", owner="", upstreams=(), why_not=why)
    assert (expected,) == served(faulty, looked_at(one), SETTINGS, lambda _: 0.0)
    assert Https(http="serves") == tls_of(host, {})


def test_one_whose_containers_have_gone_says_how_long_its_visitors_wait() -> None:
    one = container("one", env={"VIRTUAL_HOST": "a.example"})
    ((host,), _) = hosts_of([one], starting=["one"])
    (found,) = served(host, looked_at(), SETTINGS, lambda _: 7.0)
    assert (7.0, ("its containers have gone",)) == (found.held, found.why_not)


def test_who_asks_for_a_name_is_found_though_the_rest_cannot_be_read() -> None:
    bad = container("bad", env={"VIRTUAL_HOST": "a.example", "VIRTUAL_PROTO": "htp"})
    wild = container("wild", env={"VIRTUAL_HOST": "*.b.example", "VIRTUAL_PORT": "81"})
    assert [True, False] == [asks_for(bad, name) for name in ("a.example", "x.b.example")]
    assert [False, True] == [asks_for(wild, name) for name in ("a.example", "x.b.example")]
    (asked,) = looked_at(bad, wild).asking
    assert [81, 0, 0] == [
        port_of(asked, "x.b.example"),
        port_of(asked, "b.example"),
        port_of(None, "b.example"),
    ]

"""`x-homeport.route`: read where it is written, refused by its key, rendered as values alone."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.errors import FileFault
from homeport.model.route import Manner, Route, RouteTable, Upstream
from homeport.model.rules import (
    Canary,
    ForwardAuth,
    Rate,
    Rules,
    flat,
    read_rules,
    rules_of_labels,
)
from homeport.model.wish import Protocol, Refused
from homeport.proxy.render import render
from homeport.proxy.routes import read_routes
from homeport.stack.extension import extension
from tests.unit.proxy.test_routes import container, upstream

GOLDEN = Path(__file__).parents[2] / "golden" / "proxy" / "rules.conf"
HASHED = "me:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="
NO_HASH = "basic_auth of 'me' is no NAME:HASH as `htpasswd -nB me` prints it"
NO_URL = "forward_auth.url 'unix:/run/x' is no URL: http://auth:9091/verify"
NO_COOKIE = "canary.cookie 'a;b' is no name of a cookie: letters, digits and _"
ITSELF = "forward_auth.url '{}' leads to the proxy itself"
WRITTEN = {
    "body_size": "10m",
    "connect_timeout": 3,
    "read_timeout": "1h30m",
    "send_timeout": "90s",
    "buffering": False,
    "request_buffering": True,
    "redirect_from": ["www.a.org", "A.net"],
    "headers": {"X-Frame-Options": "DENY", "Server": ""},
    "rate": {"limit": "10/s", "burst": 20},
    "basic_auth": [HASHED],
    "forward_auth": {
        "url": "http://auth:9091/verify?a=1",
        "headers": ["Remote-User", "Remote-Groups"],
        "sign_in": "https://auth.org/in",
    },
    "maintenance": True,
    "canary": {"weight": 10, "cookie": "Try"},
    "sticky": True,
    "compression": True,
    "cache": "5m",
}
READ = Rules(
    body_size=10 << 20,
    connect_timeout=3,
    read_timeout=5400,
    send_timeout=90,
    buffering=False,
    request_buffering=True,
    redirect_from=("www.a.org", "a.net"),
    headers=(("Server", ""), ("X-Frame-Options", "DENY")),
    rate=Rate(requests=10, per="s", burst=20),
    basic_auth=(HASHED,),
    forward_auth=ForwardAuth(
        url="http://auth:9091/verify?a=1",
        headers=("Remote-User", "Remote-Groups"),
        sign_in="https://auth.org/in",
    ),
    maintenance="It is being worked on, and will be back.",
    canary=Canary(weight=10, cookie="try"),
    sticky=True,
    compression=True,
    cache=300,
)


def test_a_compose_file_and_labels_say_the_same() -> None:
    texts = flat(WRITTEN)
    assert READ == read_rules(texts)
    labels = {f"homeport.route.{key}": text for key, text in texts.items()}
    assert READ == rules_of_labels({**labels, "homeport.hold": "3", "other": "x"})
    assert Rules() == rules_of_labels({"homeport.hold": "3"})


@pytest.mark.parametrize(
    ("key", "value", "reason"),
    [
        ("body_size", "10 apples", "body_size '10 apples' is no size: 10m, 1g; 0 for any"),
        ("read_timeout", "0", "read_timeout '0' is no time: 90, 1m30s, 2h"),
        ("buffering", "off", "buffering 'off' is neither true nor false"),
        ("redirect_from", ["a b"], "redirect_from 'a b' is no host name"),
        ("headers", {"X A": "b"}, "headers.X A 'X A' is no name of a header"),
        ("headers", {"X-A": "b\nc"}, "headers.X-A 'b\\nc' holds what no header can"),
        ("rate", {"limit": "0/s"}, "rate.limit '0/s' is no rate: 10/s, 300/m"),
        ("rate", {"burst": 3}, "rate.burst is of no use without rate.limit"),
        ("basic_auth", ["me:secret"], NO_HASH),
        ("forward_auth", {"headers": "X"}, "forward_auth.url is missing"),
        (
            "forward_auth",
            {"url": "http://127.0.0.1:5001/"},
            ITSELF.format("http://127.0.0.1:5001/"),
        ),
        ("forward_auth", {"url": "http://127.1/"}, ITSELF.format("http://127.1/")),
        ("forward_auth", {"url": "unix:/run/x"}, NO_URL),
        ("canary", {"weight": 101}, "canary.weight '101' is no number from 0 to 100"),
        ("canary", {"cookie": "a;b"}, NO_COOKIE),
        ("sticky", 3, "sticky '3' is neither true nor false"),
        ("cache", "for ever", "cache 'for ever' is no time: 90, 1m30s, 2h"),
        ("cash", "1m", "cash is not known"),
        ("rate", {"limit": {"a": 1}}, "rate.limit is a map within a map"),
    ],
)
def test_what_cannot_be_is_refused_where_the_file_is_read(
    key: str, value: object, reason: str
) -> None:
    """With the field; and again where a container is routed, by the label."""
    service = {"x-homeport": {"route": {key: value}}}
    with pytest.raises(FileFault) as told:
        extension({}, service, "web")
    assert ("services.web.x-homeport.route", reason) == (told.value.field, told.value.said)


def test_a_label_that_cannot_be_refuses_its_container_alone() -> None:
    good, bad = container("good"), container("bad", host="b.org", project="b")
    labels = {**bad.labels, "homeport.route.cache": "for ever"}
    bad = container("bad", host="b.org", labels=labels)
    found = read_routes([good, bad], ready={"good", "bad"}, joined={"blog_default"}, claims={})
    assert ["a.org"] == [route.host for route in found.routes]
    reason = "homeport.route.cache 'for ever' is no time: 90, 1m30s, 2h"
    assert [("bad", reason)] == [(r.container, r.reason) for r in found.refusals]


def test_canaries_and_other_names_become_of_a_table() -> None:
    """A canary is beside the others; alone, it answers for them."""
    labels = container("x").labels
    web = container("web", labels={**labels, "homeport.route.redirect_from": "www.a.org"})
    new = container("new", labels={**labels, "homeport.route.canary.weight": "5"})
    every = {"ready": {"web", "new"}, "joined": {"blog_default"}, "claims": {}}
    first, www = read_routes([web, new], **every).routes  # type: ignore[arg-type]
    assert ((upstream(web),), (upstream(new),)) == (first.upstreams, first.canaries)
    assert (Canary(weight=5), "a.org") == (first.canary, www.leads_to)
    (alone,) = read_routes([new], **every).routes  # type: ignore[arg-type]
    assert ((upstream(new),), (), None) == (alone.upstreams, alone.canaries, alone.canary)


def test_a_name_that_leads_elsewhere_belongs_to_its_owner() -> None:
    labels = container("x").labels
    web = container("web", labels={**labels, "homeport.route.redirect_from": "b.org"})
    found = read_routes([web], ready={"web"}, joined={"blog_default"}, claims={"b.org": "shop"})
    assert ["a.org"] == [route.host for route in found.routes]
    assert ["b.org belongs to shop"] == [refusal.reason for refusal in found.refusals]


def up(number: int) -> Upstream:
    """One that answers."""
    return Upstream(address=f"10.0.0.{number}", port=5000, container=f"c-{number}")


def shown(*routes: Route) -> str:
    """The configuration from the first upstream on, with what belongs to it."""
    text = render(RouteTable(routes=routes), generation=7, own_host="", drain=35)
    return text[text.index("ssl_reject_handshake on;") :].partition("daemon.sock;\n    }\n")[2]


def test_rules_look_like_this() -> None:
    """All of them on one route; a canary; other protocols; another name."""
    texts = flat({key: value for key, value in WRITTEN.items() if key != "maintenance"})
    rules = read_rules(texts)
    found = shown(
        Route(
            host="a.org",
            owner="a",
            upstreams=(up(2), up(3)),
            canaries=(up(4),),
            canary=rules.canary,
            rules=rules,
            manner=Manner(dest="/to/", internal=True),
        ),
        Route(
            host="b.org", owner="b", upstreams=(up(5),), rules=read_rules({"maintenance": "true"})
        ),
        Route(host="www.a.org", owner="a", leads_to="a.org"),
        *(
            Route(host=f"{proto}.org", owner="c", upstreams=(up(6),), manner=Manner(proto=proto))
            for proto in (Protocol.FASTCGI, Protocol.GRPCS, Protocol.HTTPS, Protocol.UWSGI)
        ),
    )
    assert GOLDEN.read_text() == found


def structure(text: str) -> str:
    """What nginx obeys: without what stands in strings and comments."""
    plain = re.sub(r'"(?:[^"\\]|\\.)*"', '""', text)
    return "\n".join(re.sub(r"#.*", "", line).rstrip() for line in plain.splitlines())


TEXT = st.text(max_size=40)
KEYS = [
    *("body_size", "read_timeout", "redirect_from", "headers.X-A", "rate.limit", "rate.burst"),
    *("basic_auth", "forward_auth.url", "forward_auth.headers", "forward_auth.sign_in"),
    *("maintenance", "canary.weight", "canary.cookie", "cache", "sticky", "buffering"),
]


@given(st.dictionaries(st.sampled_from(KEYS), TEXT, max_size=4), TEXT)
def test_no_text_of_a_label_changes_what_nginx_obeys_elsewhere(
    texts: dict[str, str], name: str
) -> None:
    """It is refused, or stands in its own host's block; that of another host is the same."""
    try:
        rules = read_rules({**texts, f"headers.{name}": "x"} if name else texts)
    except Refused:
        return
    beside = Route(host="z.org", owner="z", upstreams=(up(9),))
    plain = shown(Route(host="a.org", owner="a", upstreams=(up(2),)), beside)
    found = shown(Route(host="a.org", owner="a", upstreams=(up(2),), rules=rules), beside)
    last = structure(plain).rindex("    server {")
    assert structure(plain)[last:] == structure(found)[structure(found).rindex("    server {") :]
    assert structure(found).count("{") + 1 == structure(found).count("}")  # that of `http`
    assert structure(plain).count("server_name") == structure(found).count("server_name")


@given(TEXT)
def test_any_text_of_a_header_is_one_string(text: str) -> None:
    try:
        rules = read_rules({"headers.X-A": text, "maintenance": text})
    except Refused:
        return
    found = structure(shown(Route(host="a.org", owner="a", upstreams=(up(2),), rules=rules)))
    assert found.count("server {") == 1

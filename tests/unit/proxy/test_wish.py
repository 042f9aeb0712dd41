"""What a container asks of the proxy: every variable and label is typed, or refused by name."""

from __future__ import annotations

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.model.wish import (
    KEEPALIVE_AUTO,
    SSL_POLICIES,
    AcmeChallenge,
    Balance,
    HttpsMethod,
    LoadBalance,
    NetworkAccess,
    Options,
    Place,
    Protocol,
    Refused,
    ServerTokens,
    VerifyClient,
    Wish,
    asks,
    read_wish,
    unknown_labels,
)
from homeport.model.wish.options import LABEL
from homeport.proxy.quote import location, server_name

HOST = {"VIRTUAL_HOST": "a.org"}
ENV = [
    *("VIRTUAL_HOST", "VIRTUAL_PORT", "VIRTUAL_PATH", "VIRTUAL_DEST", "VIRTUAL_PROTO"),
    *("VIRTUAL_ROOT", "EXTERNAL_HTTP_PORT", "EXTERNAL_HTTPS_PORT", "NETWORK_ACCESS"),
    *("HTTPS_METHOD", "HSTS", "SSL_POLICY", "CERT_NAME", "SERVER_TOKENS"),
    *("ENABLE_HTTP_ON_MISSING_CERT", "ACME_HTTP_CHALLENGE_LOCATION", "VIRTUAL_HOST_MULTIPORTS"),
]
LABELS = [
    *("loadbalance", "keepalive", "http2.enable", "http3.enable", "non-get-redirect"),
    *("ssl_verify_client", "trust-default-cert", "debug-endpoint"),
]


def test_everything_that_a_container_can_say() -> None:
    env = {
        "VIRTUAL_HOST": "A.org, *.a.org,~^(www\\.)?b\\.(net|org)$,[::1],,10.0.0.1",
        "VIRTUAL_PORT": " 8080 ",
        "VIRTUAL_PATH": "/app/",
        "VIRTUAL_DEST": "/",
        "VIRTUAL_PROTO": "https",
        "VIRTUAL_ROOT": "/srv/www",
        "EXTERNAL_HTTP_PORT": "8080",
        "EXTERNAL_HTTPS_PORT": "8443",
        "NETWORK_ACCESS": "internal",
        "HTTPS_METHOD": "noredirect",
        "HSTS": "max-age=31536000; includeSubDomains; preload",
        "SSL_POLICY": "Mozilla-Modern",
        "CERT_NAME": "shared",
        "SERVER_TOKENS": "off",
        "ENABLE_HTTP_ON_MISSING_CERT": "false",
        "ACME_HTTP_CHALLENGE_LOCATION": "legacy",
    }
    labels = {
        "loadbalance": "hash $remote_addr consistent;",
        "keepalive": "auto",
        "http2.enable": "false",
        "http3.enable": "true",
        "non-get-redirect": "307",
        "ssl_verify_client": "optional",
        "trust-default-cert": "false",
        "debug-endpoint": "true",
    }
    hosts = ("a.org", "*.a.org", "~^(www\\.)?b\\.(net|org)$", "[::1]", "10.0.0.1")
    expected = Wish(
        places=tuple(
            Place(host=host, path="/app/", port=8080, dest="/", proto=Protocol.HTTPS)
            for host in hosts
        ),
        port=8080,
        options=Options(
            virtual_root="/srv/www",
            external_http_port=8080,
            external_https_port=8443,
            network_access=NetworkAccess.INTERNAL,
            https_method=HttpsMethod.NOREDIRECT,
            hsts="max-age=31536000; includeSubDomains; preload",
            ssl_policy="Mozilla-Modern",
            cert_name="shared",
            server_tokens=ServerTokens.OFF,
            http_on_missing_cert=False,
            acme_challenge=AcmeChallenge.LEGACY,
            load_balance=LoadBalance(method=Balance.HASH, key="$remote_addr", consistent=True),
            keepalive=KEEPALIVE_AUTO,
            http2=False,
            http3=True,
            non_get_redirect=307,
            verify_client=VerifyClient.OPTIONAL,
            trust_default_cert=False,
            debug_endpoint=True,
        ),
    )
    assert expected == read_wish(env, {f"{LABEL}{name}": value for name, value in labels.items()})


def test_what_asks_for_nothing_may_call_its_variables_as_it_likes() -> None:
    assert Wish() == read_wish({"HSTS": "banana", "VIRTUAL_HOST": " , "})
    assert [False, True, True] == [
        asks({"VIRTUAL_HOST": " "}),
        asks(HOST),
        asks({"VIRTUAL_HOST_MULTIPORTS": "{}"}),
    ]


@pytest.mark.parametrize("form", ["yaml", "json"])
def test_several_ports_override_host_port_path_dest_and_proto(form: str) -> None:
    texts = {
        "yaml": 'www.org:\nb.org:\n  "/":\n  "/x":\n    port: 8000\n    dest: "/"\n'
        '  "~^/(y|z)/":\n    port: "9000"\n    proto: grpc\n',
        "json": '{"www.org": {}, "b.org": {"/": {}, "/x": {"port": 8000, "dest": "/"}, '
        '"~^/(y|z)/": {"port": "9000", "proto": "grpc"}}}',
    }
    places = (
        Place(host="www.org"),
        Place(host="b.org"),
        Place(host="b.org", path="/x", port=8000, dest="/"),
        Place(host="b.org", path="~^/(y|z)/", port=9000, proto=Protocol.GRPC),
    )
    found = read_wish({**HOST, "VIRTUAL_PORT": "x", "VIRTUAL_HOST_MULTIPORTS": texts[form]})
    assert Wish(places=places) == found
    assert (80, 80, 8000, 9000) == tuple(place.port for place in found.at(80).places)


def test_a_host_of_multiports_says_at_which_ports_it_is_reached() -> None:
    text = "a.org: {external_http_port: 8080, external_https_port: 8443, /: {port: 81}}"
    place = Place(host="a.org", port=81, external_http_port=8080, external_https_port=8443)
    assert (place,) == read_wish({"VIRTUAL_HOST_MULTIPORTS": text}).places
    alone = read_wish({"VIRTUAL_HOST_MULTIPORTS": "a.org: {external_http_port: 8080}"}).places
    assert (Place(host="a.org", external_http_port=8080),) == alone


REFUSED: list[tuple[dict[str, str], str]] = [
    ({"VIRTUAL_PROTO": "htp"}, "none of http, https, uwsgi, fastcgi, grpc, grpcs"),
    ({f"{LABEL}http2.enable": "banana"}, "neither true nor false"),
    ({"SERVER_TOKENS": "off; } server { server_name victim.org;"}, "none of on, off, build"),
    ({"VIRTUAL_HOST": '"a.org"'}, "no host name: write it without quotation marks"),
    ({"VIRTUAL_HOST": "https://a.org"}, "no host name: write it without what stands before it"),
    ({"VIRTUAL_HOST": "a.org/x"}, "no host name: a path is said apart from it, by VIRTUAL_PATH"),
    ({"VIRTUAL_HOST": "a.org:8080"}, "no host name: a port is said apart from it, by VIRTUAL_PORT"),
    ({"VIRTUAL_HOST": "a.org www.a.org"}, "no host name: several names have commas between them"),
    ({"VIRTUAL_HOST": "$DOMAIN"}, "'$DOMAIN' is no host name: nothing was put in for the variable"),
    ({"VIRTUAL_HOST": "fd00::1"}, "no host name: an IPv6 address stands in brackets"),
    ({"VIRTUAL_HOST": "a.org."}, "no host name: write it without the dot at its end"),
    ({"VIRTUAL_HOST": "m\u00fcller.org"}, "no host name: browsers ask for it as xn--mller-kva.org"),
    ({"VIRTUAL_HOST": "\u00fc" * 300}, "is no host name"),
    ({"VIRTUAL_PATH": "api"}, "no plain path: it does not begin with a slash"),
    ({"VIRTUAL_HOST": "~^a;b$"}, "no regular expression for nginx"),
    ({"VIRTUAL_HOST": "~^a{b$"}, "no regular expression for nginx"),
    ({"VIRTUAL_HOST": "~^(a$"}, "a group is not closed"),
    ({"VIRTUAL_HOST": "~^a)$"}, "closed that was not opened"),
    ({"VIRTUAL_HOST": "~(a+)+$"}, "may take for ever"),
    ({"VIRTUAL_HOST": "~((a{100}){100}){100}"}, "more than 1000 copies"),
    ({"VIRTUAL_HOST": "~a{3,2}"}, "less than none"),
    ({"VIRTUAL_HOST": "~(?P<host>.*)"}, "is not possible"),
    ({"VIRTUAL_HOST": "~[z-a]"}, "bad character range"),
    ({"VIRTUAL_HOST": "~*"}, "nothing stands before"),
    ({"VIRTUAL_HOST": "~" + "a" * 300}, "300 characters"),
    ({"VIRTUAL_HOST": "~" + ".*b" * 9}, "more than 8 repetitions"),
    ({"VIRTUAL_HOST": ",".join(f"h{n}.org" for n in range(10_000))}, "10000 hosts, 100 are"),
    ({"VIRTUAL_PATH": "/; return 200 taken; #"}, "no plain path"),
    ({"VIRTUAL_PATH": "~ ^/a;b"}, "no regular expression for nginx"),
    ({"VIRTUAL_PATH": "~^/(a|b)/", "VIRTUAL_DEST": "/"}, "VIRTUAL_DEST cannot be"),
    ({"VIRTUAL_DEST": "/$uri"}, "no plain path"),
    ({"VIRTUAL_ROOT": "/srv; x"}, "no plain path"),
    ({"EXTERNAL_HTTP_PORT": "80;"}, "no port"),
    ({"EXTERNAL_HTTPS_PORT": "0"}, "no port"),
    ({"VIRTUAL_HOST_MULTIPORTS": "a.org: {external_http_port: 80;}"}, "no port"),
    ({"NETWORK_ACCESS": "intern"}, "none of external, internal"),
    ({"HTTPS_METHOD": "maybe"}, "none of redirect"),
    ({"HSTS": 'max-age=1"; add_header X y'}, "is not off, or max-age"),
    ({"SSL_POLICY": "Mozilla-Future"}, "no policy"),
    ({"CERT_NAME": "../../etc/shadow"}, "no name of a certificate"),
    ({"ENABLE_HTTP_ON_MISSING_CERT": "maybe"}, "neither true nor false"),
    ({"ACME_HTTP_CHALLENGE_LOCATION": "x"}, "none of true, false, legacy"),
    ({f"{LABEL}loadbalance": "hash $x; } server {"}, "is none of round_robin"),
    ({f"{LABEL}loadbalance": "hash $nobody"}, "$nobody is no variable"),
    ({f"{LABEL}keepalive": "many"}, "neither auto nor disabled"),
    ({f"{LABEL}keepalive": "0"}, "neither auto nor disabled"),
    ({f"{LABEL}non-get-redirect": "200"}, "none of 301"),
    ({f"{LABEL}ssl_verify_client": "yes"}, "none of on, off"),
    ({"VIRTUAL_HOST_MULTIPORTS": "a: [b"}, "neither YAML nor JSON"),
    ({"VIRTUAL_HOST_MULTIPORTS": "- a"}, "no mapping"),
    ({"VIRTUAL_HOST_MULTIPORTS": "a.org: {/: {port: 1, prot: x}}"}, "not 'prot'"),
    ({"VIRTUAL_HOST_MULTIPORTS": "a.org: {/: {port: true}}"}, "neither a text nor a number"),
    ({"VIRTUAL_HOST_MULTIPORTS": "a: &a {b: 1}\nc: {<<: *a}"}, "may not merge"),
    ({"VIRTUAL_HOST_MULTIPORTS": "[" * 50_000}, "nested deeper than host, path and port"),
    (
        {"VIRTUAL_HOST_MULTIPORTS": "a.org: {/: {port: [1]}}"},
        "a list is neither a text nor a number",
    ),
    ({"VIRTUAL_HOST_MULTIPORTS": "x" * 70_000}, "70000 characters"),
    (
        {"VIRTUAL_HOST_MULTIPORTS": "a.org: {" + ",".join(f"/{n}: " for n in range(101)) + "}"},
        "101 hosts and paths",
    ),
]


@pytest.mark.parametrize(("values", "reason"), REFUSED, ids=lambda v: str(v)[:30])
def test_a_value_that_cannot_be_is_refused_by_its_name(values: dict[str, str], reason: str) -> None:
    labels = {key: value for key, value in values.items() if key.startswith(LABEL)}
    with pytest.raises(Refused) as refused:
        read_wish({**HOST, **values}, labels)
    assert reason in refused.value.message
    assert any(name in refused.value.message for name in values)


@pytest.mark.parametrize("name", [*ENV, *LABELS])
@pytest.mark.parametrize("mark", ["\0", "\n", "\r", ";", "}", "{", '"', "'", "#", " x", "\x7f"])
def test_no_sign_that_means_something_to_nginx_gets_through(name: str, mark: str) -> None:
    """At neither end, nor in the middle, of any variable or label."""
    for value in (f"a{mark}b", f"{mark}a", f"/a{mark}", f"on{mark}", f"1{mark}", f"true{mark}"):
        values = {f"{LABEL}{name}": value} if name in LABELS else {name: value}
        env = {**HOST, **(values if name in ENV else {})}
        try:
            found = read_wish(env, values)
        except Refused:
            continue
        assert not [text for text in texts(found) if mark.strip(" ") in text and mark != " x"]


@given(
    st.dictionaries(st.sampled_from(ENV), st.text(max_size=40)),
    st.dictionaries(st.sampled_from([f"{LABEL}{name}" for name in LABELS]), st.text(max_size=20)),
)
def test_whatever_is_said_is_read_or_refused(env: dict[str, str], labels: dict[str, str]) -> None:
    try:
        found = read_wish({**HOST, **env}, labels)
    except Refused:
        return
    assert not [t for t in texts(found) if re.search(r"[\x00-\x1f\x7f\"'#]|[^\x00-\x7f]", t)]


def texts(found: Wish) -> list[str]:
    """Everything of it that reaches a file."""
    balance = found.options.load_balance
    written = [t for p in found.places for t in (server_name(p.host), location(p.path), p.dest)]
    plain = [t for t in written if '"' not in t]
    options: list[Any] = [found.options.virtual_root, found.options.cert_name]
    return [*plain, *options, balance.directive if balance else ""]


@pytest.mark.parametrize(
    ("path", "written"),
    [
        ("/a", "/a"),
        ("= /a", "= /a"),
        ("=/a", "= /a"),
        ("^~ /a", "^~ /a"),
        ("~^/(a|b)/", '~ "^/(a|b)/"'),
        ("~* \\.(png|jpe?g)$", '~* "\\\\.(png|jpe?g)$"'),
    ],
)
def test_a_path_is_any_location_of_nginxs(path: str, written: str) -> None:
    (place,) = read_wish({**HOST, "VIRTUAL_PATH": path}).places
    assert written == location(place.path)


@pytest.mark.parametrize(
    "pattern",
    [
        r"~^foo\.bar\..*\.nip\.io",
        r"~^(\d{1,3}\.){3}\d{1,3}$",
        r"~^[a-z0-9-]+\.example\.org$",
        r"~^(?:www\.)?example\.(?!org)",
        "~.*",
    ],
)
def test_a_regular_expression_that_harms_nobody_is_taken_and_quoted(pattern: str) -> None:
    assert (pattern,) == read_wish({"VIRTUAL_HOST": pattern}).hosts
    assert '"' + pattern.replace("\\", "\\\\") + '"' == server_name(pattern)


@pytest.mark.parametrize(
    ("text", "directive"),
    [
        ("round_robin", ""),
        ("least_conn;", "least_conn"),
        ("ip_hash", "ip_hash"),
        ("hash $remote_addr;", "hash $remote_addr"),
        ("hash $cookie_id$request_uri consistent", "hash $cookie_id$request_uri consistent"),
        ("random", "random"),
        ("random two least_conn;", "random two least_conn"),
    ],
)
def test_a_method_is_written_as_it_was_said(text: str, directive: str) -> None:
    found = read_wish(HOST, {f"{LABEL}loadbalance": text}).options.load_balance
    assert found is not None
    assert directive == found.directive


def test_labels_that_are_misspelt_are_named() -> None:
    labels = {
        f"{LABEL}http2.enabled": "false",
        f"{LABEL}nginx": "",
        "other": "",
        **dict.fromkeys(LABELS, ""),
    }
    assert (f"{LABEL}http2.enabled",) == unknown_labels(labels)


def test_there_are_twenty_two_policies() -> None:
    assert 22 == len(SSL_POLICIES)


def test_references_that_would_take_all_memory_are_not_followed() -> None:
    """Ten lists of ten references each, one in the other: 10 GB as a text, in 400 characters."""
    levels = [f"&a{n + 1} [{', '.join([f'*a{n}'] * 10)}]" for n in range(9)]
    bomb = ", ".join(["&a0 [x]", *levels])
    with pytest.raises(Refused, match="VIRTUAL_HOST_MULTIPORTS"):
        read_wish({"VIRTUAL_HOST_MULTIPORTS": f"a.org: {{/: {{port: [{bomb}]}}}}"}, {})
    flat = "\n".join(f"{chr(97 + n)}.org: &a{n} {{/{n}: *a{n - 1}}}" for n in range(1, 9))
    with pytest.raises(Refused, match="VIRTUAL_HOST_MULTIPORTS"):
        read_wish({"VIRTUAL_HOST_MULTIPORTS": "a.org: &a0 {/: {}}\n" + flat}, {})

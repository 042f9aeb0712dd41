"""nginx-proxy's place, the pure part: settings, hosts, whose fault it is."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.model.wish import Refused
from homeport.model.wish.options import LABEL
from homeport.proxy.dropin.faults import fault_of, files_of, is_shared, suspects, with_faults
from homeport.proxy.dropin.files import Files, look, templates
from homeport.proxy.dropin.hosts import upstream_name
from homeport.proxy.dropin.outages import Outages
from homeport.proxy.dropin.pace import pause_for, quiet_for
from homeport.proxy.dropin.server import Place, complaint_of, version_of
from homeport.proxy.dropin.settings import Settings, read_settings, resolvers_of
from homeport.proxy.quote import escaped
from tests.unit.proxy.dropin_cases import container, hosts_of, page_of


def test_everything_that_the_proxy_is_told() -> None:
    found = read_settings(
        {
            "DEFAULT_HOST": "a.example",
            "DEFAULT_ROOT": "none",
            "HTTP_PORT": "8080",
            "DOCKER_CONTAINER_FILTERS": "label=a=b,label=c,network=web",
            "DHPARAM_BITS": "2048",
            "DHPARAM_SKIP": "true",
            "NGINX_CONTAINER_LABEL": "mine",
            "ENABLE_HTTP2": "false",
            "HTTPS_METHOD": "noredirect",
            "DEBUG_ENDPOINT": "true",
        }
    )
    assert ("a.example", "none", 8080, 443) == (
        found.default_host,
        found.default_root,
        found.http_port,
        found.https_port,
    )
    assert {"label": ("a=b", "c"), "network": ("web",)} == found.filters
    assert (2048, False, "mine", True) == (
        found.dhparam_bits,
        found.dhparam,
        found.nginx_label,
        found.names_nginx,
    )
    assert (False, "noredirect", True) == (
        found.defaults.http2,
        found.defaults.https_method,
        found.defaults.debug_endpoint,
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("HTTP_PORT", "http"),
        ("DEFAULT_HOST", "a b"),
        ("DEFAULT_ROOT", "404; } server {"),
        ("ENABLE_IPV6", "yes"),
        ("ENABLE_HTTP2", "banana"),
        ("LOG_FORMAT", "a\nb"),
        ("LOG_FORMAT_ESCAPE", "xml"),
        ("RESOLVERS", "1.1.1.1; x"),
        ("DHPARAM_BITS", "1024"),
        ("DOCKER_CONTAINER_FILTERS", "label"),
        ("SSL_POLICY", "none"),
    ],
)
def test_what_the_proxy_cannot_be_told_is_refused_by_its_name(name: str, value: str) -> None:
    with pytest.raises(Refused, match=name):
        read_settings({name: value})


def test_json_logs_are_escaped_as_json() -> None:
    found = read_settings({"LOG_JSON": "true"})
    assert ("json", '{"time_local"') == (found.log_escape, found.log_format[:13])
    assert ("default", "$host") == (Settings().log_escape, Settings().log_format[:5])


def test_name_servers_without_a_scope_are_nginxs() -> None:
    text = "search x\nnameserver 127.0.0.11\nnameserver fe80::1%eth0\nnameserver fd00::1\n"
    assert "127.0.0.11 [fd00::1]" == resolvers_of(text)


def test_a_container_that_cannot_be_is_refused_and_takes_nobody_with_it() -> None:
    good = container("good", env={"VIRTUAL_HOST": "a.example"})
    bad = container("bad", env={"VIRTUAL_HOST": "a.example", "VIRTUAL_PROTO": "htp"})
    alone, _ = hosts_of([good])
    both, refused = hosts_of([good, bad])
    assert alone == both
    assert [("bad", "VIRTUAL_PROTO 'htp'")] == [(r.container, r.reason[:19]) for r in refused]


def test_of_what_several_containers_say_the_first_by_name_counts() -> None:
    one = container("one", env={"VIRTUAL_HOST": "a.example", "HSTS": "off"})
    two = container("two", env={"VIRTUAL_HOST": "a.example", "HSTS": "max-age=1", "CERT_NAME": "c"})
    ((host,), _) = hosts_of([two, one], env={"SSL_POLICY": "Mozilla-Old"})
    assert ("off", "c", "Mozilla-Old") == (
        host.options.hsts,
        host.options.cert_name,
        host.options.ssl_policy,
    )


def test_no_host_has_an_upstream_that_could_be_anothers() -> None:
    path = upstream_name("a.example", "/x", hashed=False)
    assert path == f"a.example-{path[-40:]}"
    assert upstream_name(path, "/", hashed=False) != path


def test_two_locations_that_nginx_takes_for_one_are_one() -> None:
    one = container("one", env={"VIRTUAL_HOST": "a.example", "VIRTUAL_PATH": "/x"})
    two = container("two", env={"VIRTUAL_HOST": "a.example", "VIRTUAL_PATH": "^~ /x"})
    ((host,), _) = hosts_of([one, two])
    assert [("/x", 2)] == [(at.match, len(at.upstream.servers)) for at in host.locations]


def test_a_location_of_ours_makes_way_for_a_containers() -> None:
    paths = "/.well-known/acme-challenge/", "/nginx-proxy-debug"
    every = [
        container(f"c{n}", env={"VIRTUAL_HOST": "a.example", "VIRTUAL_PATH": path})
        for n, path in enumerate(paths)
    ]
    text = page_of(every, env={"DEBUG_ENDPOINT": "true"}).text(1)
    assert [1, 1] == [len(re.findall(rf"location .*{re.escape(path)}", text)) for path in paths]


def test_the_debug_endpoint_never_makes_a_parameter_that_nginx_cannot_read() -> None:
    env = {"VIRTUAL_HOST": "~^" + "a$|" * 60 + "b"}
    every = [container(f"c{n}", env={**env, "VIRTUAL_PATH": f"/{n}"}) for n in range(200)]
    text = page_of(every, env={"DEBUG_ENDPOINT": "true"}).text(1)
    (told,) = re.findall(r"return 200 '(.*)'", text)
    assert len(told) < 4000


def test_nginx_says_whose_fault_it_is_by_line_or_by_file() -> None:
    every = [container(name, env={"VIRTUAL_HOST": f"{name}.example"}) for name in ("a", "b")]
    files = Files(vhosts=frozenset({"b.example", "default"}))
    page = page_of(every, files=files)
    line = page.text(1).splitlines().index("upstream b.example {") + 1
    said = [
        f'duplicate upstream "b.example" in /etc/nginx/conf.d/default.conf:{line}',
        'unknown directive "x" in /etc/nginx/vhost.d/b.example:1',
        'open() "/etc/nginx/vhost.d/b.example" failed (13: Permission denied)',
        'unknown directive "x" in /etc/nginx/vhost.d/default:1',
        "unknown directive in /etc/nginx/conf.d/default.conf:1",
        "bind() to 0.0.0.0:80 failed (98: Address already in use)",
    ]
    b, a = ("b.example",), ("a.example",)
    assert [b, b, b, a, (), ()] == [suspects(page, one) for one in said]
    assert [False, False, False, True, False, False] == [is_shared(one) for one in said]


def test_a_host_at_fault_is_tried_again_when_its_file_is_another() -> None:
    path = "/etc/nginx/vhost.d/a.example"
    before = Files(vhosts=frozenset({"a.example"}), stamp=((path, 1, 1, 1),))
    after = msgspec.structs.replace(before, stamp=((path, 2, 1, 1),))
    hosts, _ = hosts_of([container("a", env={"VIRTUAL_HOST": "a.example"})], files=before)
    assert frozenset({path}) == files_of(hosts[0])
    faults = {"a.example": fault_of(hosts[0], "bad", before)}
    assert ["bad", ""] == [
        with_faults(hosts, faults, files)[0][0].fault for files in (before, after)
    ]


def test_only_what_nginx_reads_makes_a_page_another() -> None:
    """The name of a container stands in a comment, its address does not."""
    env = {"VIRTUAL_HOST": "a.example"}
    page, named, moved = (
        page_of([container(name, env=env, number=number)])
        for name, number in (("one", 1), ("two", 1), ("one", 2))
    )
    assert [True, True, False] == [page.reads_as(other) for other in (page, named, moved)]
    assert page != named


def test_what_nginx_took_is_there_again_after_what_it_did_not(tmp_path: Any) -> None:
    place = Place(tmp_path / "conf.d" / "default.conf")
    place.back()
    assert place.text.startswith("#")
    place.put("good")
    place.keep()
    place.put("bad")
    place.back()
    assert "good" == place.text
    assert ["default.conf"] == [p.name for p in (tmp_path / "conf.d").glob("*.conf")]


def test_a_file_that_is_changed_changes_the_stamp(tmp_path: Any) -> None:
    (tmp_path / "vhost.d").mkdir()
    file = tmp_path / "vhost.d" / "a.example"
    file.write_text("a")
    before = look(tmp_path)
    file.write_text("bc")
    assert frozenset({"a.example"}) == before.vhosts
    assert before.stamp != look(tmp_path).stamp


def test_what_nginx_prints_is_read() -> None:
    said = "2026/11/27 21:46:12 [emerg] 10#10: unknown directive in /a:1\n"
    assert "unknown directive in /a:1" == complaint_of(f"notice\n{said}")
    assert [(1, 30, 6), (0,)] == [version_of("nginx version: nginx/1.30.6"), version_of("?")]


SIGNS = st.text(alphabet="abz09.*-_~/;{}\"'\\$#\n\r\t\0 [](),:@%é", max_size=30)
NAMES = [
    *("VIRTUAL_HOST", "VIRTUAL_PORT", "VIRTUAL_PATH", "VIRTUAL_DEST", "VIRTUAL_PROTO"),
    *("VIRTUAL_ROOT", "NETWORK_ACCESS", "SERVER_TOKENS", "HTTPS_METHOD", "HSTS", "CERT_NAME"),
    *("VIRTUAL_HOST_MULTIPORTS", "ACME_HTTP_CHALLENGE_LOCATION"),
]
LABELS = [f"{LABEL}{name}" for name in ("loadbalance", "keepalive", "http2.enable")]


@given(
    name=SIGNS,
    env=st.dictionaries(st.sampled_from(NAMES), SIGNS),
    labels=st.dictionaries(st.sampled_from(LABELS), SIGNS),
)
def test_no_hosts_block_changes_because_of_another_container(
    name: str, env: dict[str, str], labels: dict[str, str]
) -> None:
    innocent = container("innocent", env={"VIRTUAL_HOST": "innocent.example"})
    hostile = container(name or "x", env={"VIRTUAL_HOST": "x.example", **env}, labels=labels)
    debug = {"DEBUG_ENDPOINT": "true"}
    alone = dict(page_of([innocent], env=debug).blocks)
    both = dict(page_of([innocent, hostile], env=debug).blocks)
    assert alone["innocent.example"] == both["innocent.example"]
    head = page_of([innocent, hostile], env=debug).head
    assert [] == [line for line in head.splitlines() if "innocent" in line and "#" not in line]


def test_an_ipv6_address_goes_before_where_that_is_said() -> None:
    both = container("both", env={"VIRTUAL_HOST": "a.example"}, number=2)
    endpoint = msgspec.structs.replace(both.endpoints[0], address6="fd00::2")
    both = msgspec.structs.replace(both, endpoints=(endpoint,))
    servers = [
        hosts_of([both], env={"PREFER_IPV6_NETWORK": said})[0][0].locations[0].upstream.servers
        for said in ("true", "false")
    ]
    assert [("[fd00::2]:80",), ("10.0.0.2:80",)] == servers


def test_who_was_served_a_moment_ago_is_waited_for_and_not_for_ever() -> None:
    one = container("one", env={"VIRTUAL_HOST": "a.example"})
    served, _ = hosts_of([one])
    outages = Outages(10)
    assert served == outages.shown(served, 100.0)
    (gone,) = outages.shown((), 101.0)
    assert [("a.example", (), True)] == [
        (at.upstream.name, at.upstream.servers, at.held) for at in gone.locations
    ]
    assert (111.0, 5.0) == (outages.until("a.example"), outages.ends_in(106.0))
    assert (gone,) == outages.shown((), 106.0)
    assert served == outages.shown(served, 107.0)
    assert 0.0 == outages.until("a.example")
    outages.shown((), 108.0)
    assert () == outages.shown((), 118.5)


def test_one_that_starts_or_never_answered_is_not_waited_for() -> None:
    one = container("one", env={"VIRTUAL_HOST": "a.example"})
    starting, _ = hosts_of([one], starting=["one"])
    assert starting == Outages(10).shown(starting, 100.0)
    served, _ = hosts_of([one])
    nobody_waits = Outages(0)
    nobody_waits.shown(served, 100.0)
    assert () == nobody_waits.shown((), 101.0)


def test_one_that_is_started_again_is_waited_for() -> None:
    one = container("one", env={"VIRTUAL_HOST": "a.example"})
    outages = Outages(10)
    outages.shown(hosts_of([one])[0], 100.0)
    (host,) = outages.shown(hosts_of([one], starting=["one"])[0], 101.0)
    assert [True] == [at.held for at in host.locations]


def test_a_change_that_comes_alone_does_not_wait_for_others() -> None:
    assert [(0.003, 0.4), (0.012, 2.0)] == [quiet_for(9.0, 0.1), quiet_for(0.1, 1.0)]


def test_the_more_workers_wait_for_websockets_the_rarer_are_reloads() -> None:
    assert [0, 0, 1, 15] == [pause_for(retired) for retired in (0, 16, 18, 100)]


def test_a_template_that_was_mounted_for_docker_gen_is_seen(tmp_path: Path) -> None:
    assert [] == templates(tmp_path)
    mounted = tmp_path / "app/nginx.tmpl"
    mounted.parent.mkdir()
    mounted.write_text("{{ range }}")
    assert [mounted] == templates(tmp_path)


@pytest.mark.parametrize(
    ("text", "answers"),
    [
        ("  location ^~ /.well-known/acme-challenge/ {\n", True),
        ("location /.well-known/acme-challenge/{", True),
        ("#location ^~ /.well-known/acme-challenge/ {", False),
        ("location = /.well-known/acme-challenge/ {", False),
        ("location ^~ /.well-known/ {", False),
    ],
)
def test_a_file_that_answers_authorities_is_seen(tmp_path: Path, text: str, answers: bool) -> None:
    """nginx takes no second location of the same prefix: acme-companion wrote it before 2.3."""
    (tmp_path / "vhost.d").mkdir()
    (tmp_path / "vhost.d/default").write_text(f"# x\n{text}")
    assert answers == ("default" in look(tmp_path).challenges)


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("it's", r"'it\'s'"),
        (r"it\'s", r"'it\'s'"),
        (r"\"$request\"", r"'\"$request\"'"),
        (r"a\\'b", r"'a\\\'b'"),
        ("ends\\", r"'ends\\'"),
    ],
)
def test_a_format_ends_where_it_ends_whatever_is_escaped_in_it(said: str, written: str) -> None:
    assert written == escaped(said)

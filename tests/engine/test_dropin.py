"""The image homeport-proxy in the place of nginxproxy/nginx-proxy."""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
from collections.abc import Awaitable, Callable
from functools import partial
from typing import Any

import httpx

from homeport.model.wish.options import LABEL
from tests.engine.dropin_lab import Dropin, house, image
from tests.eventually import eventually

__all__ = ["house", "image"]  # fixtures


async def test_containers_with_a_virtual_host_are_served_and_no_more_when_they_stop(
    house: Dropin,
) -> None:
    await house.run_proxy(HOLD="0")
    await house.becomes("a.example", 503)
    one = await house.app("one", "a.example, b.example")
    await house.serves("a.example", (200, "one"))
    await house.serves("b.example", (200, "one"))
    await house.docker.stop(one, grace=0)
    await house.becomes("a.example", 503)


async def test_wildcards_regular_expressions_and_the_default_host(house: Dropin) -> None:
    await house.run_proxy(DEFAULT_HOST="d.example")
    await house.app("wild", "*.w.example,x.*")
    await house.app("regex", r"~^r\d{1,2}\.example$")
    await house.app("default", "d.example")
    for host, expected in {
        "any.w.example": (200, "wild"),
        "x.org": (200, "wild"),
        "r12.example": (200, "regex"),
        "r123.example": (200, "default"),
        "nobody.example": (200, "default"),
    }.items():
        await house.serves(host, expected)


async def test_paths_are_split_and_rewritten_and_unknown_ones_answer_the_default_root(
    house: Dropin,
) -> None:
    await house.run_proxy(DEFAULT_ROOT="418")
    await house.app("api", "a.example", env={"VIRTUAL_PATH": "/api/", "VIRTUAL_DEST": "/"})
    await house.app("env", "a.example", env={"VIRTUAL_PATH": "~^/(env|version)"})
    await house.becomes("a.example", 200, "/version")
    await eventually(lambda: _is(house, "/api/version", (200, "api")))
    assert [(200, "env"), 418] == [
        await house.asks("a.example", "/env/VERSION"),
        (await house.asks("a.example", "/"))[0],
    ]


async def _is(house: Dropin, path: str, expected: tuple[int, str]) -> bool:
    return expected == await house.asks("a.example", path)


async def test_several_ports_of_one_container_by_multiports(house: Dropin) -> None:
    await house.run_proxy()
    ports = json.dumps({"a.example": {"/": {"port": 5000}}, "b.example": {"/x/": {"dest": "/"}}})
    env = {"VIRTUAL_HOST_MULTIPORTS": ports, "VERSION": "multi", "VIRTUAL_PORT": "banana"}
    await house.start("multi", "homeport-test/app:latest", env=env)
    await house.serves("a.example", (200, "multi"))
    await house.becomes("b.example", 200, "/x/version")
    assert (200, "multi") == await house.asks("b.example", "/x/version")
    assert 404 == (await house.asks("b.example", "/"))[0]


async def test_replicas_share_a_host_by_the_method_that_they_ask_for(house: Dropin) -> None:
    await house.run_proxy()
    labels = {**house.labels, f"{LABEL}loadbalance": "least_conn;", f"{LABEL}keepalive": "7"}
    for name in ("one", "two"):
        await house.app(name, "a.example", Labels=labels)

    async def both() -> bool:
        return {"one", "two"} == {(await house.asks("a.example"))[1] for _ in range(8)}

    await eventually(both)
    assert re.search(r"\n    least_conn;\n    keepalive 7;\n", house.conf)


async def test_what_a_visitor_is_passes_and_proxy_does_not(house: Dropin) -> None:
    await house.run_proxy()
    await house.app("one", "a.example")
    await house.becomes("a.example", 200)
    seen = await house.headers("a.example", Proxy="http://evil", **{"X-Forwarded-Proto": "https"})
    gateway = seen["X-Real-IP"]
    assert {
        "Host": "a.example",
        "X-Real-IP": gateway,
        "X-Forwarded-For": gateway,
        "X-Forwarded-Host": "a.example",
        "X-Forwarded-Proto": "https",
        "X-Forwarded-Ssl": "on",
        "X-Forwarded-Port": "80",
        "X-Original-URI": "/headers",
    } == {k: v for k, v in seen.items() if k in ("Host", "Proxy") or k.startswith("X-")}


async def test_who_stands_before_is_not_believed_where_that_is_said(house: Dropin) -> None:
    await house.run_proxy(TRUST_DOWNSTREAM_PROXY="false")
    await house.app("one", "a.example")
    await house.becomes("a.example", 200)
    given = {"X-Forwarded-Proto": "https", "X-Forwarded-Host": "evil", "X-Forwarded-Port": "1"}
    seen = await house.headers("a.example", **given)
    assert ("http", "a.example", "80") == tuple(seen[name] for name in given)


async def test_a_websocket_passes(house: Dropin) -> None:
    await house.run_proxy()
    await house.app("one", "a.example")
    await house.becomes("a.example", 200)
    reader, writer = await asyncio.open_connection(await house.address(house.proxy), 80)
    head = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"
    key = "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ=="
    writer.write(f"GET /ws HTTP/1.1\r\nHost: a.example\r\n{head}{key}\r\n\r\n".encode())
    answered = await reader.readuntil(b"\r\n\r\n")
    frame = b"\x81\x05hello"
    writer.write(b"\x81\x85\0\0\0\0hello")  # masked by nothing
    assert (b"HTTP/1.1 101", frame) == (answered[:12], await reader.readexactly(7))
    writer.close()


async def test_bad_containers_are_named_and_hurt_nobody_also_across_a_restart(
    house: Dropin,
) -> None:
    """The banana label, VIRTUAL_PROTO=htp, the SERVER_TOKENS take-over, a regex with a `;`."""
    await house.run_proxy()
    takeover = "off; } server { listen 80; server_name good.example; return 200 taken"
    bad = {
        "banana": ({}, {f"{LABEL}http2.enable": "banana"}),
        "htp": ({"VIRTUAL_PROTO": "htp"}, {}),
        "tokens": ({"SERVER_TOKENS": takeover}, {}),
        "regex": ({"VIRTUAL_HOST": "~^x;return 200 taken"}, {}),
        "many": ({"VIRTUAL_HOST": ",".join(f"h{n}.x" for n in range(10_000))}, {}),
    }
    for name, (env, labels) in bad.items():
        await house.app(name, f"{name}.example", env=env, Labels={**house.labels, **labels})
    await house.app("good", "good.example")
    await house.serves("good.example", (200, "good"))
    for name in bad:
        await house.says(f"{house.project}-{name} is not routed: ")
        line = f"# /!\\ not routed: {house.project}-{name}: "
        await eventually(lambda line=line: _says(house, line))  # type: ignore[misc]
        assert 503 == (await house.asks(f"{name}.example"))[0]
    await house.docker.restart(house.proxy, grace=3)
    await house.serves("good.example", (200, "good"))


async def test_a_file_that_answers_authorities_itself_is_taken_as_it_is(house: Dropin) -> None:
    """As acme-companion wrote it before 2.3: for all hosts, and for one."""
    location = "location ^~ /.well-known/acme-challenge/ {{ return 200 {}; }}\n"
    house.write("vhost.d/default", location.format("all"))
    await house.run_proxy()
    await house.app("one", "a.example")
    await house.app("two", "b.example")
    await house.serves("b.example", (200, "two"))
    house.write("vhost.d/b.example", location.format("own"))
    path = "/.well-known/acme-challenge/x"
    await eventually(lambda: _answers(house, "b.example", path, "own"))
    assert (200, "all") == await house.asks("a.example", path)
    assert (200, "one") == await house.asks("a.example")


async def _answers(house: Dropin, host: str, path: str, text: str) -> bool:
    return (200, text) == await house.asks(host, path)


async def test_what_stands_outside_of_http_is_read_and_read_again(house: Dropin) -> None:
    """toplevel.conf.d, seen by the limit of nginx's workers."""
    for limit in ("4321", "1234"):
        house.write("toplevel.conf.d/limits.conf", f"worker_rlimit_nofile {limit};\n")
        if not house.proxy:
            await house.run_proxy()
        await eventually(lambda limit=limit: _limited(house, limit))  # type: ignore[misc]


async def _limited(house: Dropin, limit: str) -> bool:
    """Whether a worker has this limit."""
    workers = "$(grep -ls '^nginx: worker process' /proc/[0-9]*/cmdline)"
    script = f"for of in {workers}; do grep 'open files' ${{of%cmdline}}limits; done"
    _, said = await house.docker.run_in(house.proxy, ["sh", "-c", script])
    return limit in said.decode().split()


async def test_a_vhost_file_with_an_error_hurts_its_host_alone_until_it_is_mended(
    house: Dropin,
) -> None:
    await house.run_proxy()
    await house.app("one", "a.example,b.example")
    await house.serves("a.example", (200, "one"))
    house.write("vhost.d/a.example", "no_such_directive on;\n")
    await house.becomes("a.example", 503)
    assert (200, "one") == await house.asks("b.example")
    await house.says('a.example is not served: unknown directive "no_such_directive" in ')
    await house.app("later", "later.example")
    await house.serves("later.example", (200, "later"))

    await house.docker.restart(house.proxy, grace=3)
    await house.serves("later.example", (200, "later"))
    assert 503 == (await house.asks("a.example"))[0]

    house.write("vhost.d/a.example", "add_header X-Mended yes;\n")
    await house.serves("a.example", (200, "one"))


async def test_files_of_the_administrator_are_included_where_they_belong(house: Dropin) -> None:
    path = hashlib.sha1(b"/x").hexdigest()
    for name, header in {
        "default": "default",
        "a.example": "host",
        "default_location": "location",
        f"a.example_{path}_location": "path",
    }.items():
        house.write(f"vhost.d/{name}", f"add_header X-{header} yes always;\n")
    house.write("vhost.d/c.example_location_override", "location / { return 200 mine; }\n")
    house.write("htpasswd/b.example", "anna:{PLAIN}secret\n")
    house.write("conf.d/mine.conf", "client_max_body_size 1m;\n")
    await house.run_proxy()
    await house.app("one", "a.example,b.example,c.example")
    await house.app("x", "a.example", env={"VIRTUAL_PATH": "/x"})
    await house.becomes("a.example", 200)
    await house.becomes("a.example", 404, "/x")
    address = await house.address(house.proxy)

    async def shown(host: str, path: str = "/", **more: tuple[str, str]) -> tuple[int, list[str]]:
        async with httpx.AsyncClient(trust_env=False, **more) as client:  # type: ignore[arg-type]
            found = await client.get(f"http://{address}{path}", headers={"Host": host})
        return found.status_code, sorted(name for name in found.headers if name.startswith("x-"))

    # add_header is inherited where a location has none of its own.
    assert (200, ["x-location"]) == await shown("a.example")
    await eventually(partial(_equals, (404, ["x-path"]), partial(shown, "a.example", "/x")))
    assert (401, ["x-location"]) == await shown("b.example")
    assert (200, ["x-location"]) == await shown("b.example", auth=("anna", "secret"))
    assert (200, "mine") == await house.asks("c.example")


async def _equals(expected: object, actual: Callable[[], Awaitable[object]]) -> bool:
    found = await actual()
    assert expected == found
    return True


async def test_one_that_is_not_ready_is_not_routed_and_says_why(house: Dropin) -> None:
    await house.run_proxy()
    await house.app("slow", "a.example", env={"BOOT": "2"})
    await eventually(lambda: _says(house, "/!\\ not routed: its port does not accept connections"))
    assert "    server 127.0.0.1 down; # nobody is reachable" in house.conf
    assert 503 == (await house.asks("a.example"))[0]
    await house.serves("a.example", (200, "slow"))


async def test_one_in_no_shared_network_says_so(house: Dropin) -> None:
    await house.run_proxy()
    await house.app("far", "a.example", HostConfig={"NetworkMode": "bridge"})
    await eventually(lambda: _says(house, "it shares no network with the proxy"))
    assert "bridge (unreachable)" in house.conf


async def _says(house: Dropin, text: str) -> bool:
    return text in house.conf


async def test_a_network_that_the_proxy_joins_later_is_seen_whatever_the_filters_say(
    house: Dropin,
) -> None:
    await house.run_proxy(DOCKER_CONTAINER_FILTERS=f"label=seen={house.project}")
    network = f"{house.project}_later"
    await house.docker.create_network(network, {"Labels": house.labels})
    labels, host = {**house.labels, "seen": house.project}, {"NetworkMode": network}
    await house.app("far", "a.example", Labels=labels, HostConfig=host)
    await eventually(lambda: _says(house, "it shares no network with the proxy"))
    await house.docker.connect(network, house.proxy)
    await house.serves("a.example", (200, "far"))


async def test_one_on_the_machines_own_network_is_reached_by_the_gateway(house: Dropin) -> None:
    await house.run_proxy()
    env = {"VIRTUAL_PORT": "5987", "PORT": "5987"}
    await house.app("host", "a.example", env=env, HostConfig={"NetworkMode": "host"})
    await house.serves("a.example", (200, "host"))


async def test_the_debug_endpoint_tells_what_a_host_is(house: Dropin) -> None:
    async def told(host: str) -> Any:
        status, text = await house.asks(host, "/nginx-proxy-debug")
        return json.loads(text) if status == 200 else {"vhost": {"paths": {}}}

    async def is_read() -> bool:
        paths = (await told("a.example"))["vhost"]["paths"]
        return [1] == [len(path["servers"]) for path in paths.values()]

    await house.run_proxy(DEBUG_ENDPOINT="true")
    await house.app("one", r"a.example,~^r\.example$")
    await eventually(is_read)
    found = await told("a.example")
    assert ("a.example", "a.example") == (found["request"]["host"], found["vhost"]["hostname"])
    path = found["vhost"]["paths"]["/"]
    assert ("http", "a.example") == (path["proto"], path["upstream"])
    assert r"~^r\.example$" == (await told("r.example"))["vhost"]["hostname"]


async def test_other_ports_internal_hosts_and_hashed_names(house: Dropin) -> None:
    env = {"HTTP_PORT": "8080", "SHA1_UPSTREAM_NAME": "true", "DISABLE_ACCESS_LOGS": "1"}
    await house.run_proxy(**env, ENABLE_IPV6="true", LOG_JSON="true", RESOLVERS="127.0.0.11")
    await house.app("one", "a.example", env={"NETWORK_ACCESS": "internal"})
    address = await house.address(house.proxy)

    async def answered() -> bool:
        async with httpx.AsyncClient(trust_env=False) as client:
            found = await client.get(f"http://{address}:8080", headers={"Host": "a.example"})
        return (200, "one") == (found.status_code, found.text)  # a private address asks

    await eventually(answered)
    name = hashlib.sha1(b"a.example").hexdigest()
    for line in (f"upstream {name} {{", "listen [::]:8080;", "include /etc/nginx/network_internal"):
        assert line in house.conf
    assert "access.log vhost" not in house.conf


async def test_what_is_served_and_why_is_told_beside_the_proxy(house: Dropin) -> None:
    """`docker exec PROXY homeport proxy routes|explain`, with no daemon anywhere."""
    await house.run_proxy()
    await house.app("good", "a.example", env={"NETWORK_ACCESS": "internal"})
    await house.app("bad", "bad.example", env={"VIRTUAL_PROTO": "htp"})
    await house.app("deaf", "deaf.example", env={"VIRTUAL_PORT": "81"})
    await house.app("far", "far.example", HostConfig={"NetworkMode": "bridge"})
    await house.serves("a.example", (200, "good"))
    await eventually(lambda: _has_routes(house, 3))
    found = json.loads((await _told(house, "routes", "--json"))[1])
    assert {
        "a.example": ("good", []),
        "deaf.example": ("", ["deaf: its port does not accept connections yet"]),
        "far.example": ("", ["far: it shares no network with the proxy"]),
    } == {
        route["host"]: (
            "".join(_short(house, u["container"]) for u in route["upstreams"]),
            [_short(house, why) for why in route["why_not"]],
        )
        for route in found["routes"]
    }
    assert ["bad"] == [_short(house, one["container"]) for one in found["refusals"]]
    expected = {
        "a.example": (0, "a.example answers 200"),
        "bad.example": (1, "VIRTUAL_PROTO 'htp' is none of"),
        "deaf.example": (1, "nothing accepts connections at its port 81"),
        "far.example": (1, "it shares no network with nginx"),
        "nobody.example": (1, "no container asks for nobody.example by VIRTUAL_HOST"),
        "a b": (2, "is no host name"),
    }
    for host, (status, text) in expected.items():
        ended, output = await _told(house, "explain", host)
        assert (status, True) == (ended, text in output.splitlines()[0]), output
    ended, output = await _told(house, "explain", "a.example", "--json")
    assert "a.example answers 200" == json.loads(output)["explanation"]["answers"]


async def _told(house: Dropin, *words: str) -> tuple[int, str]:
    status, output = await house.docker.run_in(house.proxy, ["homeport", "proxy", *words])
    return status, output.decode()


async def _has_routes(house: Dropin, number: int) -> bool:
    """So many, and one that is refused."""
    status, output = await _told(house, "routes", "--json")
    found = json.loads(output)
    assert (0, number, 1) == (status, len(found["routes"]), len(found["refusals"])), output
    return True


def _short(house: Dropin, text: str) -> str:
    return text.replace(f"{house.project}-", "").removeprefix(house.project)


async def test_challenges_are_answered_for_names_that_nobody_has(house: Dropin) -> None:
    """Where that is wanted: whoever renews certificates does it for sites that are off, too."""
    folder = "/usr/share/nginx/html/.well-known/acme-challenge"
    await house.run_proxy(ACME_HTTP_CHALLENGE_ACCEPT_UNKNOWN_HOST="true")
    put = f"mkdir -p {folder} && echo proof >{folder}/token"
    await house.docker.run_in(house.proxy, ["sh", "-c", put])
    path = "/.well-known/acme-challenge/"
    assert (200, "proof") == await house.asks("nobody.example", f"{path}token")
    assert [404, 503] == [
        (await house.asks("nobody.example", one))[0] for one in (f"{path}other", "/")
    ]


async def test_a_container_in_the_network_of_another_is_reached_there(house: Dropin) -> None:
    """As what goes through the container of a VPN."""
    await house.run_proxy()
    vpn = await house.start("vpn", "nginx:stable", "sleep", "600")
    await house.app("web", "a.example", HostConfig={"NetworkMode": f"container:{vpn}"})
    await house.serves("a.example", (200, "web"))

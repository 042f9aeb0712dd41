"""`x-homeport.route` and nginx-proxy's variables, as a real nginx carries them out."""

from __future__ import annotations

import asyncio
import gzip
import http.client
import json
import subprocess
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from homeport.engine.docker import Docker
from homeport.model.route import Manner, Route, Upstream
from homeport.model.rules import read_rules
from homeport.model.wish import Protocol
from homeport.proxy.logged import Logged
from homeport.proxy.metrics import Requests
from homeport.proxy.render import Logs
from homeport.proxy.watched import Watched
from tests.engine.nginx_lab import Lab, address_of, docker, started, wait_for

HASHED = "me:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g="  # of `password`


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """One nginx for all; each test lets it serve its own routes."""
    with started(tmp_path_factory.mktemp("lab")) as made:
        yield made


@pytest.fixture(scope="module")
def app(lab: Lab) -> Upstream:
    """An application."""
    return lab.app("one", SECRET="s")


@pytest.fixture(scope="module")
def other(lab: Lab) -> Upstream:
    """Another."""
    return lab.app("two")


def route(*upstreams: Upstream, host: str = "a.org", path: str = "/", **values: Any) -> Route:
    """A route of these containers; `rules` as texts."""
    rules = read_rules(values.pop("rules", {}))
    return Route(host=host, path=path, upstreams=upstreams, owner="o", rules=rules, **values)


def test_a_body_that_is_too_large_is_refused(lab: Lab, app: Upstream) -> None:
    lab.serve(route(app, rules={"body_size": "1k"}))
    sizes = (1024, 1025)
    assert [200, 413] == [
        lab.get("a.org", method="POST", body=bytes(size)).status for size in sizes
    ]


def test_an_application_that_takes_too_long_is_given_up(lab: Lab, app: Upstream) -> None:
    lab.serve(route(app, rules={"read_timeout": "1"}))
    assert 200 == lab.get("a.org", "/slow?s=0.1").status
    assert 504 == lab.get("a.org", "/slow?s=2.5").status


def test_other_names_lead_to_the_first(lab: Lab, app: Upstream) -> None:
    """www <-> apex."""
    lab.serve(route(app), Route(host="www.a.org", owner="o", leads_to="a.org"))
    found = lab.get("www.a.org", "/x?y=1")
    assert (301, "http://a.org/x?y=1") == (found.status, found.headers["location"])


def test_headers_are_set_replaced_and_taken_away(lab: Lab, app: Upstream) -> None:
    """Whatever they hold, it is a value and nothing else."""
    odd = "a \"b\" $host \\ ; } 'c'"
    texts = {"headers.X-Odd": odd, "headers.Content-Type": "", "headers.X-Frame-Options": "DENY"}
    lab.serve(route(app, rules=texts))
    found = lab.get("a.org").headers
    kept = {key: value for key, value in found.items() if key.startswith(("x-", "content-type"))}
    assert {"x-odd": odd, "x-frame-options": "DENY"} == kept


def test_more_than_the_rate_are_refused(lab: Lab, app: Upstream) -> None:
    lab.serve(route(app, rules={"rate.limit": "1/s", "rate.burst": "3"}))
    statuses = Counter(lab.get("a.org").status for _ in range(10))
    assert statuses[429] >= 5
    assert statuses[200] >= 4


def test_a_password_is_asked_for(lab: Lab, app: Upstream) -> None:
    lab.serve(route(app, rules={"basic_auth": HASHED}), route(app, host="b.org"))
    asked = lab.get("a.org")
    assert (401, True) == (asked.status, "www-authenticate" in asked.headers)
    assert 401 == lab.get("a.org", Authorization="Basic bWU6d3Jvbmc=").status
    assert 200 == lab.get("a.org", Authorization="Basic bWU6cGFzc3dvcmQ=").status
    assert 200 == lab.get("b.org").status


def test_another_program_says_who_may_pass(lab: Lab, app: Upstream, other: Upstream) -> None:
    """Its headers reach the application, and never those that the visitor made up."""
    at = f"http://{other.address}:5000"
    texts = {
        "forward_auth.url": f"{at}/status/200",
        "forward_auth.headers": "Server",
        "forward_auth.sign_in": "https://sign.org/in",
    }
    lab.serve(
        route(app, rules=texts),
        route(app, host="no.org", rules={**texts, "forward_auth.url": f"{at}/status/401"}),
        route(app, host="never.org", rules={"forward_auth.url": f"{at}/status/403"}),
    )
    told = lab.get("a.org", "/headers", Server="made up").body
    assert ["Server: BaseHTTP"] == [x.split("/")[0] for x in told.splitlines() if x[:6] == "Server"]
    found = lab.get("no.org", "/x?y=1")
    sign_in = "https://sign.org/in?rd=http://no.org/x?y=1"
    assert (302, sign_in) == (found.status, found.headers["location"])
    assert 403 == lab.get("never.org").status


def test_maintenance_answers_in_the_applications_place(lab: Lab, app: Upstream) -> None:
    lab.serve(route(app, rules={"maintenance": 'Back at "noon", for $5; }'}))
    found = lab.get("a.org", "/any")
    expected = (503, 'Back at "noon", for $5; }', "300")
    assert expected == (found.status, found.body, found.headers["retry-after"])


def test_a_canary_gets_its_share_or_those_with_a_cookie(
    lab: Lab, app: Upstream, other: Upstream
) -> None:
    def canary(**texts: str) -> Route:
        rules = read_rules({f"canary.{key}": value for key, value in texts.items()})
        return replace(route(app), canaries=(other,), canary=rules.canary)

    lab.serve(canary(weight="30"))
    bodies = Counter(lab.get("a.org").body for _ in range(200))
    assert 25 < bodies["two"] < 100, bodies
    lab.serve(canary(cookie="try"))
    assert {"one"} == {lab.get("a.org").body for _ in range(10)}
    assert {"two"} == {lab.get("a.org", Cookie="try=always").body for _ in range(10)}


def test_a_visitor_stays_with_the_container_of_before(
    lab: Lab, app: Upstream, other: Upstream
) -> None:
    lab.serve(route(app, other, rules={"sticky": "true"}))
    first = [lab.get("a.org") for _ in range(30)]
    assert {"one", "two"} == {found.body for found in first}
    cookie = first[0].headers["set-cookie"].split(";")[0]
    again = {lab.get("a.org", Cookie=cookie).body for _ in range(20)}
    assert {first[0].body} == again


def test_what_can_be_compressed_is(lab: Lab) -> None:
    big = lab.app("x" * 5000)
    lab.serve(route(big, rules={"compression": "true"}))
    with closing(http.client.HTTPConnection(lab.address, 80, timeout=10)) as connection:
        connection.request("GET", "/", headers={"Host": "a.org", "Accept-Encoding": "gzip"})
        response = connection.getresponse()
        assert "gzip" == response.getheader("Content-Encoding")
        assert b"x" * 5000 == gzip.decompress(response.read())


def test_what_is_kept_is_not_asked_for_again_and_is_no_visitors_own(
    lab: Lab, app: Upstream
) -> None:
    lab.serve(route(app, rules={"cache": "1m"}))
    statuses = [lab.get("a.org", "/version").headers["x-cache-status"] for _ in range(2)]
    statuses.append(lab.get("a.org", "/version", Cookie="a=b").headers["x-cache-status"])
    assert ["MISS", "HIT", "BYPASS"] == statuses


def test_answers_are_passed_on_as_they_come_where_nothing_is_buffered(
    lab: Lab, app: Upstream
) -> None:
    lab.serve(route(app, rules={"buffering": "false", "request_buffering": "false"}))
    assert 200 == lab.get("a.org", method="POST", body=bytes(1 << 20)).status


# -- what is written down


async def test_requests_are_counted_and_written_as_json(lab: Lab, app: Upstream) -> None:
    """Also when the files are put aside in between; homeport's own are not among them."""
    docker = Docker()
    run = lab.folder / "run"
    watched = Watched(docker, lab.name, run, metrics=True, access_log=True)
    watched.prepare()
    lab.serve(route(app), route(host="b.org"), logs=Logs(metrics=True, access=True))
    for _ in range(5):
        lab.get("a.org", "/version", User_Agent='a "b" \\ c')
    log = Logged(run / "metrics.log", most=1)
    while (run / "metrics.log").read_bytes().count(b"\n") != 5:
        await asyncio.sleep(0.05)
    assert await log.put_aside(docker, lab.name)
    requests = Requests()
    for lines in log.last_lines():
        requests.take(lines)
    lab.get("b.org")
    while not (run / "metrics.log").stat().st_size:
        await asyncio.sleep(0.05)
    for lines in log.lines():
        requests.take(lines)
    assert {("a.org", "200"): 5, ("b.org", "503"): 1} == dict(requests.codes)
    while (run / "access.json").read_bytes().count(b"\n") < 6:
        await asyncio.sleep(0.05)
    docker.close()
    first = json.loads((run / "access.json").read_text().splitlines()[0])
    expected = {
        "host": "a.org", "site": "a.org", "method": "GET", "uri": "/version", "status": 200,
        "bytes": 3, "agent": 'a "b" \\ c', "upstream": f"{app.address}:5000",
    }  # fmt: skip
    assert expected == {key: first[key] for key in expected}


# -- nginx-proxy's


def test_something_else_takes_the_place_of_the_path(lab: Lab, app: Upstream) -> None:
    """VIRTUAL_DEST; also where the container was held for, or homeport does not run."""
    lab.serve(route(app, path="/a.b/", manner=Manner(dest="/env/")))
    assert "s" == lab.get("a.org", "/a.b/SECRET").body
    assert 404 == lab.get("a.org", "/aXb/SECRET").status
    flag = next(
        line.split("/")[-1].rstrip(") {")
        for line in (lab.folder / "conf" / "nginx.conf").read_text().splitlines()
        if "run/homeport/hold/" in line
    )
    (lab.folder / "run" / "hold" / flag).touch()
    assert "s" == lab.get("a.org", "/a.b/SECRET").body
    (lab.folder / "run" / "hold" / flag).unlink()


@pytest.mark.parametrize("proto", [Protocol.FASTCGI, Protocol.UWSGI])
def test_gateways_are_spoken_to(lab: Lab, proto: Protocol) -> None:
    found = lab.app("g", "python3", "/upstreams/gateway.py", proto, port=9000)
    lab.serve(route(found, manner=Manner(proto=proto, root="/srv/www")))
    lines = lab.get("a.org", "/x.php?y=1", Proxy="evil").body.splitlines()
    told = dict(line.split("=", 1) for line in lines)
    expected = {"QUERY_STRING": "y=1", "REQUEST_URI": "/x.php?y=1", "HTTP_HOST": "a.org"}
    if proto is Protocol.FASTCGI:
        expected["SCRIPT_FILENAME"] = "/srv/www/x.php"
    assert expected == {key: told[key] for key in expected}
    assert "HTTP_PROXY" not in told


SERVER = """
events {}
http {
  server { listen 5001 ssl; ssl_certificate /c/x.crt; ssl_certificate_key /c/x.key;
           location / { return 200 "https $http_x_forwarded_proto $ssl_server_name"; } }
  server { listen 5002; http2 on; location / { return 200 "grpc $server_protocol"; } }
  server { listen 5003 ssl; http2 on; ssl_certificate /c/x.crt; ssl_certificate_key /c/x.key;
           location / { return 200 "grpcs $server_protocol"; } }
}
"""


def test_https_and_grpc_are_spoken(lab: Lab, tmp_path: Path) -> None:
    """To an nginx that speaks them."""
    command = ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=x"]
    files = ["-keyout", str(tmp_path / "x.key"), "-out", str(tmp_path / "x.crt")]
    subprocess.run([*command, *files], check=True, capture_output=True)
    (tmp_path / "nginx.conf").write_text(SERVER)
    name = f"{lab.name}-speaks"
    options = ("-v", f"{tmp_path}:/c:ro", "--entrypoint", "nginx", "nginx:stable")
    docker("run", "-d", "--name", name, *options, "-c", "/c/nginx.conf", "-g", "daemon off;")
    lab.containers.append(name)
    address = address_of(name)
    wait_for(address, 5003)
    ports = {Protocol.HTTPS: 5001, Protocol.GRPC: 5002, Protocol.GRPCS: 5003}
    lab.serve(
        *(
            route(
                Upstream(address=address, port=port, container=name),
                host=f"{proto}.org",
                manner=Manner(proto=proto),
            )
            for proto, port in ports.items()
        )
    )
    bodies = [lab.get(f"{proto}.org").body for proto in ports]
    assert ["https http https.org", "grpc HTTP/2.0", "grpcs HTTP/2.0"] == bodies


def test_who_comes_from_outside_is_refused(lab: Lab, app: Upstream) -> None:
    """NETWORK_ACCESS=internal: this machine's address in Docker's network is a private one."""
    lab.serve(route(app, manner=Manner(internal=True)))
    assert 200 == lab.get("a.org").status
    text = (lab.folder / "conf" / "nginx.conf").read_text()
    assert text.count("deny all;") == text.count("allow 10.0.0.0/8;") > 0


def test_a_regular_expression_is_a_host_and_a_path(lab: Lab, app: Upstream) -> None:
    lab.serve(route(app, host=r"~^v\d\.a\.org$", path=r"~ ^/(env|version)"))
    assert (200, "one") == (
        lab.get("v1.a.org", "/version").status,
        lab.get("v2.a.org", "/version").body,
    )
    assert [404, 503] == [lab.get("v1.a.org", "/x").status, lab.get("vx.a.org", "/version").status]


@pytest.mark.parametrize("balance", ["least_conn", "ip_hash", "hash $request_uri consistent"])
def test_requests_are_spread_as_it_is_asked(
    lab: Lab, app: Upstream, other: Upstream, balance: str
) -> None:
    lab.serve(route(app, other, manner=Manner(balance=balance, keepalive=4)))
    bodies = Counter(lab.get("a.org", f"/version?{n}").body for n in range(20))
    assert (1 if balance == "ip_hash" else 2) == len(bodies), bodies


def test_a_reload_with_all_of_it_takes_no_time(lab: Lab, app: Upstream) -> None:
    began = time.monotonic()
    lab.serve(*(route(app, host=f"h{n}.org", rules={"cache": "5"}) for n in range(50)))
    assert time.monotonic() - began < 20

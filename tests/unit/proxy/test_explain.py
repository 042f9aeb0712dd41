"""Why a host answers what it answers: from what was observed to findings."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from homeport.model.container import Health, Phase
from homeport.model.route import Manner, Route
from homeport.model.rules import read_rules
from homeport.proxy.explain import explain, serving
from homeport.proxy.findings import Verdict
from homeport.proxy.seen import (
    Authority,
    Candidate,
    Handshake,
    Https,
    Listening,
    Names,
    Observation,
    Port,
    Sent,
    Served,
    Server,
    Signing,
)
from homeport.proxy.shown import in_its_way

HOST = "blog.example"
WEB = Candidate(
    name="web",
    project="blog",
    state="running",
    phase=Phase.IN_SERVICE,
    health=Health.NONE,
    networks=("blog",),
    network_mode="blog",
    port=5000,
    address="172.18.0.2",
    accepts=True,
    served=True,
)
ROUTE = Served(host=HOST, path="/", owner="blog", upstreams=("web (172.18.0.2:5000)",), why_not=())
HERE = Names(addresses=("192.0.2.1",), here=("192.0.2.1",))
WELL = Observation(
    host=HOST,
    nginx=Server(container="nginx", state="running", wanted=7, answering=7, networks=("blog",)),
    http=Port(number=80, accepts=True),
    https=Port(number=443, accepts=True),
    names=HERE,
    routes=(ROUTE,),
    candidates=(WEB,),
    answers=(Sent(status=200, seconds=0.003, asked_by="homeport", tries=("172.18.0.2:5000 200",)),),
    handshake=Handshake(shown=True),
)


def shown(**change: Any) -> list[str]:
    """What is not as it should be, with its hint."""
    findings = explain(replace(WELL, **change)).findings
    return [
        f"{f.verdict} {f.check}: {f.text}" + (f" | {f.hint}" if f.hint else "")
        for f in findings
        if f.verdict is not Verdict.OK
    ]


def of_web(**change: Any) -> list[str]:
    return shown(candidates=(replace(WEB, served=False, **change),))


def test_where_everything_is_well_each_step_says_so() -> None:
    found = explain(WELL)
    assert (f"{HOST} answers 200", False) == (found.answers, found.failed)
    assert [
        "blog.example is 192.0.2.1: this machine",
        "port 80 of this machine accepts connections",
        "nginx serves configuration 7",
        "blog.example/ is answered by web (172.18.0.2:5000)",
        "web answers at 172.18.0.2:5000",
        "200 after 0.003 s, from 172.18.0.2:5000 200",
        "the certificate is trusted",
    ] == [finding.text for finding in found.findings]


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (
            Names(fault="name or service not known"),
            "fail name: this machine's resolver finds no address for blog.example: name or service "
            "not known | add an A or AAAA record for blog.example, or let homeport ddns keep one",
        ),
        (
            Names(addresses=("203.0.113.9", "192.0.2.1"), here=("192.0.2.1",)),
            "warn name: blog.example is 203.0.113.9: no address of this machine's | right if that "
            "is your router's address, and it forwards the ports to this machine",
        ),
        (
            replace(HERE, authorities=(Authority(server="ns1", addresses=("192.0.2.7",)),)),
            "warn name: its name server ns1 says 192.0.2.7 | a resolver remembers what it was told "
            "until the TTL is over",
        ),
        (
            replace(HERE, authorities=(Authority(server="ns1"),)),
            "warn name: its name server ns1 says that there is no such name | a resolver remembers "
            "what it was told until the TTL is over",
        ),
        (
            replace(HERE, authorities=(Authority(server="ns1", fault="timed out"),)),
            "warn name: its name server ns1 says nothing: timed out",
        ),
    ],
)
def test_dns(names: Names, expected: str) -> None:
    assert [expected] == shown(names=names)


def test_ports_and_nginx() -> None:
    closed = shown(http=Port(number=8080, accepts=False))
    assert closed[0].startswith(
        "fail port: nobody accepts connections at port 8080 of this machine"
    )
    down = shown(nginx=replace(WELL.nginx, state="exited", answering=0))
    assert ["fail nginx: nginx is exited, and does not answer | docker logs nginx"] == down
    stale = shown(nginx=replace(WELL.nginx, wanted=8))
    assert stale[0].startswith("fail nginx: nginx serves configuration 7, and should serve 8")


def test_routes() -> None:
    nobody = replace(ROUTE, upstreams=(), why_not=("web: it is exited",))
    assert ["fail route: blog.example/ has nobody to answer: web: it is exited"] == shown(
        routes=(nobody,)
    )
    held = shown(routes=(replace(nobody, held=12.4),))
    assert [
        "warn route: blog.example/ has nobody to answer; its requests are held for 12 s more"
    ] == held
    coming = shown(routes=(replace(nobody, coming=True),))
    assert ["warn route: blog.example/ has nobody to answer yet: web: it is exited"] == coming
    none = shown(routes=(), candidates=(), others=("blog.exmaple", "x"))
    assert [
        "fail route: no container asks for blog.example by VIRTUAL_HOST | served are blog.exmaple"
    ] == none
    asked = shown(routes=())
    assert ["fail route: blog.example is not served, though web asks for it"] == asked
    assert [] == shown(routes=(), candidates=(), own=True)


LOOPBACK = (Listening(port=5000, loopback=True),)
OTHER = (Listening(port=8080, loopback=False), Listening(port=9, loopback=True))


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        (
            {"refused": "VIRTUAL_PORT 'x' is no port"},
            "web: VIRTUAL_PORT 'x' is no port | the variable in its environment has to be another; "
            "the other containers are served",
        ),
        (
            {"refused": "blog.example belongs to shop"},
            "web: blog.example belongs to shop | a host belongs to the first project that asked "
            "for it: homeport proxy routes",
        ),
        ({"state": "exited", "exit_code": 3}, "web: it exited with status 3 | docker logs web"),
        (
            {"state": "restarting", "exit_code": 1, "restarts": 4},
            "web: it ends again and again: 4 restarts, status 1 | docker logs web",
        ),
        ({"state": "paused"}, "web: it is paused"),
        (
            {"phase": Phase.DRAINING},
            "web: it is draining: a rollout moves it | homeport events",
        ),
        (
            {"stop_requested": True},
            "web: it is being stopped | docker start, or another homeport deploy",
        ),
        (
            {"address": "", "networks": ("shop",), "network_mode": "shop"},
            "web: it shares no network with nginx | it is in shop, nginx in blog",
        ),
        (
            {"address": "", "networks": ("none",), "network_mode": "none"},
            "web: it shares no network with nginx | nginx does not reach a container with "
            "--network none: give it one",
        ),
        (
            {"health": Health.UNHEALTHY, "check": "no database"},
            "web: its healthcheck fails: no database | docker inspect web shows its last runs",
        ),
        ({"health": Health.STARTING}, "web: its healthcheck has not passed yet"),
        (
            {"accepts": False, "listening": LOOPBACK},
            "web: nothing accepts connections at its port 5000 | it listens on 127.0.0.1 only: let "
            "it listen on 0.0.0.0",
        ),
        (
            {"accepts": False, "listening": OTHER},
            "web: nothing accepts connections at its port 5000 | it listens on 8080: VIRTUAL_PORT "
            "or EXPOSE has to name that",
        ),
        (
            {"accepts": False},
            "web: nothing accepts connections at its port 5000 | it listens on no port at all",
        ),
    ],
)
def test_containers(change: dict[str, Any], expected: str) -> None:
    assert [f"fail container: {expected}"] == of_web(**change)


def test_one_that_is_ready_is_routed_soon() -> None:
    assert ["warn container: web accepts connections, and is not routed yet"] == of_web()


def test_answers_and_tls() -> None:
    sent = (
        Sent(status=404, seconds=0.1, asked_by="visitor", tries=("172.18.0.2:5000 404",)),
        Sent(status=502, seconds=0.2, asked_by="homeport", tries=("172.18.0.2:5000 502",)),
    )
    found = explain(replace(WELL, answers=sent))
    assert "blog.example answers 502: 502 after 0.200 s, from 172.18.0.2:5000 502" == found.answers
    assert ["502 after 0.200 s", "404 to a visitor a"] == [
        f.text[:17].rstrip() if "visitor" not in f.text else f.text[:18]
        for f in found.findings
        if f.check == "answer"
    ]
    assert shown(handshake=Handshake(shown=False))[0].startswith(
        "warn https: there is no certificate for blog.example: TLS is turned away"
    )
    expired = shown(handshake=Handshake(shown=True, fault="certificate has expired"))
    assert [
        "fail https: a browser does not trust the certificate: certificate has expired"
    ] == expired
    staging = Handshake(shown=True, fault="unable to get local issuer certificate")
    (finding,) = [f for f in explain(replace(WELL, handshake=staging)).findings if f.hint]
    assert "what staging signs is for trying out" in finding.hint


def test_the_certificate_is_told_or_why_there_is_none() -> None:
    tls = Https(certificate="example", not_after=1_800_000_000.0, http="redirects")
    texts = [f.text for f in explain(replace(WELL, tls=tls)).findings if f.check == "https"]
    good = "example.crt is good until 2027-01-15; port 80 redirects"
    assert [good, "the certificate is trusted"] == texts
    none = replace(WELL, tls=Https(why_not="a.crt has expired"), handshake=Handshake(shown=False))
    (found,) = [f for f in explain(none).findings if f.check == "https"]
    assert "a.crt has expired: TLS is turned away" == found.text


def test_what_answers_before_the_containers_do_is_told() -> None:
    rules = read_rules(
        {
            "maintenance": "true",
            "rate.limit": "5/s",
            "basic_auth": "me:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
            "forward_auth.url": "http://auth/verify",
        }
    )
    said = in_its_way(Route(host=HOST, owner="o", rules=rules, manner=Manner(internal=True)))
    route, www = replace(ROUTE, in_its_way=said), replace(ROUTE, host="www.x", leads_to=HOST)
    found = explain(replace(WELL, routes=(route, www))).findings
    assert [
        "blog.example/ is answered by web (172.18.0.2:5000)",
        "blog.example/: everybody is told that it is being worked on (maintenance)",
        "blog.example/: private addresses alone may ask, others get 403 (NETWORK_ACCESS)",
        "blog.example/: more than 5 requests a second get 429 (rate)",
        "blog.example/: a password is asked for (basic_auth)",
        "blog.example/: http://auth/verify is asked whether one may pass (forward_auth)",
        "www.x/ leads to blog.example",
    ] == [finding.text for finding in found if finding.check == "route"]


def test_what_the_container_says_comes_before_what_the_route_says() -> None:
    nobody = replace(ROUTE, upstreams=(), why_not=("web: it is exited",))
    web = replace(WEB, served=False, state="exited", exit_code=1)
    found = explain(replace(WELL, routes=(nobody,), candidates=(web,), answers=()))
    assert "blog.example does not answer: web: it exited with status 1" == found.answers


def test_an_answer_has_its_reason_behind_nginx_where_there_is_one() -> None:
    unknown = replace(WELL, names=Names(fault="unknown"), routes=(), candidates=())
    assert explain(unknown).answers == (
        "blog.example answers 200: no container asks for blog.example by VIRTUAL_HOST"
    )
    only_dns = explain(replace(WELL, names=Names(fault="unknown"))).answers
    assert only_dns.startswith("blog.example answers 200: this machine's resolver finds no address")


def test_a_host_is_served_by_itself_then_by_the_longest_wildcard() -> None:
    hosts = ["a.example", "*.example", "*.b.example", "www.*", "www.a.*"]
    expected = {
        "a.example": "a.example",
        "x.example": "*.example",
        "x.b.example": "*.b.example",
        "www.test": "www.*",
        "www.a.test": "www.a.*",
        "example": "",
    }
    assert expected == {host: serving(host, hosts) for host in expected}


def test_how_far_a_certificate_is_and_what_stands_in_its_way() -> None:
    kept = Signing(next="Keep", why="it is renewed in 61 days", until=1.0)
    assert [] == shown(signing=kept)
    waits = Signing(next="LookUp", why="blog.example leads to 192.0.2.7")
    assert ["warn certificate: there is none yet: blog.example leads to 192.0.2.7"] == shown(
        signing=waits
    )
    failed = replace(
        waits,
        next="Wait",
        why="it failed once; again in 5 minutes",
        trouble="challenge: 404",
        hint="port",
    )
    expected = "certificate: challenge: 404 (it failed once; again in 5 minutes) | port"
    assert [f"fail {expected}"] == shown(signing=failed)
    # What is there serves on.
    assert [f"warn {expected}"] == shown(signing=replace(failed, until=1.0))


def test_the_boxs_own_authority_is_trusted_by_those_who_install_it() -> None:
    """A machine that does not yet is no fault of the host's."""
    fault = "self-signed certificate in certificate chain"
    handshake = Handshake(shown=True, fault=fault)
    kept = Signing(next="Keep", why="it is renewed in 5 days", until=1.0, issuer="local")
    text = f"https: this machine does not trust this box's authority yet: {fault}"
    hint = "homeport proxy ca install; elsewhere: homeport proxy ca show"
    assert [f"warn {text} | {hint}"] == shown(signing=kept, handshake=handshake)

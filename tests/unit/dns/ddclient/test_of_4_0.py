"""Protocols as ddclient 4.0's source and its own tests say: no system here has that program."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from homeport.dns.ddclient.model import Answer, Host, Outcome, Request, Wanted
from homeport.dns.ddclient.protocols.base import Proof, grouped
from homeport.dns.ddclient.protocols.known import PROTOCOLS
from tests.unit.dns.ddclient.files import settled_of

V4, V6 = "192.0.2.1", "2001:db8::1"
BOTH = Wanted(ip=V4, v4=V4, v6=V6)
LOGIN = "login=me, password=pw"
Asked = list[tuple[str, str, str]]  # method, address, login


def talk(
    line: str, answers: Mapping[str, str], wanted: Wanted = BOTH
) -> tuple[Asked, list[Outcome]]:
    """What the hosts of a line ask, and what comes of it. `answers`: text in an address -> body."""
    settled = settled_of(f"use=ip, {line}\n", compat="4.0")
    (name,) = {host.protocol.name for host in settled.hosts.values()}
    protocol, asked, outcomes = PROTOCOLS["4.0"][name], list[Any](), list[Outcome]()
    hosts = [
        Host(name=host.name, protocol=name, values=host.values, wanted=wanted)
        for host in settled.hosts.values()
    ]
    for group in grouped(hosts, protocol):
        said = protocol.talk(group, 1000)
        try:
            request = next(said)
            while True:
                assert isinstance(request, Request)
                login = f"{request.login}:{request.password}" if request.password else ""
                asked.append((request.method, request.url, login))
                body = next((b for part, b in answers.items() if part in request.url), "")
                request = said.send(Answer(status=200 if body != "404" else 404, text=body))
        except StopIteration as end:
            outcomes += end.value
    return asked, outcomes


def came(outcomes: list[Outcome]) -> list[tuple[str, str, str]]:
    """Host, family and status; with a refusal `!` behind it."""
    return [(o.host, o.family, o.status + "!" * o.refused) for o in outcomes]


def of_both(host: str, status: str) -> list[tuple[str, str, str]]:
    return [(host, "4", status), (host, "6", status)]


@pytest.mark.parametrize(
    ("line", "answer", "asked", "outcomes"),
    [
        (
            f"protocol=infomaniak, server=elsewhere.org, {LOGIN} h1",
            "good 192.0.2.1",
            [
                ("GET", f"https://infomaniak.com/nic/update?hostname=h1&myip={a}", "me:pw")
                for a in (V4, V6)
            ],
            of_both("h1", "good"),
        ),
        (
            f"protocol=mythicdyn, {LOGIN} h1",
            "ok",
            [
                ("POST", f"https://ipv{v}.api.mythic-beasts.com/dns/v2/dynamic/h1", "me:pw")
                for v in "46"
            ],
            of_both("h1", "good"),
        ),
        (
            "protocol=he.net, password=pw h1",
            "badauth",
            [
                ("GET", f"https://dyn.dns.he.net/nic/update?hostname=h1&myip={a}", "h1:pw")
                for a in (V4, V6)
            ],
            of_both("h1", "badauth!"),
        ),
        (
            "protocol=ddns.fm, password=pw h1",
            "what",
            [
                ("GET", f"https://api.ddns.fm/update?key=pw&domain=h1&myip={a}", "")
                for a in (V4, V6)
            ],
            of_both("h1", "good"),
        ),
        (
            f"protocol=inwx, {LOGIN} h1,h2",
            "nochg",
            [("GET", f"https://dyndns.inwx.com/nic/update?myip={V4}&myipv6={V6}", "me:pw")],
            of_both("h1", "good") + of_both("h2", "good"),
        ),
        (
            "protocol=ionos, password=key h1",
            "",
            [("GET", "https://ipv4.api.hosting.ionos.com/dns/v1/dyndns?q=key", "")],
            [("h1", "", "good")],
        ),
        (
            "protocol=keysystems, password=pw h1",
            "[RESPONSE]\ncode = 200\ndescription = Command completed successfully\n",
            [
                (
                    "GET",
                    "https://dynamicdns.key-systems.net/update.php"
                    f"?hostname=h1&password=pw&ip={V4}",
                    "",
                )
            ],
            [("h1", "", "good")],
        ),
        ("protocol=emailonly h1", "", [], of_both("h1", "good")),
    ],
    ids=lambda value: value.split()[0] if isinstance(value, str) and " " in value else "",
)
def test_it_asks_as_its_source_says(
    line: str, answer: str, asked: Asked, outcomes: list[tuple[str, str, str]]
) -> None:
    found, came_of_it = talk(line, {"": answer})
    assert (asked, outcomes) == (found, came(came_of_it))


# desc, the answer, status of each host
DYNDNS2 = [
    ("a host, good", "good", ["good"]),
    ("a host, nochg", "nochg", ["good"]),
    ("a host, bad", "nohost", ["nohost!"]),
    ("several, all good", "good 192.0.2.1\ngood\n", ["good", "good"]),
    ("several, mixed", "good\nnochg\ndnserr\n", ["good", "good", "dnserr"]),
    ("a line too many", "good\ngood\nWAT\n", ["good", "good"]),
    ("several, one failure", "abuse\n", ["abuse!", "abuse!"]),
    ("several, one success", "good\n", ["good", "good"]),
    ("fewer lines than hosts", "good\nnochg\n", ["good", "good", "unknown"]),
]


@pytest.mark.parametrize(("what", "answer", "statuses"), DYNDNS2, ids=[row[0] for row in DYNDNS2])
def test_dyndns2_passes_the_cases_of_ddclients_own_tests(
    what: str, answer: str, statuses: list[str]
) -> None:
    names = ",".join(f"h{n}" for n in range(1, len(statuses) + 1))
    line = f"protocol=dyndns2, server=dyn.example.org, {LOGIN} {names}"
    asked, outcomes = talk(line, {"": answer}, Wanted(ip=V4, v4=V4))
    address = f"dyn.example.org/nic/update?hostname={names}&myip={V4}"
    assert [("GET", address, "me:pw")] == asked
    assert statuses == [status for _, _, status in came(outcomes)]


def test_dyndns2_sends_both_families_and_ipv6_alone() -> None:
    line = f"protocol=dyndns2, server=dyn.example.org, {LOGIN} h1"
    for wanted, myip in ((BOTH, f"{V4},{V6}"), (Wanted(ip=V6, v6=V6), V6)):
        asked, _ = talk(line, {"": "good"}, wanted)
        assert [f"dyn.example.org/nic/update?hostname=h1&myip={myip}"] == [u for _, u, _ in asked]


GATEWAY = "https://directnic.com/dns/gateway/"


@pytest.mark.parametrize(
    ("answers", "statuses"),
    [
        ({"abc": '{"result": "success"}', "def": '{"result": "success"}'}, ["good", "good"]),
        ({"abc": '{"result": "error", "message": "no"}', "def": "x"}, ["failed", "bad"]),
        ({"abc": "404", "def": '{"result": "success"}'}, ["failed", "good"]),
    ],
)
def test_directnic_passes_the_cases_of_ddclients_own_tests(
    answers: dict[str, str], statuses: list[str]
) -> None:
    line = f"protocol=directnic, urlv4={GATEWAY}abc/, urlv6={GATEWAY}def/ h1"
    asked, outcomes = talk(line, answers)
    assert [f"{GATEWAY}abc/?data={V4}", f"{GATEWAY}def/?data={V6}"] == [u for _, u, _ in asked]
    assert statuses == [status for _, _, status in came(outcomes)]
    assert ([], ["failed"]) == (
        (found := talk("protocol=directnic h1", {}, Wanted(ip=V4, v4=V4)))[0],
        [outcome.status for outcome in found[1]],
    )


def test_inwx_is_not_asked_to_forget_the_ipv4_address() -> None:
    wanted = Wanted(ip=V6, v6=V6)
    asked, outcomes = talk(f"protocol=inwx, usev4=webv4, {LOGIN} h1", {}, wanted)
    assert ([], [("h1", "6", "failed")]) == (asked, came(outcomes))
    asked, _ = talk(f"protocol=inwx, {LOGIN} h1", {"": "good"}, wanted)
    assert [f"https://dyndns.inwx.com/nic/update?myipv6={V6}"] == [u for _, u, _ in asked]


def test_hosts_with_other_ipv6_addresses_ask_by_themselves() -> None:
    protocol = PROTOCOLS["4.0"]["dyndns2"]
    hosts = [
        Host(
            name=n, protocol="dyndns2", values={}, wanted=Wanted(ip=V4, v4=V4, v6=f"2001:db8::{n}")
        )
        for n in "12"
    ]
    assert [["1"], ["2"]] == [[h.name for h in group] for group in grouped(hosts, protocol)]


@pytest.mark.parametrize(
    ("way", "address"),
    [("server=a.org", "https://a.org"), ("server=http://a.org", "http://a.org")],
)
def test_4_0_speaks_tls_unless_the_server_says_otherwise(way: str, address: str) -> None:
    from homeport.dns.ddclient.look import sender_of

    sender = sender_of(settled_of(compat="4.0"))
    asked, _ = talk(f"protocol=dyndns2, {way}, {LOGIN} h1", {"": "good"})
    assert [f"{address}/nic/update?hostname=h1&myip={V4},{V6}"] == [
        sender.whole(url) for _, url, _ in asked
    ]
    assert "http://a.org/" == sender_of(settled_of()).whole("a.org/")


COMPARED = {"keysystems", "he.net", "ddns.fm", "inwx", "ionos", "emailonly", "directnic", "dyndns2"}


def test_what_is_called_read_is_compared_here() -> None:
    assert {n for n, p in PROTOCOLS["4.0"].items() if p.proof is Proof.READ} == COMPARED

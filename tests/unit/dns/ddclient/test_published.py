"""Protocols that no program here speaks as their providers do: what the providers publish."""

from __future__ import annotations

import json

from homeport.dns.ddclient.model import Answer, Host, Outcome, Request, Wanted
from homeport.dns.ddclient.protocols.base import Proof
from homeport.dns.ddclient.protocols.known import PROTOCOLS
from tests.unit.dns.ddclient.files import settled_of

V4, V6 = "192.0.2.1", "2001:db8::1"
KEYS = {"secretapikey": "sk", "apikey": "pk"}
LINE = "protocol=porkbun, apikey=pk, secretapikey=sk"
ROW = {"id": "1", "name": "www.example.org", "type": "A", "content": "192.0.2.9", "ttl": "300"}


def porkbun(
    line: str, answers: list[dict[str, object]]
) -> tuple[list[tuple[str, dict[str, str]]], list[Outcome]]:
    """What it asks (path and body) while it is answered so, and what comes of it."""
    (host,) = settled_of(f"use=ip, {line}\n", compat="4.0").hosts.values()
    one = Host(
        name=host.name,
        protocol="porkbun",
        values=host.values,
        wanted=Wanted(ip=V4, v4=V4),
    )
    said, asked, left = PROTOCOLS["4.0"]["porkbun"].talk([one], 0), [], [*answers]
    try:
        request = next(said)
        while True:
            assert isinstance(request, Request)
            assert ("POST", [("Content-Type", "application/json")]) == (
                request.method,
                [*request.headers],
            )
            path = request.url.removeprefix("https://api.porkbun.com/api/json/v3/dns/")
            asked.append((path, json.loads(request.body)))
            request = said.send(Answer(status=200, text=json.dumps(left.pop(0))))
    except StopIteration as end:
        return asked, [*end.value]


def test_porkbun_is_asked_by_name_and_type_and_then_told() -> None:
    """API v3, "DNS Retrieve Records by Domain, Subdomain and Type" and "DNS Edit ..."."""
    found: dict[str, object] = {"status": "SUCCESS", "records": [ROW]}
    asked, (outcome,) = porkbun(f"{LINE} www.example.org", [found, {"status": "SUCCESS"}])
    assert [
        ("retrieveByNameType/example.org/A/www", KEYS),
        ("editByNameType/example.org/A/www", {**KEYS, "content": V4, "ttl": "300"}),
    ] == asked
    assert ("good", V4) == (outcome.status, outcome.address)


def test_porkbun_is_told_nothing_that_it_has_and_makes_no_record() -> None:
    there: dict[str, object] = {"status": "SUCCESS", "records": [{**ROW, "content": V4}]}
    asked, (outcome,) = porkbun(f"{LINE} www.example.org", [there])
    assert (1, "good") == (len(asked), outcome.status)
    asked, (outcome,) = porkbun(f"{LINE} www.example.org", [{"status": "SUCCESS", "records": []}])
    assert (1, "failed") == (len(asked), outcome.status)


def test_porkbuns_zone_is_named_or_is_the_host_itself() -> None:
    none: list[dict[str, object]] = [{"status": "SUCCESS", "records": []}]
    for line, path in (
        ("root-domain=example.co.uk a.b.example.co.uk", "example.co.uk/A/a.b"),
        ("on-root-domain=yes example.co.uk", "example.co.uk/A"),
    ):
        asked, _ = porkbun(f"{LINE}, {line}", none)
        assert f"retrieveByNameType/{path}" == asked[0][0]


def test_what_is_called_published_is_compared_here() -> None:
    assert {"porkbun"} == {n for n, p in PROTOCOLS["4.0"].items() if p.proof is Proof.PUBLISHED}

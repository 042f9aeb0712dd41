"""NearlyFreeSpeech.NET, whose requests are signed. Pure, but for a salt.

Source: NearlyFreeSpeech.NET's "API: Introduction" and the requests of ddclient 3.10.0.
"""

from __future__ import annotations

import hashlib
import json
import secrets
import string
import time
from collections.abc import Generator, Mapping, Sequence
from urllib.parse import quote_plus

from homeport.dns.ddclient.model import Answer, Host, Outcome, Request, Talk
from homeport.dns.ddclient.protocols.base import failed, good, unheard, url
from homeport.dns.ddclient.protocols.parts import rows_of

_SALT = string.ascii_letters + string.digits


def nfsn(hosts: Sequence[Host], now: int) -> Talk:
    """There is no change: the record goes, and comes again with its new address."""
    outcomes: list[Outcome] = []
    for host in hosts:
        outcome = yield from _one(host)
        outcomes.append(outcome)
    return outcomes


def _one(host: Host) -> Generator[Request, Answer, Outcome]:
    zone = host.get("zone")
    if host.name != zone and not host.name.endswith(f".{zone}"):
        return failed(host, f"{host.name} is outside the zone {zone}")
    name = "" if host.name == zone else host.name.removesuffix(f".{zone}")
    listed = yield _ask(host, "listRRs", {"name": name, "type": "A"})
    if not listed.ok:
        return _no(host, listed)
    try:
        rows = rows_of(json.loads(listed.text))
    except ValueError:
        return failed(host, "an answer that is no JSON")
    if rows and rows[0].get("data"):
        old = {"name": name, "type": "A", "data": str(rows[0]["data"])}
        removed = yield _ask(host, "removeRR", old)
        if not removed.ok:
            return _no(host, removed)
    new = {"name": name, "type": "A", "data": host.ip, "ttl": host.get("ttl")}
    added = yield _ask(host, "addRR", new)
    return good(host) if added.ok else _no(host, added)


def _no(host: Host, answer: Answer) -> Outcome:
    why = unheard(host, answer)
    return Outcome(
        host=host.name,
        status="failed",
        told=why.told,
        refused=why.refused,
        busy=why.busy,
        after=why.after,
    )


def _ask(host: Host, verb: str, form: Mapping[str, str]) -> Request:
    path = f"/dns/{host.get('zone')}/{verb}"
    body = "&".join(f"{key}={quote_plus(value, safe='')}" for key, value in form.items())
    stamp = str(int(time.time()))
    salt = "".join(secrets.choice(_SALT) for _ in range(16))
    return Request(
        method="POST",
        url=url(host, path),
        headers=[
            ("X-NFSN-Authentication", _proof(host, (stamp, salt), path, body)),
            ("Content-Type", "application/x-www-form-urlencoded"),
        ],
        body=body,
    )


def _proof(host: Host, when: tuple[str, str], path: str, body: str) -> str:
    head = ";".join((host.get("login"), *when))
    whole = f"{head};{host.get('password')};{path};{_sha1(body)}"
    return f"{head};{_sha1(whole)}"


def _sha1(text: str) -> str:
    return hashlib.sha1(text.encode(errors="surrogateescape")).hexdigest()  # noqa: S324 - its API

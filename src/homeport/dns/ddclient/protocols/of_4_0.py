"""Protocols that ddclient 4.0 has and 3.10 has not: most speak a kind of dyndns2. Pure.

Sources: the requests that ddclient 3.11.2 sent (infomaniak, mythicdyn); ddclient 4.0's own source.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from homeport.dns.ddclient.model import Answer, Host, Outcome, Request, Talk
from homeport.dns.ddclient.protocols.base import (
    failed,
    for_families,
    good,
    query,
    unheard,
    url,
    with_login,
)
from homeport.dns.ddclient.protocols.dyndns import REFUSALS, TROUBLES
from homeport.dns.ddclient.protocols.parts import families, of_family

INFOMANIAK = "infomaniak.com"  # whatever the file says: `server` is not among its keywords


def of_each_family(
    ask: Callable[[Host, str, str], Request], judge: Callable[[Host, str], Outcome]
) -> Callable[[Sequence[Host], int], Talk]:
    """A protocol of one request for each family of each host.

    Args:
        ask: of a host, a family ("4", "6") and its address.
        judge: what a 2xx answer means.
    """

    def talk(hosts: Sequence[Host], now: int) -> Talk:
        outcomes = []
        for host in hosts:
            for family, _, address in families(host):
                answer = yield ask(host, family, address)
                outcomes.append(_judged(host, answer, judge, (family, address)))
        return outcomes

    return talk


def _judged(
    host: Host, answer: Answer, judge: Callable[[Host, str], Outcome], wanted: tuple[str, str]
) -> Outcome:
    family, address = wanted
    said = judge(host, answer.text) if answer.ok else of_family(family, unheard(host, answer))
    if said.good:
        return good(host, address=address, family=family)
    return Outcome(
        host=host.name,
        status=said.status,
        told=said.told,
        family=family,
        refused=said.refused,
        busy=said.busy,
        after=said.after,
    )


def one_word(host: Host, text: str) -> Outcome:
    """A word of DynDNS's in the first line."""
    line = text.split("\n")[0]
    word = line.lower().split(" ")[0]
    if word in ("good", "nochg"):
        return good(host)
    if word in REFUSALS:
        return failed(host, f"{word}: {REFUSALS[word]}", status=word, refused=True)
    if word in TROUBLES:
        told = f"{word}: {TROUBLES[word]}"
        return Outcome(host=host.name, status=word, told=told, busy=True)
    return failed(host, f"unexpected answer '{line[:60]}'", status=word or "unknown")


def infomaniak_request(host: Host, family: str, address: str) -> Request:
    """dyndns2 without a system, always at the same server."""
    pairs = query(("hostname", host.name), ("myip", address))
    return with_login(host, url(host, "/nic/update", pairs, server=INFOMANIAK))


def mythicdyn_request(host: Host, family: str, address: str) -> Request:
    """It takes the address that the request comes from, of the family that the name says."""
    server = f"ipv{family}.{host.get('server')}"
    return Request(
        method="POST",
        url=url(host, f"/dns/v2/dynamic/{host.name}", server=server),
        login=host.get("login"),
        password=host.get("password"),
        family=family,
    )


def henet_request(host: Host, family: str, address: str) -> Request:
    """The host is the login."""
    pairs = query(("hostname", host.name), ("myip", address))
    address = url(host, "/nic/update", pairs)
    return Request(url=address, login=host.name, password=host.get("password"))


def ddnsfm_request(host: Host, family: str, address: str) -> Request:
    """A key, no login."""
    pairs = query(("key", host.get("password")), ("domain", host.name), ("myip", address))
    return Request(url=url(host, "/update", pairs))


def directnic(hosts: Sequence[Host], now: int) -> Talk:
    """A secret address for each family: `urlv4`, `urlv6`."""
    outcomes = []
    for host in hosts:
        for family, _, address in families(host):
            gateway = host.get(f"urlv{family}")
            if not gateway:
                missing = failed(host, f"there is no urlv{family} to change it with")
                outcomes.append(of_family(family, missing))
                continue
            answer = yield Request(url=f"{gateway}?data={address}")
            outcomes.append(_judged(host, answer, _directnic, (family, address)))
    return outcomes


def _directnic(host: Host, text: str) -> Outcome:
    try:
        said = json.loads(text)
    except ValueError:
        said = None
    if not isinstance(said, dict):
        return failed(host, "no JSON", status="bad")
    if said.get("result") == "success":
        return good(host)
    return failed(host, f"the provider says '{str(said.get('message'))[:80]}'")


def inwx(hosts: Sequence[Host], now: int) -> Talk:
    """The account says which host: all of them hear the same. Without `myip` its A is lost."""
    first = hosts[0]
    v4, v6 = first.wanted.v4, first.wanted.v6
    if not v4 and first.get("usev4") not in ("", "disabled"):
        told = "no IPv4 address is known, and INWX sets 127.0.0.1 where none is sent"
        return [each for host in hosts for each in for_families(host, failed(host, told))]
    pairs = [("myip", v4)] if v4 else []
    pairs += [("myipv6", v6)] if v6 else []
    answer = yield with_login(first, url(first, first.get("script"), query(*pairs)))
    outcomes = []
    for host in hosts:
        one = one_word(host, answer.text) if answer.ok else unheard(host, answer)
        outcomes += for_families(host, one)
    return outcomes


def ionos(hosts: Sequence[Host], now: int) -> Talk:
    """A key of each host; it takes the address that the request comes from, over IPv4."""
    outcomes = []
    for host in hosts:
        if not host.wanted.v4:
            outcomes.append(failed(host, "no IPv4 address is known, and it takes no other"))
            continue
        pairs = query(("q", host.get("password")))
        answer = yield Request(url=url(host, "/dns/v1/dyndns", pairs))
        outcomes.append(good(host, address=host.wanted.v4) if answer.ok else unheard(host, answer))
    return outcomes


def emailonly(hosts: Sequence[Host], now: int) -> Talk:
    """Nobody is asked: what is told of it goes to `mail`."""
    yield from ()
    return [each for host in hosts for each in for_families(host, good(host, _addresses(host)))]


def _addresses(host: Host) -> str:
    return " ".join(address for _, _, address in families(host))

"""What a protocol is, and what several of them share. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from urllib.parse import quote

from homeport.dns.ddclient.keywords import Keyword
from homeport.dns.ddclient.model import Answer, Host, Outcome, Request, Talk

# What ends a request line, or has no place in one, is encoded; the rest goes as ddclient sends it,
# since people have written `%26` where they mean an `&`.
_KEPT = "!$%&'()*+,-./:;=?@_~|[]{}\\^`"


class Proof(StrEnum):
    """What says that a protocol does here what it does in ddclient."""

    DDCLIENT = "ddclient 3.10.0"  # the same requests, the same cache, side by side
    NAMED = "a real named"
    RECORDED = "ddclient 3.11.2"  # requests that it sent, kept beside the tests
    READ = "ddclient 4.0's source and tests"  # no system that the tests run on has that program
    PUBLISHED = "published specification"  # there is no program here to compare with
    NONE = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """One protocol: its keywords, which hosts go together, and what is said."""

    name: str
    talk: Callable[[Sequence[Host], int], Talk]  # the hosts of one group, and now
    keywords: Mapping[str, Keyword]
    together: tuple[str, ...] | None = None  # hosts with the same values share requests
    proof: Proof = Proof.DDCLIENT
    both: bool = False  # keeps IPv4 and IPv6 apart
    since: str = "3.10"
    note: str = ""
    settings: tuple[str, ...] = field(default=())  # where one has changed, the host is updated


def grouped(hosts: Sequence[Host], protocol: Protocol) -> Iterator[list[Host]]:
    """Hosts that share their requests; each alone where the protocol says no keys."""
    groups: dict[object, list[Host]] = {}
    for host in hosts:
        sign: object = host.name
        if protocol.together is not None:
            addresses = host.wanted if protocol.both else host.ip
            sign = (addresses, *(host.get(key) for key in protocol.together))
        groups.setdefault(sign, []).append(host)
    yield from groups.values()


def query(*pairs: tuple[str, str]) -> str:
    """`a=1&b=2`, in this order."""
    return "&".join(f"{key}={value}" for key, value in pairs)


def url(host: Host, path: str, pairs: str = "", *, scheme: str = "https", server: str = "") -> str:
    """Of the host's server, or another; what cannot stand in a request is encoded.

    A server that says its scheme (`server=https://...`, ddclient 4.0) has the last word. Without
    a scheme `ssl` decides.
    """
    server = server or host.get("server")
    whole = f"{scheme}://{server}" if scheme and "://" not in server else server
    address = f"{whole}{path}" + (f"?{pairs}" if pairs else "")
    return quote(address, safe=_KEPT, errors="surrogateescape")


def with_login(host: Host, address: str) -> Request:
    """A GET with the host's login and password, as Basic says."""
    return Request(url=address, login=host.get("login"), password=host.get("password"))


def good(host: Host, told: str = "", *, address: str = "", family: str = "") -> Outcome:
    """The name has its address."""
    address = address or host.ip
    told = told or f"good: IP address set to {address}"
    return Outcome(host=host.name, status="good", told=told, address=address, family=family)


def failed(host: Host, told: str, *, status: str = "failed", refused: bool = False) -> Outcome:
    """It has not."""
    return Outcome(host=host.name, status=status, told=told, refused=refused)


def unheard(host: Host, answer: Answer) -> Outcome:
    """No answer, or none that counts: `noconnect`, as ddclient keeps it."""
    if not answer.status:
        told = f"could not connect to {host.get('server')}: {answer.text}"
        return failed(host, told, status="noconnect")
    busy = answer.status == 429 or answer.status >= 500
    refused = answer.status in (401, 403)
    return Outcome(
        host=host.name,
        status="noconnect",
        told=f"{host.get('server')} answers with status {answer.status}",
        refused=refused,
        busy=busy,
        after=answer.retry_after,
    )


def for_families(host: Host, outcome: Outcome) -> list[Outcome]:
    """What came of one request for both: the same for each family that was sent."""
    pairs = [("4", host.wanted.v4), ("6", host.wanted.v6)]
    sent = [(family, address) for family, address in pairs if address]
    return [
        replace(outcome, family=family, address=address if outcome.good else "")
        for family, address in sent
    ]


def heard_nothing_good(host: Host, answer: Answer) -> Outcome:
    """As `unheard`, with the word that some protocols of ddclient's keep for it."""
    return replace(unheard(host, answer), status="failed")


def last_line(text: str) -> str:
    """The last line that is not empty; "" where there is none."""
    lines = text.rstrip("\n").split("\n")
    return lines[-1]


def simple(
    ask: Callable[[Host], Request],
    judge: Callable[[Host, str], Outcome],
    otherwise: Callable[[Host, Answer], Outcome] = unheard,
) -> Callable[[Sequence[Host], int], Talk]:
    """A protocol of one request a host, whose answer is a text."""

    def talk(hosts: Sequence[Host], now: int) -> Talk:
        outcomes = []
        for host in hosts:
            answer = yield ask(host)
            outcomes.append(judge(host, answer.text) if answer.ok else otherwise(host, answer))
        return outcomes

    return talk

"""The nouns of ddclient's world: hosts, requests as data, answers, and what came of them. Pure."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

# As in the file and in the cache: everything is text, and what was never said is None.
Values = Mapping[str, str | None]


# What ddclient's cache calls a host that has its address; the last is easyDNS's word.
GOOD = frozenset(("good", "nochg", "NOERROR"))


class Note(NamedTuple):
    """What is to be told about a file: its line (0: none), and a sentence."""

    line: int
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """The addresses that a host is to have.

    `ip` is what a protocol of one address sends: what `use=` found, else IPv4, else IPv6.
    """

    ip: str = ""
    v4: str = ""
    v6: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Host:
    """A host as it is configured. `values` hold the password: they are never printed."""

    name: str
    protocol: str
    values: Values = field(repr=False)
    wanted: Wanted = field(default_factory=Wanted)

    def get(self, key: str) -> str:
        """A value; "" where there is none."""
        return self.values.get(key) or ""

    def on(self, key: str) -> bool:
        """Whether a switch is on."""
        return self.values.get(key) == "1"

    @property
    def ip(self) -> str:
        """What a protocol of one address sends."""
        return self.wanted.ip


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. Its URL, headers and body may hold secrets: it is shown redacted only."""

    url: str = field(repr=False)
    method: str = "GET"
    headers: Sequence[tuple[str, str]] = field(default=(), repr=False)
    body: str = field(default="", repr=False)
    login: str | None = field(default=None, repr=False)  # Basic, with `password`
    password: str | None = field(default=None, repr=False)
    family: str = ""  # "4", "6": the address that it comes from is what the provider takes


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """RFC 2136: the hosts of a zone get an address. `keyfile` is nsupdate's."""

    server: str
    zone: str
    kind: str  # A, AAAA
    address: str
    ttls: Mapping[str, int]  # of each host
    keyfile: str
    tcp: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What came back. `status` is 0 where nothing did, and `text` says why."""

    status: int
    text: str = ""
    retry_after: float = 0.0  # seconds; 0 where the provider does not say

    @property
    def ok(self) -> bool:
        """2xx alone counts: an error page may hold any word."""
        return 200 <= self.status < 300


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What came of one host: `good`, or why not.

    `status` is what ddclient would write; `address` is what was published.
    """

    host: str
    status: str
    told: str
    address: str = ""
    family: str = ""  # "4", "6": a protocol that keeps both apart
    refused: bool = False  # nobody asks again until the configuration changes
    busy: bool = False  # the provider asks for patience
    after: float = 0.0  # seconds of it
    until: int = 0  # ddclient's `wtime`

    @property
    def good(self) -> bool:
        """Whether the name has its address now."""
        return self.status in GOOD


# A protocol asks, is answered, and says in the end what came of each host.
Talk = Generator[Request | Message, Answer, Sequence[Outcome]]

"""What is asked of a provider, as data, and what an answer says: the form that all have. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from homeport.dns.model import Zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One request. Its headers and its body may hold the credentials: they are never shown."""

    method: str
    path: str  # below the API's address
    body: Any = field(default=None, repr=False)  # JSON, but for bytes
    headers: Mapping[str, str] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One value of a name."""

    name: str  # whole: blog.example.org
    kind: str  # A, AAAA, CNAME, TXT
    value: str
    id: str = ""  # the provider's; "" where values have none


class Dialect(Protocol):
    """One provider's API."""

    address: str  # of the API
    least_ttl: int  # seconds

    def __init__(self, zone: Zone) -> None:
        """With the zone's credentials."""

    def sign(self, request: Request, host: str, now: float) -> Mapping[str, str]:
        """Headers that prove who asks, where each request is signed."""

    def read(self, content: bytes) -> Any:
        """An answer, decoded; ValueError where it cannot be."""

    def find(self) -> Request | None:
        """How the zone's id is found; None where its name is enough."""

    def found(self, answer: Any) -> str:
        """The id; "" where the account has no such zone."""

    def list(self, zone_id: str, page: int) -> Request:
        """A page of the zone's records, from 1 on."""

    def rows(self, answer: Any) -> Sequence[Row]:
        """What a page says."""

    def is_last(self, answer: Any, page: int) -> bool:
        """Whether it was the last."""

    def put(
        self, zone_id: str, name: str, kind: str, values: Sequence[str], had: Sequence[Row]
    ) -> Sequence[Request]:
        """Give a name these values of a kind, and no others; none at all takes it away."""


def bare(text: str) -> str:
    """A TXT value without the quotes in which some providers keep it."""
    quoted = len(text) > 1 and text.startswith('"') and text.endswith('"')
    return text[1:-1].replace('\\"', '"').replace("\\\\", "\\") if quoted else text


class Plain:
    """What most of them have in common: JSON, one secret, a zone that is known by its name."""

    address = ""
    least_ttl = 60

    def __init__(self, zone: Zone) -> None:
        self._zone = zone
        self._ttl = max(zone.ttl, self.least_ttl)

    def sign(self, request: Request, host: str, now: float) -> Mapping[str, str]:
        """Nothing: a token is among the headers."""
        return {}

    def read(self, content: bytes) -> Any:
        """JSON; nothing at all is an answer, too."""
        return json.loads(content) if content else None

    def find(self) -> Request | None:
        """The name is enough."""
        return None

    def found(self, answer: Any) -> str:
        """Not asked."""
        return ""

    def _absolute(self, name: str) -> str:
        return self._zone.name if name in ("@", "") else f"{name}.{self._zone.name}"

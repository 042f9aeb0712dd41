"""What visitors met meanwhile: requests served and failed, and the longest that one waited."""

from __future__ import annotations

from collections.abc import Collection, Mapping

import msgspec


class Answers(msgspec.Struct, frozen=True, kw_only=True):
    """What one address answered. `errors`: those with a 5xx, or with nothing at all."""

    total: int = 0
    errors: int = 0

    def __add__(self, other: Answers) -> Answers:
        return Answers(total=self.total + other.total, errors=self.errors + other.errors)

    def __sub__(self, other: Answers) -> Answers:
        return Answers(total=self.total - other.total, errors=self.errors - other.errors)

    @property
    def share(self) -> float:
        """The share of errors; 0 where there is no answer."""
        return self.errors / self.total if self.total else 0.0


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """Of some sites, since a moment. A prober's requests count for `pause` and `answers` alone."""

    served: int = 0
    failed: int = 0  # answered by the proxy in place of the application
    pause: float = 0.0  # seconds: the longest that a request waited for an application to take it
    # (host, address:port) -> what was answered there
    answers: Mapping[tuple[str, str], Answers] = msgspec.field(default_factory=dict)

    def of(self, hosts: Collection[str], addresses: Collection[str] | None = None) -> Answers:
        """What was answered for these hosts: by those at these addresses, or by everybody."""
        found = Answers()
        for (host, address), answers in self.answers.items():
            if host in hosts and (addresses is None or address.rpartition(":")[0] in addresses):
                found += answers
        return found

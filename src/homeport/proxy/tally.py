"""nginx's access log, counted: a line for each request, written for this alone. Pure.

A failed request is one that nginx or homeport answered in the application's place: nothing could
be reached, what was reached broke off, or nobody came within the bound. What the application itself
answers is served, whatever it says.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass, field

from homeport.model.figures import Answers, Figures

# In nginx's notation; FIELDS names the columns. No value of a request is among them.
LOG_FORMAT = (
    r"$server_name\t$remote_addr\t$status\t$request_time"
    r"\t$upstream_addr\t$upstream_status\t$upstream_header_time\t$upstream_response_time"
)
_COLUMNS = 8
_BETWEEN = re.compile(r", | : ")
_HOLD = "hold.sock"
# What nginx answers where it has nothing better.
_OWN = ("502", "503", "504")


@dataclass(frozen=True, slots=True, kw_only=True)
class Try:
    """One upstream that a request was sent to."""

    address: str
    status: str
    answered: bool  # whether a head of an answer came
    seconds: float

    @property
    def held(self) -> bool:
        """Whether it was homeport, which held the request."""
        return self.address.endswith(_HOLD)


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request, as nginx saw it."""

    host: str
    probe: bool
    status: str
    seconds: float
    tries: tuple[Try, ...]

    @property
    def failed(self) -> bool:
        """Whether somebody else answered in the application's place."""
        last = self.tries[-1] if self.tries else None
        answered = last is not None and last.answered and not last.held
        return self.status in _OWN and not answered

    @property
    def waited(self) -> float:
        """Seconds until the application that answered had it."""
        last = self.tries[-1] if self.tries else None
        return max(self.seconds - (last.seconds if last and not last.held else 0.0), 0.0)


def read_visit(line: str) -> Visit | None:
    """A line of the log; None where it is not whole."""
    columns = line.split("\t")
    if len(columns) != _COLUMNS:
        return None
    host, remote, status, seconds, *lists = columns
    rows = zip(*(_BETWEEN.split(text) for text in lists), strict=False)
    return Visit(
        host=host,
        probe=remote == "unix:",
        status=status,
        seconds=_seconds(seconds),
        tries=tuple(_try(*row) for row in rows if row[0] not in ("", "-")),
    )


@dataclass(slots=True)
class Tally:
    """Counts the visits of some hosts."""

    hosts: Collection[str]
    served: int = 0
    failed: int = 0
    pause: float = 0.0
    answers: dict[tuple[str, str], Answers] = field(default_factory=dict)

    def take(self, visit: Visit) -> None:
        """Count one."""
        if visit.host not in self.hosts:
            return
        if not visit.probe:
            self.served += not visit.failed
            self.failed += visit.failed
        self.pause = max(self.pause, visit.waited)
        for one in visit.tries:
            if not one.held:
                error = not one.answered or one.status.startswith("5")
                counted, key = Answers(total=1, errors=int(error)), (visit.host, one.address)
                self.answers[key] = self.answers.get(key, Answers()) + counted

    def figures(self) -> Figures:
        """What was counted until now."""
        return Figures(
            served=self.served, failed=self.failed, pause=self.pause, answers=dict(self.answers)
        )


def _try(address: str, status: str, header: str, seconds: str) -> Try:
    return Try(address=address, status=status, answered=header != "-", seconds=_seconds(seconds))


def _seconds(text: str) -> float:
    return float(text) if text not in ("", "-") else 0.0

"""What delivery needs of a memory, and of the proxy: the daemon's own, or a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from homeport.events import Event
from homeport.model.figures import Figures


class Ledger(Protocol):
    """Where everything that happens is written."""

    def record(self, event: Event) -> None:
        """Write an event, and the change of status that it means."""

    def output(self, run: int, line: str) -> None:
        """Write a line of a program's output to the log of a run."""


class Meter(Protocol):
    """Counts what visitors meet."""

    def last(self) -> Figures:
        """What was counted until now."""

    async def read(self) -> Figures:
        """The same, once the proxy has written down what it did."""


class Switch(Protocol):
    """The proxy, as far as a rollout needs it. Every wait is safe to repeat."""

    async def routed(self, name: str, instead_of: Sequence[str], seconds: float) -> None:
        """Return when the proxy answers from container `name`, and not from those any more.

        Raises:
            HomeportError: it does not within `seconds`.
        """

    async def drained(self, name: str, seconds: float) -> None:
        """Return when the proxy has no request in flight to `name`, or after `seconds`."""

    async def leave(self, network: str) -> None:
        """Take the proxy out of a network that is going to be removed."""

    def measuring(self, hosts: Sequence[str]) -> AbstractAsyncContextManager[Meter]:
        """Count meanwhile what visitors of these hosts meet."""

    def conflicts(self, hosts: Sequence[str], project: str) -> list[str]:
        """For each of `hosts` that belongs to another project, a sentence that says so."""

"""A switch for where no proxy of homeport's runs: a stack in docker compose's place."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Sequence

from homeport.model.figures import Figures


class Unmeasured:
    """A meter that has seen nobody."""

    def last(self) -> Figures:
        """Nothing."""
        return Figures()

    async def read(self) -> Figures:
        """Nothing."""
        return Figures()


class Unrouted:
    """Nobody asks for these containers by host name: there is nothing to wait for."""

    async def routed(self, name: str, instead_of: Sequence[str], seconds: float) -> None:
        """Nothing is routed."""

    async def drained(self, name: str, seconds: float) -> None:
        """Nothing is in flight that a proxy would know of."""

    async def leave(self, network: str) -> None:
        """No proxy is in it."""

    @contextlib.asynccontextmanager
    async def measuring(self, hosts: Sequence[str]) -> AsyncIterator[Unmeasured]:
        """Nobody counts."""
        yield Unmeasured()

    def conflicts(self, hosts: Sequence[str], project: str) -> list[str]:
        """Nobody has a host."""
        return []

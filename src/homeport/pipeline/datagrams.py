"""UDP ports of a job: who sends there has a conversation with the container, for a while."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import Any

from homeport.errors import HomeportError

_MOST = 256  # conversations at a time
_IDLE = 90.0  # seconds after which one is over, as docker-proxy has it
_WAITING = 32  # datagrams until the container is reached

Leads = Callable[[], Awaitable[tuple[str, int]]]


class Datagrams(asyncio.DatagramProtocol):
    """What is sent to a port, on its way to a container. `leads`: where that is reached now."""

    def __init__(self, leads: Leads) -> None:
        self._leads = leads
        self._conversations: dict[Any, _Conversation] = {}

    def connection_made(self, transport: Any) -> None:
        """The port is there."""
        self._port = transport

    def datagram_received(self, data: bytes, sender: Any) -> None:
        """Somebody sends something."""
        if sender not in self._conversations:
            self._make_room()
            reply = self._port.sendto
            self._conversations[sender] = _Conversation(
                self._leads, lambda answer: reply(answer, sender)
            )
        self._conversations[sender].send(data)

    def close(self) -> None:
        """Nobody is answered any more."""
        for conversation in self._conversations.values():
            conversation.end()
        self._port.close()

    def _make_room(self) -> None:
        now = time.monotonic()
        oldest = sorted(self._conversations, key=lambda who: self._conversations[who].last)
        over = [who for who in oldest if now - self._conversations[who].last > _IDLE]
        for who in over or oldest[: len(oldest) - _MOST + 1]:
            self._conversations.pop(who).end()


class _Conversation(asyncio.DatagramProtocol):
    """One sender, and a socket of its own to the container."""

    def __init__(self, leads: Leads, reply: Callable[[bytes], None]) -> None:
        self._leads, self._reply = leads, reply
        self._container: Any = None
        self._waiting: list[bytes] = []
        self._reaching = asyncio.ensure_future(self._reach())
        self.last = 0.0

    def send(self, data: bytes) -> None:
        self.last = time.monotonic()
        if self._container:
            self._container.sendto(data)
        elif len(self._waiting) < _WAITING:
            self._waiting.append(data)
            if self._reaching.done():  # it was not there: it is looked for again
                self._reaching = asyncio.ensure_future(self._reach())

    def datagram_received(self, data: bytes, _sender: Any) -> None:
        self._reply(data)

    def error_received(self, _error: Exception) -> None:
        """Nobody listens there, or another container has its place by now."""
        self._let_go()

    def end(self) -> None:
        self._reaching.cancel()
        self._let_go()

    def _let_go(self) -> None:
        if self._container:
            self._container.close()
        self._container = None

    async def _reach(self) -> None:
        try:
            loop, place = asyncio.get_running_loop(), await self._leads()
            made, _ = await loop.create_datagram_endpoint(lambda: self, remote_addr=place)
        except (OSError, HomeportError):
            self._waiting.clear()  # as anything that is sent to nobody
            return
        self._container, waiting, self._waiting = made, self._waiting, []
        for data in waiting:
            made.sendto(data)

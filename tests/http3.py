"""A client of HTTP/3: one GET, by aioquic."""

from __future__ import annotations

import asyncio
import ssl

from aioquic.asyncio.client import connect
from aioquic.asyncio.protocol import QuicConnectionProtocol
from aioquic.h3.connection import H3_ALPN, H3Connection
from aioquic.h3.events import DataReceived, H3Event, HeadersReceived
from aioquic.quic.configuration import QuicConfiguration
from aioquic.quic.events import QuicEvent


class Client(QuicConnectionProtocol):
    """Keeps what is answered to its only request."""

    def ask(self, host: str, path: str) -> asyncio.Future[tuple[int, str]]:
        self.http, self.status, self.body = H3Connection(self._quic), 0, b""
        self.answer: asyncio.Future[tuple[int, str]] = asyncio.get_running_loop().create_future()
        stream = self._quic.get_next_available_stream_id()
        head = {":method": "GET", ":scheme": "https", ":authority": host, ":path": path}
        pairs = [(key.encode(), value.encode()) for key, value in head.items()]
        self.http.send_headers(stream, pairs, end_stream=True)
        self.transmit()
        return self.answer

    def quic_event_received(self, event: QuicEvent) -> None:
        for found in self.http.handle_event(event) if hasattr(self, "http") else ():
            self._take(found)

    def _take(self, event: H3Event) -> None:
        if isinstance(event, HeadersReceived):
            self.status = int(dict(event.headers)[b":status"])
        elif isinstance(event, DataReceived):
            self.body += event.data
        ended = isinstance(event, HeadersReceived | DataReceived) and event.stream_ended
        if ended and not self.answer.done():
            self.answer.set_result((self.status, self.body.decode().strip()))


async def get(address: str, host: str, path: str = "/", *, port: int = 443) -> tuple[int, str]:
    """What is answered over QUIC by whoever is at this address; nothing else is tried.

    Raises:
        ConnectionError, TimeoutError: nobody answers.
    """
    said = QuicConfiguration(
        is_client=True, alpn_protocols=H3_ALPN, verify_mode=ssl.CERT_NONE, server_name=host
    )
    async with asyncio.timeout(5):
        client = connect(address, port, configuration=said, create_protocol=Client)
        async with client as protocol:
            assert isinstance(protocol, Client)
            return await protocol.ask(host, path)

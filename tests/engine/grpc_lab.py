"""A server and a client of gRPC, by grpcio, without generated code: messages are bytes."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import grpc  # type: ignore[import-untyped]

_SERVICE = "homeport.Echo"


def _one(request: bytes, context: grpc.ServicerContext) -> bytes:
    if not request:
        context.abort(grpc.StatusCode.NOT_FOUND, "nothing was asked for")
    return b"one " + request


def _each(requests: Iterator[bytes], _: grpc.ServicerContext) -> Iterator[bytes]:
    for request in requests:
        yield b"each " + request


@contextlib.contextmanager
def serving(pair: Path | None = None) -> Iterator[int]:
    """A server at every address of this machine; its port. `pair`: of NAME.crt and NAME.key."""
    server = grpc.server(ThreadPoolExecutor(4))
    methods = {
        "One": grpc.unary_unary_rpc_method_handler(_one),
        "Each": grpc.stream_stream_rpc_method_handler(_each),
    }
    server.add_generic_rpc_handlers((grpc.method_handlers_generic_handler(_SERVICE, methods),))
    if pair:
        parts = (pair.with_suffix(".key").read_bytes(), pair.with_suffix(".crt").read_bytes())
        port = server.add_secure_port("0.0.0.0:0", grpc.ssl_server_credentials((parts,)))
    else:
        port = server.add_insecure_port("0.0.0.0:0")
    server.start()
    try:
        yield port
    finally:
        server.stop(grace=None)


class Client:
    """Calls through whoever terminates TLS for a host."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._one = channel.unary_unary(f"/{_SERVICE}/One")
        self._each = channel.stream_stream(f"/{_SERVICE}/Each")

    async def one(self, request: bytes) -> tuple[str, bytes | str]:
        """How a call ended, and with what."""
        try:
            return "OK", await self._one(request, timeout=5)
        except grpc.aio.AioRpcError as error:
            return str(error.code().name), error.details() or ""

    async def each(self, *requests: bytes) -> list[bytes]:
        """Sent one by one, each after the answer to the one before."""
        call, answers = self._each(timeout=10), []
        for request in requests:
            await call.write(request)
            answers.append(await call.read())
        await call.done_writing()
        return answers


@contextlib.asynccontextmanager
async def calling(address: str, host: str, certificate: Path) -> AsyncIterator[Client]:
    """A client that takes this certificate of the host's, and asks at an address."""
    credentials = grpc.ssl_channel_credentials(certificate.read_bytes())
    options = [("grpc.ssl_target_name_override", host), ("grpc.default_authority", host)]
    async with grpc.aio.secure_channel(f"{address}:443", credentials, options) as channel:
        yield Client(channel)

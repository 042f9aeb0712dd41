"""Visitors who come once: `python -m bench.fresh ADDRESS PORT HOST h1|h2`, until stdin ends.

Each opens a connection by https, asks one thing, and goes. Prints as JSON how often which end came:
`answered`; `told to ask again`, by a GOAWAY that says that nothing of the request was done (RFC
9113, 6.8), after which a second connection is opened as browsers do, and has to be answered; or the
fault.
"""

from __future__ import annotations

import contextlib
import json
import select
import socket
import ssl
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator

from bench.lab import ROOT, environment

ANSWERED, AGAIN = "answered", "told to ask again"
_TIMEOUT = 10.0
_HEADERS, _RST_STREAM, _GOAWAY = 1, 3, 7
_OK = 0x88  # `:status: 200` (RFC 7541, appendix A)


@contextlib.contextmanager
def fresh(address: str, port: int, host: str, protocol: str) -> Iterator[Counter[str]]:
    """Visit meanwhile; the counts are there at the end."""
    argv = [sys.executable, "-m", "bench.fresh", address, str(port), host, protocol]
    pipe, found = subprocess.PIPE, Counter[str]()
    with subprocess.Popen(argv, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe) as visitor:
        try:
            yield found
            output, _ = visitor.communicate(timeout=2 * _TIMEOUT)
        except BaseException:
            visitor.kill()
            raise
    found.update(json.loads(output))


def main(address: str, port: int, host: str, protocol: str) -> None:
    """Visit until stdin ends."""
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    context.set_alpn_protocols(["h2" if protocol == "h2" else "http/1.1"])
    ask, found = (_http2 if protocol == "h2" else _http1), Counter[str]()
    while not select.select([sys.stdin], [], [], 0)[0]:
        end = AGAIN
        while end == AGAIN:
            try:
                with _connected(context, address, port, host) as secure:
                    end = ask(secure, host)
            except OSError as error:
                end = type(error).__name__
            found[end] += 1
    json.dump(found, sys.stdout)


def _connected(context: ssl.SSLContext, address: str, port: int, host: str) -> ssl.SSLSocket:
    plain = socket.create_connection((address, port), timeout=_TIMEOUT)
    return context.wrap_socket(plain, server_hostname=host)


def _http1(secure: ssl.SSLSocket, host: str) -> str:
    secure.sendall(f"GET / HTTP/1.1\r\nHost: {host}\r\n\r\n".encode())
    line = secure.recv(65536).partition(b"\r\n")[0].decode()
    return ANSWERED if line == "HTTP/1.1 200 OK" else line or "hung up"


def _http2(secure: ssl.SSLSocket, host: str) -> str:
    name = host.encode()
    fields = bytes([0x82, 0x87, 0x84, 0x41, len(name)]) + name  # GET, https, /, :authority
    head = _frame(_HEADERS, flags=5, stream=1, payload=fields)
    secure.sendall(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + _frame(4, flags=0, stream=0) + head)
    for kind, stream, payload in _frames(secure):
        if kind == _HEADERS and stream == 1:
            return ANSWERED if payload[0] == _OK else f"status {payload[:4].hex()}"
        if kind == _GOAWAY and payload[:4] == bytes(4):
            return AGAIN if payload[4:8] == bytes(4) else f"GOAWAY {payload[4:8].hex()}"
        if kind == _RST_STREAM:
            return f"RST_STREAM {payload.hex()}"
    return "hung up"


def _frame(kind: int, *, flags: int, stream: int, payload: bytes = b"") -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def _frames(secure: ssl.SSLSocket) -> Iterator[tuple[int, int, bytes]]:
    """Kind, stream and payload of each frame, until the other side hangs up."""
    held = b""
    while got := secure.recv(65536):
        held += got
        while len(held) >= 9 and len(held) >= 9 + int.from_bytes(held[:3]):
            end = 9 + int.from_bytes(held[:3])
            yield held[3], int.from_bytes(held[5:9]), held[9:end]
            held = held[end:]


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), *sys.argv[3:5])

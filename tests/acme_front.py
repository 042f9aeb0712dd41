"""Stands between a client and pebble, for what pebble does not do: limits, CAA, ARI, bad days.

It speaks TLS by pebble's own certificate and passes everything on, the name of the host included:
pebble's URLs lead through it. `rules` say what becomes of requests whose path they match.
"""

from __future__ import annotations

import http.client
import json
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from tests.pebble import Pebble


@dataclass(frozen=True)
class Reply:
    """An answer to a client."""

    status: int
    body: bytes
    headers: tuple[tuple[str, str], ...] = ()


Rule = Callable[[Callable[[], Reply]], Reply]  # what is passed on is asked for by a call


@dataclass
class Front:
    """It listens from `start` to `stop`."""

    pebble: Pebble
    rules: dict[str, Rule] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)  # methods and paths, as they came

    def start(self) -> None:
        """Return when it listens."""
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self))
        self._server.daemon_threads = True
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        folder = self.pebble.folder
        context.load_cert_chain(folder / "tls.crt", folder / "tls.key")
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def stop(self) -> None:
        """End it."""
        self._server.shutdown()
        self._server.server_close()

    @property
    def directory(self) -> str:
        """Where clients begin."""
        return f"https://127.0.0.1:{self._server.server_port}/dir"

    def answer(self, request: BaseHTTPRequestHandler) -> Reply:
        """By the first rule that fits, else as pebble answers."""
        self.asked.append(f"{request.command} {request.path}")
        body = request.rfile.read(int(request.headers.get("Content-Length") or 0))

        def passed_on() -> Reply:
            return self._passed_on(request, body)

        for part, rule in self.rules.items():
            if part in request.path:
                return rule(passed_on)
        return passed_on()

    def _passed_on(self, request: BaseHTTPRequestHandler, body: bytes) -> Reply:
        context = ssl.create_default_context(cafile=self.pebble.ca_file)
        there = http.client.HTTPSConnection("127.0.0.1", self.pebble.port, context=context)
        try:
            there.request(request.command, request.path, body, dict(request.headers))
            answer = there.getresponse()
            kept = [(k, v) for k, v in answer.getheaders() if k.lower() not in _OF_THE_CONNECTION]
            return Reply(answer.status, answer.read(), tuple(kept))
        finally:
            there.close()


_OF_THE_CONNECTION = ("connection", "content-length", "transfer-encoding", "date", "server")


def _handler(front: Front) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do(self) -> None:
            reply = front.answer(self)
            self.send_response(reply.status)
            for key, value in reply.headers:
                self.send_header(key, value)
            self.send_header("Content-Length", str(len(reply.body)))
            self.end_headers()
            self.wfile.write(b"" if self.command == "HEAD" else reply.body)

        do_GET = do_POST = do_HEAD = do

        def log_message(self, *_: object) -> None:
            """Nothing."""

    return Handler


# -- rules


def problem(kind: str, detail: str, *, status: int = 403, retry_after: str = "") -> Rule:
    """A problem document: RFC 8555, 6.7."""
    document = {"type": f"urn:ietf:params:acme:error:{kind}", "detail": detail, "status": status}
    headers = [("Content-Type", "application/problem+json"), ("Replay-Nonce", "bm9uY2U")]
    if retry_after:
        headers.append(("Retry-After", retry_after))
    return lambda _: Reply(status, json.dumps(document).encode(), tuple(headers))


def nonsense(body: bytes = b"<html>\x00\xff", status: int = 200) -> Rule:
    """No document at all."""
    return lambda _: Reply(status, body, (("Content-Type", "text/html"),))


def slow(seconds: float) -> Rule:
    """The right answer, late."""

    def late(passed_on: Callable[[], Reply]) -> Reply:
        time.sleep(seconds)
        return passed_on()

    return late


def identity(name: str) -> dict[str, Rule]:
    """The directory says who the authority is in CAA records: RFC 8555, 7.1.1."""

    def named(passed_on: Callable[[], Reply]) -> Reply:
        reply = passed_on()
        directory = json.loads(reply.body)
        directory.setdefault("meta", {})["caaIdentities"] = [name]
        return Reply(200, json.dumps(directory).encode(), reply.headers)

    return {"/dir": named}


def renewal_info(window: Callable[[], dict[str, str]], retry_after: str) -> dict[str, Rule]:
    """RFC 9773: named in the directory, answered with a window."""

    def named(passed_on: Callable[[], Reply]) -> Reply:
        reply = passed_on()
        directory = json.loads(reply.body)
        base = str(directory["newNonce"]).rsplit("/", 1)[0]
        directory["renewalInfo"] = f"{base}/renewal-info"
        return Reply(200, json.dumps(directory).encode(), reply.headers)

    def answered(_: Callable[[], Reply]) -> Reply:
        document = json.dumps({"suggestedWindow": window()}).encode()
        headers = (("Content-Type", "application/json"), ("Retry-After", retry_after))
        return Reply(200, document, headers)

    return {"/dir": named, "/renewal-info/": answered}

"""The real ddclient and ours, side by side: the same files, the same flags, the same answers."""

from __future__ import annotations

import datetime
import ipaddress
import json
import os
import re
import socket
import socketserver
import ssl
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

DDCLIENT = Path("/usr/bin/ddclient")
CACHED_TIMES = ("atime", "mtime", "wtime", "warned-min-interval", "warned-min-error-interval")
# Servers that no file can move: they are reached through a proxy, and it leads here.
FIXED = ("infomaniak.com", "ipv4.api.mythic-beasts.com", "ipv6.api.mythic-beasts.com")
# Signed anew each time, with a salt.
_ONCE = ("X-NFSN-Authentication",)


@dataclass(frozen=True)
class Seen:
    """A request, as it came in."""

    method: str
    target: str
    headers: tuple[tuple[str, str], ...]
    body: object


@dataclass(frozen=True)
class Reply:
    """What is answered; None as status closes the connection without a word."""

    status: int | None = 200
    body: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)


Answers = Callable[[Seen], Reply]


class Server:
    """Records what comes in, over HTTP and over TLS, and answers as it is told."""

    def __init__(self, folder: Path) -> None:
        self.ca = folder / "ca.pem"
        self.seen: list[Seen] = []
        self.answers: Answers = lambda _: Reply()
        _certificate(folder)
        handler = self._handler()
        self._plain = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self._tls = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.ca, folder / "key.pem")
        self._tls.socket = context.wrap_socket(self._tls.socket, server_side=True)
        self.plain = f"127.0.0.1:{self._plain.server_address[1]}"
        self.tls = f"127.0.0.1:{self._tls.server_address[1]}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        server = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_: Any) -> None:
                """Nothing."""

            def handle_one_request(self) -> None:
                try:
                    super().handle_one_request()
                except (OSError, ValueError):
                    self.close_connection = True

            def __getattr__(self, name: str) -> Any:
                if name.startswith("do_"):
                    return self._do
                raise AttributeError(name)

            def _do(self) -> None:
                server.serve(self)

        return Handler

    def serve(self, request: BaseHTTPRequestHandler) -> None:
        """One request."""
        length = int(request.headers.get("Content-Length", "0"))
        body = request.rfile.read(length).decode(errors="surrogateescape")
        target = request.requestline.split(" ", 1)[1].rsplit(" HTTP/", 1)[0]
        raw = request.headers.raw_items()
        headers = tuple((k, "" if k in _ONCE else v) for k, v in raw)
        seen = Seen(request.command, target, headers, _body(body))
        if target != "/ip":
            self.seen.append(seen)
        reply = self.answers(seen)
        request.close_connection = True
        if reply.status is None:
            return
        content = reply.body.encode()
        request.send_response_only(reply.status)
        for name, value in {**reply.headers, "Content-Length": str(len(content))}.items():
            request.send_header(name, value)
        request.send_header("Connection", "close")
        request.end_headers()
        request.wfile.write(content)

    @contextmanager
    def running(self) -> Iterator[Server]:
        """While tests ask it."""
        threads = [
            threading.Thread(target=one.serve_forever, args=(0.05,), daemon=True)
            for one in (self._plain, self._tls)
        ]
        for thread in threads:
            thread.start()
        try:
            yield self
        finally:
            for one in (self._plain, self._tls):
                one.shutdown()
                one.server_close()

    def taken(self) -> list[Seen]:
        """What came in since the last time, sorted: hashes of Perl's have no order."""
        found, self.seen = self.seen, []
        return sorted(found, key=repr)


@contextmanager
def tunnel(to: str) -> Iterator[str]:
    """A proxy that takes CONNECT to anywhere, and leads to one server; its address."""
    host, _, port = to.partition(":")

    class Handler(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            while self.rfile.readline().strip():
                pass
            with socket.create_connection((host, int(port))) as there:
                self.connection.sendall(b"HTTP/1.1 200 Connected\r\n\r\n")
                back = threading.Thread(target=_pump, args=(there, self.connection))
                back.start()
                _pump(self.connection, there)
                back.join()

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Handler) as proxy:
        proxy.daemon_threads = True
        threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
        yield f"127.0.0.1:{proxy.server_address[1]}"
        proxy.shutdown()


def _pump(source: socket.socket, sink: socket.socket) -> None:
    with suppress(OSError):
        while data := source.recv(65536):
            sink.sendall(data)
        sink.shutdown(socket.SHUT_WR)


def _body(text: str) -> object:
    """JSON and forms by what they say: Perl's hashes have no order."""
    try:
        return json.dumps(json.loads(text), sort_keys=True)
    except ValueError:
        return tuple(sorted(parse_qsl(text, keep_blank_values=True))) if "=" in text else text


def _certificate(folder: Path) -> None:
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "lab")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName(
                [
                    x509.IPAddress(ipaddress.ip_address("127.0.0.1")),
                    *(x509.DNSName(name) for name in FIXED),
                ]
            ),
            False,
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), True)
        .sign(key, hashes.SHA256())
    )
    (folder / "ca.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )


# --- one run of each ---

Cached = dict[str, dict[str, str]]


@dataclass
class Result:
    """What a run came to."""

    requests: list[Seen]
    cache: Cached
    status: int
    output: str


@dataclass
class Pair:
    """Both programs, each with a folder of its own."""

    server: Server
    folder: Path

    def run(
        self, config: str, flags: Sequence[str] = (), *, cache: Mapping[str, str] | None = None
    ) -> tuple[Result, Result]:
        """ddclient's result and ours. `cache`: the text that each begins with."""
        theirs = self._one("theirs", [str(DDCLIENT)], config, flags, cache)
        ours = self._one("ours", [sys.executable, "-m", "homeport", "ddns"], config, flags, cache)
        return theirs, ours

    def path(self, who: str, name: str = "cache") -> Path:
        """A file of one of them."""
        return self.folder / who / name

    def _one(
        self,
        who: str,
        program: list[str],
        config: str,
        flags: Sequence[str],
        cache: Mapping[str, str] | None,
    ) -> Result:
        self.path(who).parent.mkdir(exist_ok=True)
        file = self.path(who, "ddclient.conf")
        file.write_text(config, errors="surrogateescape")
        file.chmod(0o600)
        if cache and who in cache:
            self.path(who).write_text(cache[who])
            self.path(who).chmod(0o600)
        words = [*program, "-file", str(file), "-cache", str(self.path(who)), *flags]
        self.server.taken()
        done = subprocess.run(
            words,
            capture_output=True,
            timeout=60,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            check=False,
        )
        output = (done.stdout + done.stderr).decode(errors="replace")
        return Result(self.server.taken(), self.cached(who), done.returncode, output)

    def cached(self, who: str) -> Cached:
        """What a cache says, its times as `now` where they are."""
        path = self.path(who)
        return parse_cache(path.read_text()) if path.exists() else {}


def parse_cache(text: str, now: float | None = None) -> Cached:
    """`key=value,... host` of each line; a time of the last minute is `now`."""
    now, found = now or time.time(), Cached()
    for line in text.splitlines():
        if line.startswith("#"):
            continue
        pairs, _, host = line.rpartition(" ")
        values = dict(pair.partition("=")[::2] for pair in pairs.split(","))
        for key in CACHED_TIMES:
            value = values.get(key, "")
            if value.isdigit():
                values[key] = _when(int(value), now)
        # 0 is less than what ddclient reads: who rewrites a line that it read makes it 30.
        if values.get("wtime") == "30":
            values["wtime"] = "0"
        found[host] = {"host": host, **values}
    return found


def _when(value: int, now: float) -> str:
    if abs(value - now) < 60:
        return "now"
    return f"in {round((value - now) / 20) * 20} s" if value > now else str(value)


def aged(text: str, seconds: int) -> str:
    """A cache as if it had been written so many seconds earlier."""
    keys = "|".join(CACHED_TIMES)

    def older(found: re.Match[str]) -> str:
        value = int(found[2])
        return f"{found[1]}={value - seconds if value > 1000 else value}"

    return re.sub(rf"\b({keys})=(\d+)", older, text)

"""Requests go out: HTTP with exactly the bytes that were decided on, and RFC 2136."""

from __future__ import annotations

import base64
import contextlib
import functools
import http.client
import socket
import ssl
import time
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from urllib.parse import urlsplit

from homeport.dns.ddclient.model import Answer, Message, Request

_MOST = 1 << 20  # bytes of an answer
_HANGS = 10.0  # seconds without an answer
_FORM = "application/x-www-form-urlencoded"
_FAMILIES = {"4": socket.AF_INET, "6": socket.AF_INET6}
_AGENTS = {"3.10": "ddclient/3.10.0", "4.0": "ddclient/4.0.0"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Trust:
    """Which authorities sign for a server."""

    file: str = ""
    folder: str = ""
    check: bool = True


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """How requests go out. `ssl` is what an address without a scheme means."""

    compat: str = "3.10"
    ssl: bool = False
    timeout: float = 120.0
    proxy: str = ""
    ca_file: str = ""
    ca_folder: str = ""

    def send(self, request: Request | Message) -> Answer:
        """One request, and what comes back; never an exception."""
        if isinstance(request, Message):
            from homeport.dns.ddclient.update import send_update

            return send_update(request, min(self.timeout, 20.0))
        return self.fetch(request, family=_FAMILIES.get(request.family, 0))

    def fetch(self, request: Request, *, family: int = 0, check: bool = True) -> Answer:
        """One request over HTTP. Redirects are not followed: where they lead, nobody said."""
        try:
            return self._fetch(request, family, check)
        except (OSError, http.client.HTTPException, ValueError) as error:
            return Answer(status=0, text=str(error) or type(error).__name__)

    def whole(self, url: str) -> str:
        """An address without a scheme is http, or https with `ssl`; 3.10's makes http https."""
        scheme, colon, rest = url.partition("://")
        said = colon != "" and scheme.lower() in ("http", "https")
        secure = scheme == "https" if said and self.compat != "3.10" else self.ssl
        secure = secure or (said and scheme == "https")
        return f"{'https' if secure else 'http'}://{rest if said else url}"

    def _fetch(self, request: Request, family: int, check: bool) -> Answer:
        ends = time.monotonic() + self.timeout
        address = self.whole(request.url)
        parts = urlsplit(address)
        trust = Trust(file=self.ca_file, folder=self.ca_folder, check=check)
        connection = _Connection(
            parts.scheme, parts.netloc, family, trust, self.proxy, self.timeout
        )
        with contextlib.closing(connection):
            target = parts.path or "/"
            target += f"?{parts.query}" if parts.query else ""
            if self.proxy and parts.scheme == "http":
                target = f"http://{parts.netloc}{target}"
            connection.putrequest(request.method, target, skip_host=True, skip_accept_encoding=True)
            for name, value in headers(request, parts.netloc, self.compat):
                connection.putheader(name, value.encode(errors="surrogateescape"))
            connection.endheaders(request.body.encode(errors="surrogateescape") or None)
            return _answer(connection, ends)


def headers(request: Request, host: str, compat: str) -> list[tuple[str, str]]:
    """In ddclient's order: 3.10 writes them itself, 4.0 leaves it to curl."""
    named = {name.lower() for name, _ in request.headers}
    found = [("Host", host)]
    if request.login is not None or request.password is not None:
        pair = f"{request.login or ''}:{request.password or ''}".encode(errors="surrogateescape")
        found.append(("Authorization", f"Basic {base64.b64encode(pair).decode()}"))
    found.append(("User-Agent", _AGENTS[compat]))
    if compat == "3.10":
        return [*found, *_of_body(request, named), ("Connection", "close"), *request.headers]
    accept = [] if "accept" in named else [("Accept", "*/*")]
    return [*found, *accept, *request.headers, *reversed(_of_body(request, named))]


def _of_body(request: Request, named: set[str]) -> list[tuple[str, str]]:
    if not request.body:
        return []
    form = [] if "content-type" in named else [("Content-Type", _FORM)]
    return [*form, ("Content-Length", str(len(request.body.encode(errors="surrogateescape"))))]


@dataclass(slots=True)
class Patient:
    """A sender for all hosts of one server: one that hung once is not asked again in this round."""

    sender: Sender
    hung: set[str] = field(default_factory=set)  # by host and port

    def send(self, request: Request | Message) -> Answer:
        """As Sender's."""
        where = self._where(request)
        if where in self.hung:
            return Answer(status=0, text="it did not answer before, and is not waited for again")
        began = time.monotonic()
        answer = self.sender.send(request)
        if not answer.status and time.monotonic() - began > min(self.sender.timeout, _HANGS):
            self.hung.add(where)
        return answer

    def _where(self, request: Request | Message) -> str:
        if isinstance(request, Message):
            return request.server
        return urlsplit(self.sender.whole(request.url)).netloc


class _Connection(http.client.HTTPConnection):
    """To one server, in one family where that matters, over TLS and through a proxy."""

    def __init__(
        self, scheme: str, netloc: str, family: int, trust: Trust, proxy: str, timeout: float
    ) -> None:
        parts = urlsplit(f"//{netloc}")
        self._server, self._tls, self._family = parts.hostname or "", scheme == "https", family
        self._server_port = parts.port or (443 if self._tls else 80)
        self._trust, self._proxy = trust, urlsplit(f"//{proxy.rpartition('://')[2]}")
        super().__init__(self._server, self._server_port, timeout=timeout)

    def connect(self) -> None:
        proxied = bool(self._proxy.hostname)
        host = self._proxy.hostname or self._server
        port = (self._proxy.port or 80) if proxied else self._server_port
        if proxied and self._tls:
            self.set_tunnel(self._server, self._server_port)  # not with an open connection
        self.sock = _reach(host, port, self._family, self.timeout or 120.0)
        if proxied and self._tls:
            self._tunnel()  # type: ignore[attr-defined]
        if self._tls:
            context = _context(self._trust)
            self.sock = context.wrap_socket(self.sock, server_hostname=self._server)


def _reach(host: str, port: int, family: int, timeout: float) -> socket.socket:
    fault: OSError | None = None
    for found in socket.getaddrinfo(host, port, family, socket.SOCK_STREAM):
        sock = socket.socket(found[0], found[1])
        sock.settimeout(timeout)
        try:
            sock.connect(found[4])
        except OSError as error:
            sock.close()
            fault = error
        else:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            return sock
    raise fault or OSError(f"{host} has no address")


@functools.cache
def _context(trust: Trust) -> ssl.SSLContext:
    """Read once: the authorities of a machine take 30 ms."""
    context = ssl.create_default_context(cafile=trust.file or None, capath=trust.folder or None)
    if not trust.check:
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def _answer(connection: http.client.HTTPConnection, ends: float) -> Answer:
    response = connection.getresponse()
    read = bytearray()
    while len(read) < _MOST:
        left = ends - time.monotonic()
        if left <= 0:
            raise TimeoutError("the answer does not come to its end")
        if connection.sock:
            connection.sock.settimeout(left)
        part = response.read1(65536)
        if not part:
            break
        read += part
    after = _seconds(response.headers.get("Retry-After", ""))
    text = bytes(read).decode(errors="surrogateescape").replace("\r", "")
    return Answer(status=response.status, text=text, retry_after=after)


def _seconds(after: str) -> float:
    """Retry-After: seconds, or a date; 0 for what is neither."""
    if after.isascii() and after.isdigit():
        return float(after)
    try:
        return max(0.0, parsedate_to_datetime(after).timestamp() - time.time())
    except (ValueError, TypeError, OverflowError):
        return 0.0

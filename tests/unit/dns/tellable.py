"""Providers that can only be told an address, on loopback, and a name server that answers it.

The requests that they take are those of their references, and of ddclient's recorded ones.
"""

from __future__ import annotations

import base64
import hashlib
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

import dns.flags
import dns.message
import dns.rcode
import dns.rrset

from tests.serving import Handler, serving

ZONE = "example.org"
LOGIN, SECRET = "us er", "pa$s,w'o&rd"
BASIC = "Basic " + base64.b64encode(f"{LOGIN}:{SECRET}".encode()).decode()
SHA = hashlib.sha1(f"{LOGIN}|{SECRET}".encode()).hexdigest()


@dataclass
class Tellable:
    """What it has, what it was asked, and how it is today."""

    name: str
    records: dict[tuple[str, str], list[str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    mood: tuple[int, dict[str, str], str] | None = None
    unknown: set[str] = field(default_factory=set)  # hosts that the account has not
    address: str = ""
    nameserver: str = ""

    def set(self, host: str, addresses: list[str]) -> None:
        """Of their families alone."""
        for address in addresses:
            self.records[host, "AAAA" if ":" in address else "A"] = [address]

    # -- each answers (status, text)

    def dyndns2(self, path: str, query: Any, proof: str) -> tuple[int, str]:
        if path != "/nic/update" or proof != BASIC:
            return 200, "badauth\n"
        host, addresses = query["hostname"][0], query["myip"][0].split(",")
        if not host.endswith(ZONE) or host in self.unknown:
            return 200, "nohost\n"
        same = all([a] in self.records.values() for a in addresses)
        self.set(host, addresses)
        return 200, f"{'nochg' if same else 'good'} {','.join(addresses)}\n"

    noip = dyndns2

    def ovh(self, path: str, query: Any, proof: str) -> tuple[int, str]:
        assert "," not in query["myip"][0]
        return self.dyndns2(path, query, proof)

    def namecheap(self, path: str, query: Any, proof: str) -> tuple[int, str]:
        good = (path, query["domain"], query["password"]) == ("/update", [ZONE], [SECRET])
        errors = 0 if good else 1
        if good:
            below = query["host"][0]
            self.set(ZONE if below == "@" else f"{below}.{ZONE}", query["ip"])
        return 200, (
            f"<?xml version='1.0'?><interface-response><ErrCount>{errors}</ErrCount>"
            + ("" if good else "<errors><Err1>Passwords do not match</Err1></errors>")
            + "<Done>true</Done></interface-response>"
        )

    def duckdns(self, path: str, query: Any, proof: str) -> tuple[int, str]:
        if (path, query["token"]) != ("/update", [SECRET]):
            return 200, "KO"
        host, clear = f"{query['domains'][0]}.{ZONE}", query.get("clear") == ["true"]
        if "txt" in query:
            self.records[host, "TXT"] = [] if clear else query["txt"]
        elif clear:
            self.records = {k: v for k, v in self.records.items() if k[0] != host}
        else:
            self.set(host, [*query.get("ip", []), *query.get("ipv6", [])])
        return 200, "OK"

    def freedns(self, path: str, query: Any, proof: str) -> tuple[int, str]:
        if path == "/api/":
            if query["sha"] != [SHA]:
                return 200, "ERROR: Could not authenticate."
            rows = [
                f"blog.{ZONE}|{address}|https://freedns.afraid.org/dynamic/update.php?{kind}=="
                for kind, address in (("A", "192.0.2.1"), ("AAAA", "2001:db8::1"))
            ]
            return 200, "\n".join(rows)
        self.set(f"blog.{ZONE}", query["address"])
        return 200, f"Updated blog.{ZONE} to {query['address'][0]} in 0.1 seconds\n"

    def easydns(self, path: str, query: Any, proof: str) -> tuple[int, str]:
        if path != "/dyn/generic.php" or proof != BASIC:
            return 200, "NOACCESS"
        self.set(query["hostname"][0], query["myip"])
        return 200, "NOERROR"


@contextmanager
def running(name: str) -> Iterator[Tellable]:
    """One that answers, and its zone's name server, while the context is open."""
    api = Tellable(name=name)

    class Told(Handler):
        def do_GET(self) -> None:
            api.asked.append(self.path)
            url, proof = urlsplit(self.path), self.headers.get("Authorization", "")
            query = parse_qs(url.query, keep_blank_values=True)
            if api.mood:
                status, headers, text = api.mood
                self.say(status, text, headers)
            else:
                self.say(*getattr(api, name)(url.path, query, proof))

    with serving(Told) as api.address, answering(lambda: api.records) as api.nameserver:
        yield api


@contextmanager
def answering(records: Any) -> Iterator[str]:
    """A name server, over UDP; its ADDRESS:PORT."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
        end.bind(("127.0.0.1", 0))
        end.settimeout(0.05)
        stop = threading.Event()
        thread = threading.Thread(target=_serve, args=(end, records, stop))
        thread.start()
        try:
            yield f"127.0.0.1:{end.getsockname()[1]}"
        finally:
            stop.set()
            thread.join()


def _serve(end: socket.socket, records: Any, stop: threading.Event) -> None:
    while not stop.is_set():
        try:
            data, sender = end.recvfrom(4096)
        except TimeoutError:
            continue
        question = dns.message.from_wire(data)
        answer = dns.message.make_response(question)
        answer.flags |= dns.flags.AA
        asked = question.question[0]
        kind, name = asked.rdtype.name, asked.name.to_text(omit_final_dot=True)
        values = records().get((name, kind), [])
        shown = [f'"{value}"' if kind == "TXT" else value for value in values]
        if shown:
            answer.answer.append(dns.rrset.from_text(asked.name, 60, "IN", kind, *shown))
        else:
            answer.set_rcode(dns.rcode.NXDOMAIN)
        end.sendto(answer.to_wire(), sender)

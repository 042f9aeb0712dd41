"""RFC 2136 with the key file that nsupdate reads."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

from homeport.dns.ddclient.model import Answer, Message

if TYPE_CHECKING:
    from dns.message import Message as DnsMessage

# As they are numbered in a K*.private file.
_ALGORITHMS = {
    "157": "hmac-md5",
    "161": "hmac-sha1",
    "162": "hmac-sha224",
    "163": "hmac-sha256",
    "164": "hmac-sha384",
    "165": "hmac-sha512",
}
_REFUSED = 403  # as an Answer says it: the key, or what it may


def send_update(message: Message, timeout: float) -> Answer:
    """One message for all hosts of the zone: what they had goes, the address comes."""
    import dns.exception
    import dns.tsig

    try:
        return _said(_ask(message, timeout))
    except (dns.tsig.PeerBadKey, dns.tsig.PeerBadSignature) as error:
        return Answer(status=_REFUSED, text=str(error))
    except (OSError, ValueError, dns.exception.DNSException) as error:
        return Answer(status=0, text=str(error) or type(error).__name__)


def _ask(message: Message, timeout: float) -> DnsMessage:
    import dns.query
    import dns.tsig
    import dns.update

    name, algorithm, secret = read_key(Path(message.keyfile))
    key = dns.tsig.Key(name, secret, algorithm)
    update = dns.update.UpdateMessage(message.zone, keyring=key)
    for host, ttl in message.ttls.items():
        update.delete(f"{host}.", message.kind)
        update.add(f"{host}.", ttl, message.kind, message.address)
    host, _, port = message.server.partition(":")
    ask = dns.query.tcp if message.tcp else dns.query.udp
    return ask(update, _address(host), port=int(port or 53), timeout=timeout)


def _said(answer: DnsMessage) -> Answer:
    """What a server answers, as if it spoke HTTP."""
    import dns.rcode

    code = answer.rcode()
    if code == dns.rcode.NOERROR:
        return Answer(status=200, text="NOERROR")
    refused = code in (dns.rcode.REFUSED, dns.rcode.NOTAUTH)
    return Answer(status=_REFUSED if refused else 500, text=dns.rcode.to_text(code))


def _address(host: str) -> str:
    import socket

    found = socket.getaddrinfo(host, 53, type=socket.SOCK_DGRAM)
    return str(found[0][4][0])


def read_key(path: Path) -> tuple[str, str, str]:
    """Name, algorithm and secret: a `key` statement of named's, or dnssec-keygen's K* file."""
    text = path.read_text()
    stated = re.search(r'key\s+"?([^"\s{]+)"?\s*\{(.*?)\}', text, re.DOTALL)
    if stated:
        algorithm = re.search(r'algorithm\s+"?([\w-]+)', stated[2])
        secret = re.search(r'secret\s+"?([^";\s]+)', stated[2])
        if algorithm and secret:
            return stated[1], algorithm[1], secret[1]
    found = re.match(r"K(.+)\.\+(\d+)\+\d+\.", path.name)
    private = path.with_suffix(".private")
    secret = re.search(r"^Key:\s*(\S+)", private.read_text() if found else "", re.MULTILINE)
    if not found or not secret:
        raise ValueError(f"{path} holds no key that nsupdate could read")
    return found[1], _ALGORITHMS[str(int(found[2]))], secret[1]

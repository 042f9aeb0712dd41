"""RFC 2136: updates of a name server, signed with TSIG (RFC 8945).

Prerequisites (RFC 2136, 2.4) make each change compare-and-set: a host that somebody else made
since it was looked at is not touched.
"""

from __future__ import annotations

import asyncio
import binascii
import socket
from collections.abc import Collection, Mapping

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.tsig
import dns.update

from homeport.dns.lean import asyncquery
from homeport.dns.model import MARK, Observed, Zone, endpoint
from homeport.dns.plan import Change, Verb
from homeport.errors import HomeportError, ProviderRefused, RequestError, Unavailable

_SECONDS = 5.0  # for one exchange
_AT_ONCE = 16  # queries
_BAD_KEY = (dns.rcode.NOTAUTH, dns.rcode.REFUSED)


class Rfc2136:
    """A zone whose primary server takes updates.

    Options: server (ADDRESS, ADDRESS:PORT or a name), key_name, key (base64), algorithm.
    """

    marks = removes = v6 = True
    pause = 0.0

    def __init__(self, zone: Zone) -> None:
        options = zone.options
        self._zone, self._ttl = dns.name.from_text(zone.name), zone.ttl
        self._host, self._port = endpoint(options["server"])
        algorithm = options.get("algorithm", "hmac-sha256")
        try:
            self._key = dns.tsig.Key(options["key_name"], options["key"], algorithm)
        except (ValueError, binascii.Error, dns.exception.DNSException) as error:
            hint = "tsig-keygen prints a key: its name and its secret"
            raise RequestError(f"the TSIG key of {zone.name} is none", hint=hint) from error
        self._few = asyncio.Semaphore(_AT_ONCE)

    async def observe(self, hosts: Collection[str]) -> Mapping[str, Observed]:
        """Ask the server that is updated, and no cache."""
        try:
            async with asyncio.TaskGroup() as group:
                tasks = {host: group.create_task(self._look(host)) for host in hosts}
        except ExceptionGroup as errors:  # one says it all; the others were cancelled
            raise errors.exceptions[0] from None
        return {host: task.result() for host, task in tasks.items()}

    async def apply(self, change: Change) -> None:
        """One message: addresses and mark together, or nothing."""
        host, mark = dns.name.from_text(change.host), dns.name.from_text(f"{MARK}.{change.host}")
        update = self._update()
        if change.verb is Verb.MAKE:
            for kind in ("A", "AAAA", "CNAME"):
                update.absent(host, kind)
            update.absent(mark, "TXT")
            update.add(mark, self._ttl, "TXT", _quoted(change.mark))
        else:
            update.present(mark, "TXT", _quoted(change.mark))
            update.delete(host, "A")
            update.delete(host, "AAAA")
        if change.verb is Verb.REMOVE:
            update.delete(mark, "TXT")
        else:
            for kind, values in (("A", change.a), ("AAAA", change.aaaa)):
                for value in values:
                    update.add(host, self._ttl, kind, value)
        await self._send(update, f"{change.verb} {change.host}")

    async def set_txt(self, name: str, value: str) -> None:
        """Add a value."""
        update = self._update()
        update.add(dns.name.from_text(name), self._ttl, "TXT", _quoted(value))
        await self._send(update, f"TXT of {name}")

    async def remove_txt(self, name: str, value: str) -> None:
        """Take a value away."""
        update = self._update()
        update.delete(dns.name.from_text(name), "TXT", _quoted(value))
        await self._send(update, f"TXT of {name}")

    def _update(self) -> dns.update.UpdateMessage:
        return dns.update.UpdateMessage(self._zone, keyring=self._key)

    async def _look(self, host: str) -> Observed:
        async with self._few:
            a, named = await self._ask(host, "A")
            aaaa, _ = await self._ask(host, "AAAA")
            mark, _ = await self._ask(f"{MARK}.{host}", "TXT")
        return Observed(a=a, aaaa=aaaa, cname=named, mark=mark)

    async def _ask(self, name: str, kind: str) -> tuple[tuple[str, ...], bool]:
        """The values, sorted, and whether the name is a CNAME. A wildcard's are not the name's."""
        query = dns.message.make_query(name, kind)
        query.flags &= ~dns.flags.RD
        query.use_tsig(self._key)
        answer = await self._exchange(query)
        if answer.rcode() not in (dns.rcode.NOERROR, dns.rcode.NXDOMAIN):
            raise self._failed(f"question for {name}", answer.rcode())
        wanted, asked = dns.rdatatype.from_text(kind), dns.name.from_text(name)
        named = any(s.rdtype == dns.rdatatype.CNAME and s.name == asked for s in answer.answer)
        values = [
            b"".join(rdata.strings).decode(errors="replace") if kind == "TXT" else rdata.to_text()
            for rrset in answer.answer
            if rrset.rdtype == wanted and rrset.name == asked
            for rdata in rrset
        ]
        return tuple(sorted(values)), named

    async def _send(self, update: dns.update.UpdateMessage, what: str) -> None:
        answer = await self._exchange(update)
        if answer.rcode() != dns.rcode.NOERROR:
            raise self._failed(what, answer.rcode())

    def _failed(self, what: str, code: dns.rcode.Rcode) -> HomeportError:
        said = f"{self._host} answers {dns.rcode.to_text(code)} to {what}"
        if code in _BAD_KEY:
            return ProviderRefused(said, hint="does allow-update let this key change the zone?")
        if code in (dns.rcode.NXRRSET, dns.rcode.YXRRSET, dns.rcode.YXDOMAIN):
            return RequestError(said, hint="somebody else changed it; it is looked at again")
        return Unavailable(said)

    async def _exchange(self, message: dns.message.Message) -> dns.message.Message:
        try:
            where = await self._address()
            return await asyncquery.tcp(message, where, timeout=_SECONDS, port=self._port)
        except (dns.tsig.PeerBadTime, dns.tsig.BadTime) as error:
            text = f"{self._host} and this box do not agree on the time: {error}"
            raise ProviderRefused(text, hint="is the clock of this box right?") from error
        except (dns.tsig.PeerError, dns.tsig.BadSignature) as error:
            hint = "key_name, key and algorithm are those of the server's key"
            raise ProviderRefused(
                f"{self._host} does not take the TSIG key: {error}", hint=hint
            ) from error
        except (OSError, EOFError, dns.exception.DNSException) as error:
            said = str(error) or type(error).__name__
            raise Unavailable(f"{self._host}:{self._port} does not answer: {said}") from error

    async def _address(self) -> str:
        loop = asyncio.get_running_loop()
        found = await loop.getaddrinfo(self._host, self._port, type=socket.SOCK_STREAM)
        return str(found[0][4][0])


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

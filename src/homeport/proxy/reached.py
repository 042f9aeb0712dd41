"""How visitors reach a host: its name, the port, TLS. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from homeport.proxy.findings import Finding, fail, ok, warn
from homeport.proxy.reasons import listed
from homeport.proxy.seen import Names, Observation

_LOCAL = "local"  # the box's own authority
_WHOSE = "homeport cert list says who signed it; what staging signs is for trying out"


def name(seen: Observation) -> Iterator[Finding]:
    """What its name leads to."""
    names = seen.names
    if names is None:
        return
    if not names.addresses:
        reason = names.fault or "it has no address"
        hint = f"add an A or AAAA record for {seen.host}, or let homeport ddns keep one"
        yield fail(
            "name", f"this machine's resolver finds no address for {seen.host}: {reason}", hint
        )
    elif set(names.addresses) <= set(names.here):
        yield ok("name", f"{seen.host} is {listed(names.addresses)}: this machine")
    else:
        elsewhere = [a for a in names.addresses if a not in names.here]
        hint = "right if that is your router's address, and it forwards the ports to this machine"
        text = f"{seen.host} is {listed(elsewhere)}: no address of this machine's"
        yield warn("name", text, hint)
    yield from _authorities(names)


def _authorities(names: Names) -> Iterator[Finding]:
    """Where the zone's own servers say something else, caches are old or a server is."""
    for one in names.authorities:
        if one.fault:
            yield warn("name", f"its name server {one.server} says nothing: {one.fault}")
        elif set(one.addresses) != set(names.addresses):
            said = listed(one.addresses) or "that there is no such name"
            hint = "a resolver remembers what it was told until the TTL is over"
            yield warn("name", f"its name server {one.server} says {said}", hint)
        else:
            yield ok("name", f"its name server {one.server} says the same")


def port(seen: Observation) -> Iterator[Finding]:
    """Whether somebody listens there."""
    number = seen.http.number
    if seen.http.accepts:
        yield ok("port", f"port {number} of this machine accepts connections")
    else:
        hint = "does nginx run, and does a firewall close the port? homeport doctor looks"
        yield fail("port", f"nobody accepts connections at port {number} of this machine", hint)


def https(seen: Observation) -> Iterator[Finding]:
    """Whether a browser gets a certificate that it trusts."""
    yield from _signing(seen)
    if seen.tls.certificate:
        until = datetime.fromtimestamp(seen.tls.not_after, UTC).date()
        text = f"{seen.tls.certificate}.crt is good until {until}; port 80 {seen.tls.http}"
        yield ok("https", text)
    if seen.handshake is None:
        return
    if not seen.handshake.shown:
        why = seen.tls.why_not or f"there is no certificate for {seen.host}"
        hint = "HTTP is answered; for HTTPS a certificate for this name has to be there"
        yield warn("https", f"{why}: TLS is turned away", hint)
    elif seen.handshake.fault and seen.signing and seen.signing.issuer == _LOCAL:
        text = f"this machine does not trust this box's authority yet: {seen.handshake.fault}"
        yield warn("https", text, "homeport proxy ca install; elsewhere: homeport proxy ca show")
    elif seen.handshake.fault:
        text = f"a browser does not trust the certificate: {seen.handshake.fault}"
        nobodys = "issuer" in text or "self-signed" in text
        yield fail("https", text, _WHOSE if nobodys else "")
    else:
        yield ok("https", "the certificate is trusted")


def _signing(seen: Observation) -> Iterator[Finding]:
    """How far its certificate is: the name, the order, the next renewal."""
    if (signing := seen.signing) is None:
        return
    if signing.trouble:
        # What is there serves on.
        tell = warn if signing.until else fail
        yield tell("certificate", f"{signing.trouble} ({signing.why})", signing.hint)
    elif signing.until is None:
        yield warn("certificate", f"there is none yet: {signing.why}", signing.hint)
    else:
        yield ok("certificate", f"it is kept up to date: {signing.why}")

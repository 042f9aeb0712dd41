"""Files and hosts for tests."""

from __future__ import annotations

from homeport.dns.ddclient.grammar import File, read
from homeport.dns.ddclient.options import parse as parse_flags
from homeport.dns.ddclient.protocols.known import PROTOCOLS
from homeport.dns.ddclient.settle import Configured, Settled, settle
from homeport.dns.ddclient.words import known

__all__ = ["ONE", "file_of", "host_of", "parse_flags", "settled_of"]
ONE = "use=ip, ip=8.8.4.4\nserver=dyn.example.org, login=me, password=s3cr3t a.example.org\n"


def file_of(text: str, compat: str = "3.10") -> File:
    """A file, read."""
    return read(
        text,
        known(compat),
        protocols=PROTOCOLS[compat],
        environment={"TOKEN": "from-outside"} if compat == "4.0" else None,
        first_wins=compat == "4.0",
    )


def settled_of(text: str = ONE, *flags: str, compat: str = "3.10") -> Settled:
    """A file and flags, put together."""
    return settle(file_of(text, compat), parse_flags(list(flags)), {}, compat=compat)


def host_of(text: str = ONE) -> Configured:
    """The only host of a file."""
    (host,) = settled_of(text).hosts.values()
    return host

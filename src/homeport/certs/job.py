"""What is said between the daemon and the process that orders: one line of JSON each."""

from __future__ import annotations

from pathlib import Path

import msgspec

from homeport.certs.model import Held, Holder, Problem, Server, Wanted, Window


class Places(msgspec.Struct, frozen=True, kw_only=True):
    """The folders that a certificate needs."""

    certs: str  # what nginx is given
    tokens: str  # what nginx shows below /.well-known/acme-challenge/
    state: str  # accounts and orders
    ca: str  # the box's own authority

    def __post_init__(self) -> None:
        assert all(Path(path).is_absolute() for path in (self.certs, self.tokens, self.state))


class Issue(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Get a certificate, and keep it."""

    wanted: Wanted
    places: Places
    server: Server = Server()
    replaces: str = ""  # the renewal id of the one before
    nameservers: dict[str, tuple[tuple[str, int], ...]] = {}  # zone -> those to ask about CAA


class Revoke(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Revoke a certificate that is there."""

    key: str
    reason: int  # RFC 5280, 5.3.1
    places: Places
    server: Server = Server()


class AskWindows(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """When a server wants certificates to be renewed."""

    holder: Holder
    renewal_ids: tuple[str, ...]
    places: Places
    server: Server = Server()


Job = Issue | Revoke | AskWindows


class Issued(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It is kept."""

    held: Held


class Refused(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """It failed."""

    problem: Problem


class Done(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Revoked, or what was asked."""

    windows: dict[str, Window] = {}


class Txt(msgspec.Struct, frozen=True, kw_only=True, tag=True):
    """Asks the daemon for a TXT record, or for it to go; it answers with Said."""

    name: str
    value: str
    there: bool


class Said(msgspec.Struct, frozen=True, kw_only=True):
    """The daemon's answer: "" where it is done, else the reason."""

    fault: str = ""


Line = Issued | Refused | Done | Txt

"""The nouns of certificates. Pure."""

from __future__ import annotations

import hashlib

import msgspec

LOCAL = "local"  # in the place of a directory: the box's own CA


class Holder(msgspec.Struct, frozen=True, kw_only=True):
    """Whose account it is, at which server."""

    directory: str
    email: str = ""
    key_id: str = ""  # of the external account that it is bound to, "" for none


class Secrets(msgspec.Struct, frozen=True, kw_only=True):
    """What nobody may read in a log: it is never printed."""

    binding: str = ""  # HMAC key of the external account
    zerossl: str = ""  # key of ZeroSSL's own API, which gives such accounts
    dns: dict[str, str] = {}  # credentials of a provider of DNS

    def __repr__(self) -> str:
        return "Secrets(...)"


class Ignored(msgspec.Struct, frozen=True, kw_only=True):
    """A variable that is not carried out; the certificate comes all the same."""

    variable: str
    reason: str
    hint: str = ""

    def __str__(self) -> str:
        return f"{self.variable}: {self.reason}"


class Wanted(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that somebody asks for. The first name is the one that it is called by."""

    names: tuple[str, ...]  # host names, lower case; a wildcard as *.example.org
    directory: str  # URL of the ACME server's directory, or LOCAL
    email: str = ""
    challenge: str = "http"  # http, dns
    key_type: str = "ec-256"  # ec-256, ec-384, or the bits of an RSA key
    profile: str = ""  # of the ACME server, "" for its default
    owner: str = ""  # the app, or the container
    chain: str = ""  # a part of the name in which the chain should end, where there are several
    renew_after: float = 0.0  # seconds; 0: as the server says, or at two thirds of its life
    same_key: bool = False  # a renewal keeps the private key
    key_id: str = ""  # of the external account
    dns: str = ""  # provider that proves the names by credentials of its own; "": the box's zones
    secrets: Secrets = Secrets()
    restarts: tuple[str, ...] = ()  # ids of containers that are restarted when it has come
    ignored: tuple[Ignored, ...] = ()

    @property
    def holder(self) -> Holder:
        """Whose account orders it."""
        return Holder(directory=self.directory, email=self.email, key_id=self.key_id)

    @property
    def key(self) -> str:
        """What tells it from others, fit for a file: other names or another issuer are another."""
        text = f"{self.directory} {' '.join(sorted(self.names))}"
        return f"{file_name(self.names[0])}-{hashlib.sha256(text.encode()).hexdigest()[:8]}"


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """A certificate that is there, with its private key. Times are seconds since the epoch."""

    names: tuple[str, ...]
    directory: str
    not_before: float
    not_after: float
    serial: str  # hexadecimal
    fingerprint: str  # SHA-256 of the certificate, hexadecimal
    renewal_id: str = ""  # what renewal information is asked by, RFC 9773, 4.1
    email: str = ""  # of the account that it was ordered by
    key_id: str = ""  # of the same
    chain: str = ""  # the name in which it ends
    revoked: bool = False  # it serves until another is there, which is ordered at once

    @property
    def holder(self) -> Holder:
        """Whose account ordered it, and may revoke it."""
        return Holder(directory=self.directory, email=self.email, key_id=self.key_id)


class Attempt(msgspec.Struct, frozen=True, kw_only=True):
    """What is remembered of a certificate that did not come."""

    failures: int
    not_before: float  # when the next attempt may be
    step: str  # what failed: name, order, challenge, certificate, https
    reason: str
    hint: str = ""
    at: float = 0.0


class Window(msgspec.Struct, frozen=True, kw_only=True):
    """When the server wants a certificate to be renewed, and when it is asked again."""

    start: float = 0.0  # 0: it does not say
    end: float = 0.0
    ask_again: float = 0.0


class Problem(msgspec.Struct, frozen=True, kw_only=True):
    """Why an order failed. `kind` is the server's own word (RFC 8555, 6.7), or one of ours.

    Ours: down, garbage, deadline, disk, dns-provider, forbidden, homeport.
    """

    kind: str
    detail: str
    host: str = ""  # the name that it is about, "" where it is about none
    after: float = 0.0  # seconds for which the server wants to be left alone
    step: str = "order"  # account, order, challenge, certificate


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """How ACME servers are spoken to."""

    ca_file: str = ""  # what their own certificates are checked against; "": the system's
    zerossl: str = "https://api.zerossl.com"  # where its keys are exchanged for accounts
    seconds: float = 90.0  # that an order may take


def file_name(name: str) -> str:
    """What a certificate's files are called by nginx-proxy's rule: a wildcard as its parent."""
    return name.removeprefix("*.")

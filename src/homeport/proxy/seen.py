"""What was observed of one host name, from DNS to the container. Pure: values, as JSON too."""

from __future__ import annotations

import msgspec

from homeport.model.container import Health, Phase


class Authority(msgspec.Struct, frozen=True, kw_only=True):
    """What one of the zone's own name servers says."""

    server: str
    addresses: tuple[str, ...] = ()
    fault: str = ""  # why it says nothing


class Names(msgspec.Struct, frozen=True, kw_only=True):
    """What DNS says of a name, and which of its addresses are this machine's."""

    addresses: tuple[str, ...] = ()
    here: tuple[str, ...] = ()
    fault: str = ""
    authorities: tuple[Authority, ...] = ()


class Port(msgspec.Struct, frozen=True, kw_only=True):
    """A port of the machine on which the proxy should be."""

    number: int
    accepts: bool
    address: str = "127.0.0.1"  # at which it was asked


class Server(msgspec.Struct, frozen=True, kw_only=True):
    """nginx: the generation that it should serve, and the one that answers; 0 where none does."""

    container: str
    state: str
    wanted: int
    answering: int
    networks: tuple[str, ...] = ()
    told: str = "homeport events"  # where it is told why it did not take a configuration


class Served(msgspec.Struct, frozen=True, kw_only=True):
    """A path of the host, as the proxy serves it."""

    host: str  # as it was asked for: `*.example.org` serves more than one
    path: str
    owner: str
    upstreams: tuple[str, ...]  # container (address:port)
    why_not: tuple[str, ...]
    held: float = 0.0  # seconds for which its requests are held still
    coming: bool = False  # whether somebody is on the way: boots, or is started again
    leads_to: str = ""  # the host that it leads to
    in_its_way: tuple[str, ...] = ()  # what answers a visitor before its containers do


class Listening(msgspec.Struct, frozen=True, kw_only=True):
    """A port on which something in the container listens. `loopback`: for itself alone."""

    port: int
    loopback: bool


class Candidate(msgspec.Struct, frozen=True, kw_only=True):
    """A container that asks for the host."""

    name: str
    project: str
    state: str
    phase: Phase
    health: Health
    networks: tuple[str, ...]
    network_mode: str
    port: int  # at which it should answer; 0 where that is not known
    address: str = ""  # in a network that nginx is in
    accepts: bool = False
    listening: tuple[Listening, ...] | None = ()  # None: nobody here sees it
    served: bool = False
    stop_requested: bool = False
    refused: str = ""  # why what it asks for is not carried out
    exit_code: int = 0
    restarts: int = 0
    check: str = ""  # the last line that its healthcheck printed


class Sent(msgspec.Struct, frozen=True, kw_only=True):
    """An answer that nginx gave. `asked_by`: homeport, to see, or a visitor."""

    status: int
    seconds: float
    asked_by: str
    tries: tuple[str, ...] | None = ()  # address status, of each that was asked; None: not known


class Handshake(msgspec.Struct, frozen=True, kw_only=True):
    """TLS for the name at the proxy's port. `fault`: why a browser would not trust it."""

    shown: bool  # whether a certificate was shown at all
    fault: str = ""


class Https(msgspec.Struct, frozen=True, kw_only=True):
    """The certificate that the proxy has for the name. `why_not`: why it has none."""

    certificate: str = ""  # the name of its files
    not_after: float = 0.0  # epoch
    why_not: str = ""
    http: str = ""  # what port 80 does: serves, redirects, does not serve


class Signing(msgspec.Struct, frozen=True, kw_only=True):
    """What becomes of the host's certificate, where one is wanted."""

    next: str  # LookUp, Order, Renew, Wait, Keep
    why: str
    issuer: str = ""  # URL of a directory; local: the box's own authority
    until: float | None = None  # epoch; None where there is none yet
    trouble: str = ""  # why the last attempt failed
    hint: str = ""


class Past(msgspec.Struct, frozen=True, kw_only=True):
    """Something that happened to the host's routes before."""

    at: float  # epoch
    text: str


class Observation(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that decides what a host answers."""

    host: str
    nginx: Server
    http: Port
    https: Port
    own: bool = False  # whether it is the name of homeport itself
    names: Names | None = None
    owner: str = ""  # who has the host
    routes: tuple[Served, ...] = ()
    candidates: tuple[Candidate, ...] = ()
    others: tuple[str, ...] = ()  # the hosts that are served
    answers: tuple[Sent, ...] = ()
    handshake: Handshake | None = None
    tls: Https = Https()
    signing: Signing | None = None
    lately: tuple[Past, ...] = ()  # the oldest first

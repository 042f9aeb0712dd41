"""Names: the address of the box, records, and certificates."""

from __future__ import annotations

from homeport.events.base import Event


class RecordMade(Event, frozen=True, kw_only=True):
    """A host that is routed has its records now."""

    host: str
    values: tuple[str, ...]


class RecordChanged(Event, frozen=True, kw_only=True):
    """The records of a host were others: the address changed, or somebody else changed them."""

    host: str
    values: tuple[str, ...]
    why: str


class RecordRemoved(Event, frozen=True, kw_only=True):
    """The records of a host are gone, since its app is, or does not ask for the host any more."""

    host: str
    why: str = ""


class RecordLive(Event, frozen=True, kw_only=True):
    """The zone's own name servers answer with what was set."""

    host: str
    values: tuple[str, ...]
    servers: tuple[str, ...]
    seconds: float  # since it was set


class RecordLate(Event, frozen=True, kw_only=True):
    """The zone's own name servers do not answer yet with what was set; they were asked for long."""

    host: str
    reason: str
    hint: str = ""


class RecordFailed(Event, frozen=True, kw_only=True):
    """Records could not be brought up to date; told once for each reason. `host` "": the zone."""

    zone: str
    host: str
    reason: str
    hint: str = ""


class ZonesRead(Event, frozen=True, kw_only=True):
    """The file of zones says something else than before, and that holds now."""

    file: str
    zones: tuple[str, ...]


class ZonesRefused(Event, frozen=True, kw_only=True):
    """The file of zones changed and is no good: what it said before holds."""

    place: str  # FILE:LINE:COLUMN: FIELD
    reason: str
    hint: str = ""


class AddressChanged(Event, frozen=True, kw_only=True):
    """The box has other addresses than before. "": none of that family is known."""

    v4: str
    v6: str
    source: str  # what said so


class AddressUnknown(Event, frozen=True, kw_only=True):
    """Whoever should say the address says none; told once for each reason."""

    reason: str
    hint: str = ""


class CertificateOrdered(Event, frozen=True, kw_only=True):
    """A certificate is being ordered: its names lead to this box, or are proved by DNS."""

    names: tuple[str, ...]
    why: str


class CertificateIssued(Event, frozen=True, kw_only=True):
    """A certificate came, and is kept. `until`: seconds since the epoch."""

    names: tuple[str, ...]
    until: float
    serial: str
    seconds: float  # since it was ordered


class CertificateFailed(Event, frozen=True, kw_only=True):
    """A certificate did not come, or is not answered with; what was there before serves.

    `step`: name (it does not lead here), account, order, challenge, certificate, https.
    """

    names: tuple[str, ...]
    step: str
    reason: str
    hint: str = ""
    again_in: float = 0.0  # seconds; 0 where nothing is tried again by itself


class CertificateRevoked(Event, frozen=True, kw_only=True):
    """A certificate was revoked; where one is wanted it serves until another is there."""

    names: tuple[str, ...]
    serial: str


class VariableIgnored(Event, frozen=True, kw_only=True):
    """A container's variable about its certificate is not carried out; the certificate comes."""

    names: tuple[str, ...]
    variable: str
    reason: str
    hint: str = ""


class ContainerRestarted(Event, frozen=True, kw_only=True):
    """A container was restarted, as it asked, since its certificate is another."""

    container: str
    fault: str = ""  # why it was not


class HttpsLive(Event, frozen=True, kw_only=True):
    """The proxy answers by https at these names, with a new certificate."""

    names: tuple[str, ...]
    seconds: float  # since it was ordered

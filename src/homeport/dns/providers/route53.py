"""Route 53: sets of records over XML, each request signed. Pure.

Source: Amazon Route 53 API Reference 2013-04-01: ListHostedZonesByName, ListResourceRecordSets,
ChangeResourceRecordSets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote
from xml.etree import ElementTree
from xml.sax.saxutils import escape

from homeport.dns.providers.dialects import Plain, Request, Row
from homeport.dns.providers.sigv4 import Credentials, signed

_BELOW = "/2013-04-01"
_NAMESPACE = re.compile(rb' xmlns="[^"]*"')
_CHANGE = """<?xml version="1.0" encoding="UTF-8"?>
<ChangeResourceRecordSetsRequest xmlns="https://route53.amazonaws.com/doc/2013-04-01/"><ChangeBatch>\
<Changes><Change><Action>{action}</Action><ResourceRecordSet><Name>{name}</Name><Type>{kind}</Type>\
<TTL>{ttl}</TTL><ResourceRecords>{values}</ResourceRecords></ResourceRecordSet></Change></Changes>\
</ChangeBatch></ChangeResourceRecordSetsRequest>"""


class Route53(Plain):
    """`key` and `secret`: of a user who may list and change the zone."""

    address = "https://route53.amazonaws.com"
    least_ttl = 1

    def sign(self, request: Request, host: str, now: float) -> Mapping[str, str]:
        """Each request anew."""
        options = self._zone.options
        credentials = Credentials(
            key=options["key"], secret=options["secret"], region="us-east-1", service="route53"
        )
        body = request.body if isinstance(request.body, bytes) else b""
        return signed(credentials, request.method, host + request.path, {}, body, now=now)

    def read(self, content: bytes) -> Any:
        """XML, without its namespace and without entities of its own making."""
        if b"<!DOCTYPE" in content or b"<!ENTITY" in content:
            raise ValueError("XML with a document type")
        try:
            return ElementTree.fromstring(_NAMESPACE.sub(b"", content))  # noqa: S314 - checked
        except ElementTree.ParseError as error:
            raise ValueError(str(error)) from error

    def find(self) -> Request | None:
        """By the name of the zone."""
        path = f"{_BELOW}/hostedzonesbyname?dnsname={quote(self._zone.name)}&maxitems=1"
        return Request(method="GET", path=path)

    def found(self, answer: Any) -> str:
        """The list begins with the zone, or with the next one in the alphabet."""
        zone = _part(answer, "HostedZones").find("HostedZone")
        if zone is None or zone.findtext("Name", "").rstrip(".") != self._zone.name:
            return ""
        return str(zone.findtext("Id", "")).rpartition("/")[2]

    def list(self, zone_id: str, page: int) -> Request:
        """From where the page before said that it goes on."""
        path = f"{_BELOW}/hostedzone/{zone_id}/rrset?maxitems=300"
        return Request(method="GET", path=path + self._next)

    _next = ""

    def rows(self, answer: Any) -> Sequence[Row]:
        """Aliases have no values, and are not ours. The id is the TTL: a set goes as it is."""
        return [
            Row(
                name=_unescaped(one.findtext("Name", "")),
                kind=one.findtext("Type", ""),
                value=value.findtext("Value", ""),
                id=one.findtext("TTL", ""),
            )
            for one in _part(answer, "ResourceRecordSets").iterfind("ResourceRecordSet")
            for value in one.iterfind("ResourceRecords/ResourceRecord")
        ]

    def is_last(self, answer: Any, page: int) -> bool:
        """Whether it goes on."""
        name, kind = answer.findtext("NextRecordName", ""), answer.findtext("NextRecordType", "")
        more = answer.findtext("IsTruncated") == "true"
        self._next = f"&name={quote(name)}&type={quote(kind)}" if more else ""
        return not more

    def put(
        self, zone_id: str, name: str, kind: str, values: Sequence[str], had: Sequence[Row]
    ) -> Sequence[Request]:
        """One change: it is made whole, or not at all."""
        if not values and not had:
            return []
        kept = values or [row.value for row in had]
        ttl = str(self._ttl) if values else had[0].id or str(self._ttl)
        body = _CHANGE.format(
            action="UPSERT" if values else "DELETE",
            name=escape(f"{name}."),
            kind=kind,
            ttl=escape(ttl),
            values="".join(_value(kind, value) for value in kept),
        )
        path = f"{_BELOW}/hostedzone/{zone_id}/rrset/"
        return [Request(method="POST", path=path, body=body.encode())]


def _part(answer: Any, name: str) -> Any:
    """A part that each answer has; KeyError for a page that is something else."""
    found = answer.find(name)
    if found is None:
        raise KeyError(name)
    return found


def _value(kind: str, value: str) -> str:
    shown = json.dumps(value, ensure_ascii=False) if kind == "TXT" else value
    return f"<ResourceRecord><Value>{escape(shown)}</Value></ResourceRecord>"


def _unescaped(name: str) -> str:
    r"""`\\052.example.org.`: a wildcard, as Route 53 writes it."""
    return name.replace("\\052", "*")

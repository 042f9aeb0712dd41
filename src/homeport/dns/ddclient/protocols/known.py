"""Every protocol by its name: those of ddclient 3.10, and those that 4.0 added. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType

from homeport.dns.ddclient.protocols import (
    answers,
    dyndns,
    rest,
)
from homeport.dns.ddclient.protocols.base import (
    Proof,
    Protocol,
)
from homeport.dns.ddclient.protocols.table_apis import OF_REST
from homeport.dns.ddclient.protocols.table_dyndns import OF_DYNDNS
from homeport.dns.ddclient.protocols.table_newer import OF_4
from homeport.dns.ddclient.protocols.table_queries import OF_QUERIES
from homeport.dns.ddclient.words import COMMON, GLOBALS, OWN

_3_10 = {p.name: p for p in (*OF_DYNDNS, *OF_QUERIES, *OF_REST)}
_DYNDNS2_OF_4 = replace(_3_10["dyndns2"], talk=dyndns.dyndns2_of_4, proof=Proof.READ, both=True)
_DUCKDNS_OF_4 = replace(
    _3_10["duckdns"], talk=answers.duckdns_of_4, proof=Proof.RECORDED, both=True
)
_HETZNER_OF_4 = replace(_3_10["hetzner"], talk=rest.hetzner_of_4, proof=Proof.RECORDED)
_4_0 = (
    _3_10
    | {p.name: p for p in OF_4}
    | {"dyndns2": _DYNDNS2_OF_4, "duckdns": _DUCKDNS_OF_4, "hetzner": _HETZNER_OF_4}
)
PROTOCOLS: Mapping[str, Mapping[str, Protocol]] = MappingProxyType(
    {"3.10": MappingProxyType(_3_10), "4.0": MappingProxyType(_4_0)}
)
VERSIONS = tuple(PROTOCOLS)


# Where 4.0 has another default; Google's page, which 3.10 asks, has gone.
_DEFAULTS_OF_4 = {"ssl": "1", "webv4": "ipify-ipv4", "webv6": "ipify-ipv6"}


def default_of(key: str, compat: str = "3.10") -> str:
    """What a keyword is where nobody says anything; "" where that is nothing."""
    if compat != "3.10" and key in _DEFAULTS_OF_4:
        return _DEFAULTS_OF_4[key]
    keyword = GLOBALS.get(key) or COMMON.get(key) or OWN.get(key)
    return (keyword.default if keyword else None) or ""

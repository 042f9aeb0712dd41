"""The protocols that came after ddclient 3.10, with their keywords. Pure."""

from __future__ import annotations

from homeport.dns.ddclient.keywords import Keyword, Kind
from homeport.dns.ddclient.protocols import newer, queries
from homeport.dns.ddclient.protocols.base import Proof, Protocol
from homeport.dns.ddclient.protocols.fields import AT_LEAST_FIVE, UNUSED, one, server, zone
from homeport.dns.ddclient.words import COMMON

OF_4 = (
    one(
        "enom",
        newer.enom_request,
        newer.enom_answer,
        {"server": server("dynamic.name-services.com"), "min-interval": AT_LEAST_FIVE},
        proof=Proof.RECORDED,
        since="4.0",
    ),
    one(
        "domeneshop",
        newer.domeneshop_request,
        newer.any_answer,
        {"server": server("api.domeneshop.no")},
        proof=Proof.RECORDED,
        since="4.0",
    ),
    one(
        "regfishde",
        newer.regfishde_request,
        queries.success_answer,
        {"server": server("dyndns.regfish.de"), "login": UNUSED},
        proof=Proof.RECORDED,
        since="4.0",
    ),
    Protocol(
        name="dnsexit2",
        talk=newer.dnsexit2,
        keywords={
            **COMMON,
            "server": server("api.dnsexit.com"),
            "path": Keyword(Kind.TEXT, "/dns/"),
            "ttl": Keyword(Kind.NUMBER, "5"),
            "zone": Keyword(Kind.OFQDN),
            "login": UNUSED,
        },
        both=True,
        proof=Proof.RECORDED,
        since="4.0",
    ),
    Protocol(
        name="digitalocean",
        talk=newer.digitalocean,
        keywords={
            **COMMON,
            "login": UNUSED,
            "server": server("api.digitalocean.com"),
            "zone": zone(),
        },
        both=True,
        proof=Proof.RECORDED,
        since="4.0",
    ),
    Protocol(
        name="porkbun",
        talk=newer.porkbun,
        keywords={
            **COMMON,
            "login": UNUSED,
            "password": UNUSED,
            "server": server("api.porkbun.com"),
            "apikey": Keyword(Kind.TEXT, required=True),
            "secretapikey": Keyword(Kind.TEXT, required=True),
            "root-domain": Keyword(Kind.OFQDN),
            "on-root-domain": Keyword(Kind.BOOL, "0"),
        },
        both=True,
        proof=Proof.PUBLISHED,
        since="4.0",
    ),
)

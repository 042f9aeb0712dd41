"""The protocols that came after ddclient 3.10, with their keywords. Pure."""

from __future__ import annotations

from homeport.dns.ddclient.keywords import DAY, Keyword, Kind
from homeport.dns.ddclient.protocols import newer, of_4_0, queries
from homeport.dns.ddclient.protocols.base import Proof, Protocol
from homeport.dns.ddclient.protocols.fields import (
    AT_LEAST_FIVE,
    FIVE,
    UNUSED,
    one,
    script,
    server,
    zone,
)
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
    Protocol(
        name="infomaniak",
        talk=of_4_0.of_each_family(of_4_0.infomaniak_request, of_4_0.one_word),
        keywords=COMMON,
        both=True,
        proof=Proof.RECORDED,
        since="4.0",
    ),
    Protocol(
        name="mythicdyn",
        talk=of_4_0.of_each_family(of_4_0.mythicdyn_request, newer.any_answer),
        keywords={**COMMON, "server": server("api.mythic-beasts.com"), "min-interval": FIVE},
        both=True,
        proof=Proof.RECORDED,
        since="4.0",
    ),
    Protocol(
        name="he.net",
        talk=of_4_0.of_each_family(of_4_0.henet_request, of_4_0.one_word),
        keywords={
            **COMMON,
            "login": UNUSED,
            "server": server("dyn.dns.he.net"),
            "min-interval": FIVE,
        },
        both=True,
        proof=Proof.READ,
        since="4.0",
    ),
    Protocol(
        name="ddns.fm",
        talk=of_4_0.of_each_family(of_4_0.ddnsfm_request, newer.any_answer),
        keywords={**COMMON, "login": UNUSED, "server": server("api.ddns.fm")},
        both=True,
        proof=Proof.READ,
        since="4.0",
    ),
    Protocol(
        name="directnic",
        talk=of_4_0.directnic,
        keywords={
            **COMMON,
            "login": UNUSED,
            "password": UNUSED,
            "urlv4": Keyword(Kind.TEXT),
            "urlv6": Keyword(Kind.TEXT),
        },
        both=True,
        proof=Proof.READ,
        since="4.0",
    ),
    Protocol(
        name="inwx",
        talk=of_4_0.inwx,
        keywords={
            **COMMON,
            "server": server("dyndns.inwx.com"),
            "script": script("/nic/update"),
            "usev4": Keyword(Kind.USEV4),
        },
        together=("login", "password", "server", "script"),
        both=True,
        proof=Proof.READ,
        since="4.0",
    ),
    Protocol(
        name="ionos",
        talk=of_4_0.ionos,
        keywords={**COMMON, "login": UNUSED, "server": server("ipv4.api.hosting.ionos.com")},
        proof=Proof.READ,
        since="4.0",
    ),
    Protocol(
        name="emailonly",
        talk=of_4_0.emailonly,
        keywords={
            **COMMON,
            "login": UNUSED,
            "password": UNUSED,
            "max-interval": Keyword(Kind.DELAY, str(36500 * DAY), least=0),  # ddclient's `inf`
        },
        both=True,
        proof=Proof.READ,
        since="4.0",
        note="sends a mail, and changes nothing",
    ),
)

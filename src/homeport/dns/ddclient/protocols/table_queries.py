"""The protocols of one GET, with their keywords. Pure."""

from __future__ import annotations

from homeport.dns.ddclient.keywords import Keyword, Kind
from homeport.dns.ddclient.protocols import (
    answers,
    queries,
)
from homeport.dns.ddclient.protocols.base import (
    Proof,
    Protocol,
)
from homeport.dns.ddclient.protocols.fields import (
    AT_LEAST_FIVE,
    EIGHT,
    FIVE,
    UNUSED,
    one,
    script,
    server,
)
from homeport.dns.ddclient.words import COMMON

OF_QUERIES = (
    one(
        "namecheap",
        queries.namecheap_request,
        queries.namecheap_answer,
        {"server": server("dynamicdns.park-your-domain.com"), "min-interval": AT_LEAST_FIVE},
    ),
    one(
        "duckdns",
        queries.duckdns_request,
        queries.ok_answer,
        {"server": server("www.duckdns.org"), "login": UNUSED},
    ),
    one(
        "freemyip",
        queries.freemyip_request,
        queries.ok_answer,
        {"server": server("freemyip.com"), "login": UNUSED},
    ),
    one(
        "dondominio",
        queries.dondominio_request,
        queries.ok_answer,
        {"server": server("dondns.dondominio.com")},
    ),
    one(
        "dnsmadeeasy",
        queries.dnsmadeeasy_request,
        queries.dnsmadeeasy_answer,
        {"server": server("cp.dnsmadeeasy.com"), "script": script("/servlet/updateip")},
    ),
    one(
        "sitelutions",
        queries.sitelutions_request,
        queries.success_answer,
        {"server": server("www.sitelutions.com"), "min-interval": AT_LEAST_FIVE},
    ),
    one(
        "changeip",
        queries.changeip_request,
        queries.success_answer,
        {"server": server("nic.changeip.com"), "min-interval": AT_LEAST_FIVE},
    ),
    one(
        "dnsexit",
        queries.dnsexit_request,
        queries.dnsexit_answer,
        {
            "ssl": Keyword(Kind.BOOL, "1"),
            "server": server("update.dnsexit.com"),
            "script": script("/RemoteUpdate.sv", required=False),
            "min-error-interval": EIGHT,
        },
    ),
    Protocol(
        name="zoneedit1",
        talk=answers.zoneedit1,
        keywords={
            **COMMON,
            "min-interval": FIVE,
            "server": server("dynamic.zoneedit.com"),
            "zone": Keyword(Kind.OFQDN),
        },
        together=("login", "password", "server", "zone"),
    ),
    Protocol(
        name="cloudns",
        talk=answers.cloudns,
        keywords={
            **COMMON,
            "dynurl": Keyword(Kind.TEXT, required=True),
            "login": UNUSED,
            "password": UNUSED,
        },
        together=("dynurl",),
    ),
    Protocol(
        name="dinahosting",
        talk=answers.dinahosting,
        keywords={
            **COMMON,
            "min-error-interval": EIGHT,
            "script": script("/special/api.php", required=False),
            "server": server("dinahosting.com"),
        },
        proof=Proof.NONE,
        note="ddclient 3.10 leaves the type of the record out",
    ),
    one(
        "keysystems",
        answers.keysystems_request,
        answers.keysystems_answer,
        {"server": server("dynamicdns.key-systems.net"), "login": UNUSED},
        proof=Proof.READ,
        note="ddclient 3.10 fails before it asks",
    ),
    one(
        "1984",
        answers.p1984_request,
        answers.p1984_answer,
        {"server": server("api.1984.is"), "login": UNUSED},
    ),
    Protocol(
        name="njalla",
        talk=answers.njalla,
        keywords={
            **COMMON,
            "server": server("njal.la"),
            "login": UNUSED,
            "quietreply": Keyword(Kind.BOOL, "0"),
        },
        both=True,
    ),
)

"""The protocols of APIs and of name servers, with their keywords. Pure."""

from __future__ import annotations

from homeport.dns.ddclient.keywords import Keyword, Kind
from homeport.dns.ddclient.protocols import (
    freedns,
    nfsn,
    nsupdate,
    rest,
    sets,
)
from homeport.dns.ddclient.protocols.base import (
    Proof,
    Protocol,
)
from homeport.dns.ddclient.protocols.fields import (
    AT_LEAST_FIVE,
    ENDED,
    FIVE,
    LOGIN,
    UNUSED,
    script,
    server,
    zone,
)
from homeport.dns.ddclient.words import COMMON, MAIL

_ZONED = ("login", "password", "server", "wildcard", "mx", "backupmx", "zone")


OF_REST = (
    Protocol(
        name="cloudflare",
        talk=rest.cloudflare,
        keywords={
            **COMMON,
            **MAIL,
            "login": LOGIN,
            "min-interval": FIVE,
            "server": server("api.cloudflare.com/client/v4"),
            "ttl": Keyword(Kind.NUMBER, "1", required=True),
            "zone": zone(),
        },
        together=_ZONED,
        both=True,
    ),
    Protocol(
        name="hetzner",
        talk=rest.hetzner,
        keywords={
            **COMMON,
            "login": LOGIN,
            "min-interval": Keyword(Kind.DELAY, "60", least=0),
            "server": server("dns.hetzner.com/api/v1"),
            "ttl": Keyword(Kind.NUMBER, "60", least=60),
            "zone": zone(),
        },
        together=_ZONED,
        both=True,
    ),
    Protocol(
        name="godaddy",
        talk=sets.godaddy,
        keywords={
            **COMMON,
            "min-interval": FIVE,
            "server": server("api.godaddy.com/v1/domains"),
            "ttl": Keyword(Kind.NUMBER, "600", required=True),
            "zone": zone(),
        },
    ),
    Protocol(
        name="gandi",
        talk=sets.gandi,
        keywords={
            **COMMON,
            "min-interval": AT_LEAST_FIVE,
            "server": server("api.gandi.net"),
            "script": script("/v5"),
            "ttl": Keyword(Kind.DELAY, least=300),
            "zone": zone(None),
            "login": UNUSED,
        },
    ),
    Protocol(
        name="yandex",
        talk=sets.yandex,
        keywords={**COMMON, "min-interval": FIVE, "server": server("pddimp.yandex.ru")},
        note=ENDED,
    ),
    Protocol(
        name="freedns",
        talk=freedns.freedns,
        keywords={
            **COMMON,
            "min-interval": AT_LEAST_FIVE,
            "server": server("freedns.afraid.org"),
        },
        together=("server", "login", "password"),
        both=True,
    ),
    Protocol(
        name="nfsn",
        talk=nfsn.nfsn,
        keywords={
            **COMMON,
            "min_interval": Keyword(Kind.FQDNP, "0"),
            "server": server("api.nearlyfreespeech.net"),
            "ttl": Keyword(Kind.NUMBER, "300", required=True),
            "zone": zone(None),
        },
    ),
    Protocol(
        name="nsupdate",
        talk=nsupdate.nsupdate,
        keywords={
            **COMMON,
            "login": Keyword(Kind.SOME, "/usr/bin/nsupdate", required=True),
            "tcp": Keyword(Kind.BOOL, "0", cached=True),
            "ttl": Keyword(Kind.NUMBER, "600", cached=True),
            "zone": Keyword(Kind.TEXT, "", required=True, cached=True),
        },
        together=("login", "password", "server", "zone"),
        proof=Proof.NAMED,
    ),
)

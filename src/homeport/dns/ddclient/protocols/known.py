"""Every protocol by its name: those of ddclient 3.10, and those that 4.0 added. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from homeport.dns.ddclient.keywords import COMMON, DAY, GLOBALS, MAIL, Keyword, Kind
from homeport.dns.ddclient.model import Answer, Host, Outcome, Request
from homeport.dns.ddclient.protocols import dyndns, nfsn, nsupdate, queries, rest
from homeport.dns.ddclient.protocols.base import (
    Proof,
    Protocol,
    heard_nothing_good,
    simple,
    unheard,
)

_FIVE = Keyword(Kind.DELAY, "300", least=0)  # five minutes, unless the file says less
_AT_LEAST_FIVE = Keyword(Kind.DELAY, "0", least=300)
_EIGHT = Keyword(Kind.DELAY, "480", least=0)
_UNUSED = Keyword(Kind.SOME, "unused")
_NUMBER_KEPT = Keyword(Kind.TEXT, "0", required=True, cached=True)
_ENDED = "the service has ended"


def _server(name: str) -> Keyword:
    return Keyword(Kind.FQDNP, name, required=True)


def _script(path: str, *, required: bool = True) -> Keyword:
    return Keyword(Kind.TEXT, path, required=required, cached=True)


def _zone(default: str | None = "") -> Keyword:
    return Keyword(Kind.FQDN, default, required=True)


def _lean(server: str) -> dict[str, Keyword]:
    """Noip and woima know no more than this of what others have in common."""
    left_out = {
        *("use", "if", "web", "web-skip", "web-ssl-validate", "fw", "fw-skip", "fw-login"),
        *("fw-password", "fw-ssl-validate", "cmd", "cmd-skip", "ipv4", "ipv6"),
        *("status-ipv4", "status-ipv6"),
    }
    common = {key: keyword for key, keyword in COMMON.items() if key not in left_out}
    longest = Keyword(Kind.DELAY, str(25 * DAY), least=0)
    custom = Keyword(Kind.BOOL, "0", cached=True)
    return common | {"server": _server(server), "max-interval": longest, "custom": custom}


def _one(
    name: str,
    ask: Callable[[Host], Request],
    judge: Callable[[Host, str], Outcome],
    own: Mapping[str, Keyword],
    *,
    otherwise: Callable[[Host, Answer], Outcome] = unheard,
    **more: Any,
) -> Protocol:
    talk = simple(ask, judge, otherwise)
    return Protocol(name=name, talk=talk, keywords={**COMMON, **own}, **more)


def _fails_when_heard(host: Host, answer: Answer) -> Outcome:
    return heard_nothing_good(host, answer) if answer.status else unheard(host, answer)


_SETTINGS = ("mx", "static")
_MAIL_GROUP = ("login", "password", "server", "static", "custom", "wildcard", "mx", "backupmx")
_CUSTOM = Keyword(Kind.BOOL, "0", cached=True)
_LOGIN = Keyword(Kind.SOME, "token")
_ZONED = ("login", "password", "server", "wildcard", "mx", "backupmx", "zone")

_OF_DYNDNS = (
    _one(
        "dyndns1",
        dyndns.dyndns1_request,
        dyndns.dyndns1_answer,
        MAIL,
        settings=_SETTINGS,
        note=_ENDED,
    ),
    Protocol(
        name="dyndns2",
        talk=dyndns.dyndns2,
        keywords={**COMMON, **MAIL, "custom": _CUSTOM, "script": _script("/nic/update")},
        together=_MAIL_GROUP,
        settings=_SETTINGS,
    ),
    Protocol(
        name="noip",
        talk=dyndns.noip,
        keywords=_lean("dynupdate.no-ip.com") | {"static": MAIL["static"]},
        together=_MAIL_GROUP,
    ),
    Protocol(
        name="woima",
        talk=dyndns.woima,
        keywords={
            key: keyword
            for key, keyword in (
                _lean("dyn.woima.fi") | {**MAIL, "script": _script("/nic/update")}
            ).items()
            if key != "host"
        },
        note=_ENDED,
    ),
    _one(
        "ovh",
        dyndns.ovh_request,
        dyndns.ovh_answer,
        {"server": _server("www.ovh.com"), "script": _script("/nic/update")},
        otherwise=_fails_when_heard,
    ),
    _one(
        "googledomains",
        dyndns.googledomains_request,
        dyndns.googledomains_answer,
        {"server": _server("domains.google.com"), "min-interval": _FIVE},
        note=_ENDED,
    ),
    _one(
        "dslreports1",
        dyndns.dslreports1_request,
        dyndns.dslreports1_answer,
        {"server": _server("www.dslreports.com"), "host": _NUMBER_KEPT},
        otherwise=_fails_when_heard,
        note=_ENDED,
    ),
    Protocol(
        name="easydns",
        talk=dyndns.easydns,
        keywords={
            **COMMON,
            **{key: MAIL[key] for key in ("backupmx", "mx", "wildcard")},
            "min-interval": _FIVE,
            "server": _server("api.cp.easydns.com"),
            "script": _script("/dyn/generic.php"),
        },
    ),
)

_OF_QUERIES = (
    _one(
        "namecheap",
        queries.namecheap_request,
        queries.namecheap_answer,
        {"server": _server("dynamicdns.park-your-domain.com"), "min-interval": _AT_LEAST_FIVE},
    ),
    _one(
        "duckdns",
        queries.duckdns_request,
        queries.ok_answer,
        {"server": _server("www.duckdns.org"), "login": _UNUSED},
    ),
    _one(
        "freemyip",
        queries.freemyip_request,
        queries.ok_answer,
        {"server": _server("freemyip.com"), "login": _UNUSED},
    ),
    _one(
        "dondominio",
        queries.dondominio_request,
        queries.ok_answer,
        {"server": _server("dondns.dondominio.com")},
    ),
    _one(
        "dnsmadeeasy",
        queries.dnsmadeeasy_request,
        queries.dnsmadeeasy_answer,
        {"server": _server("cp.dnsmadeeasy.com"), "script": _script("/servlet/updateip")},
    ),
    _one(
        "sitelutions",
        queries.sitelutions_request,
        queries.success_answer,
        {"server": _server("www.sitelutions.com"), "min-interval": _AT_LEAST_FIVE},
    ),
    _one(
        "changeip",
        queries.changeip_request,
        queries.success_answer,
        {"server": _server("nic.changeip.com"), "min-interval": _AT_LEAST_FIVE},
    ),
    _one(
        "dnsexit",
        queries.dnsexit_request,
        queries.dnsexit_answer,
        {
            "ssl": Keyword(Kind.BOOL, "1"),
            "server": _server("update.dnsexit.com"),
            "script": _script("/RemoteUpdate.sv", required=False),
            "min-error-interval": _EIGHT,
        },
    ),
    Protocol(
        name="zoneedit1",
        talk=queries.zoneedit1,
        keywords={
            **COMMON,
            "min-interval": _FIVE,
            "server": _server("dynamic.zoneedit.com"),
            "zone": Keyword(Kind.OFQDN),
        },
        together=("login", "password", "server", "zone"),
    ),
    Protocol(
        name="cloudns",
        talk=queries.cloudns,
        keywords={
            **COMMON,
            "dynurl": Keyword(Kind.TEXT, required=True),
            "login": _UNUSED,
            "password": _UNUSED,
        },
        together=("dynurl",),
    ),
    Protocol(
        name="dinahosting",
        talk=queries.dinahosting,
        keywords={
            **COMMON,
            "min-error-interval": _EIGHT,
            "script": _script("/special/api.php", required=False),
            "server": _server("dinahosting.com"),
        },
        proof=Proof.PUBLISHED,
        note="ddclient 3.10 leaves the type of the record out",
    ),
    _one(
        "keysystems",
        queries.keysystems_request,
        queries.keysystems_answer,
        {"server": _server("dynamicdns.key-systems.net"), "login": _UNUSED},
        proof=Proof.NONE,
        note="ddclient 3.10 fails before it asks",
    ),
    _one(
        "1984",
        queries.p1984_request,
        queries.p1984_answer,
        {"server": _server("api.1984.is"), "login": _UNUSED},
    ),
    Protocol(
        name="njalla",
        talk=queries.njalla,
        keywords={
            **COMMON,
            "server": _server("njal.la"),
            "login": _UNUSED,
            "quietreply": Keyword(Kind.BOOL, "0"),
        },
        both=True,
    ),
)

_OF_REST = (
    Protocol(
        name="cloudflare",
        talk=rest.cloudflare,
        keywords={
            **COMMON,
            **MAIL,
            "login": _LOGIN,
            "min-interval": _FIVE,
            "server": _server("api.cloudflare.com/client/v4"),
            "ttl": Keyword(Kind.NUMBER, "1", required=True),
            "zone": _zone(),
        },
        together=_ZONED,
        both=True,
    ),
    Protocol(
        name="hetzner",
        talk=rest.hetzner,
        keywords={
            **COMMON,
            "login": _LOGIN,
            "min-interval": Keyword(Kind.DELAY, "60", least=0),
            "server": _server("dns.hetzner.com/api/v1"),
            "ttl": Keyword(Kind.NUMBER, "60", least=60),
            "zone": _zone(),
        },
        together=_ZONED,
        both=True,
    ),
    Protocol(
        name="godaddy",
        talk=rest.godaddy,
        keywords={
            **COMMON,
            "min-interval": _FIVE,
            "server": _server("api.godaddy.com/v1/domains"),
            "ttl": Keyword(Kind.NUMBER, "600", required=True),
            "zone": _zone(),
        },
    ),
    Protocol(
        name="gandi",
        talk=rest.gandi,
        keywords={
            **COMMON,
            "min-interval": _AT_LEAST_FIVE,
            "server": _server("api.gandi.net"),
            "script": _script("/v5"),
            "ttl": Keyword(Kind.DELAY, least=300),
            "zone": _zone(None),
            "login": _UNUSED,
        },
    ),
    Protocol(
        name="yandex",
        talk=rest.yandex,
        keywords={**COMMON, "min-interval": _FIVE, "server": _server("pddimp.yandex.ru")},
        note=_ENDED,
    ),
    Protocol(
        name="freedns",
        talk=rest.freedns,
        keywords={
            **COMMON,
            "min-interval": _AT_LEAST_FIVE,
            "server": _server("freedns.afraid.org"),
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
            "server": _server("api.nearlyfreespeech.net"),
            "ttl": Keyword(Kind.NUMBER, "300", required=True),
            "zone": _zone(None),
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

_OF_4 = (
    Protocol(
        name="digitalocean",
        talk=rest.digitalocean,
        keywords={
            **COMMON,
            "login": _UNUSED,
            "server": _server("api.digitalocean.com"),
            "zone": _zone(),
        },
        both=True,
        proof=Proof.PUBLISHED,
        since="4.0",
    ),
    Protocol(
        name="porkbun",
        talk=rest.porkbun,
        keywords={
            **COMMON,
            "login": _UNUSED,
            "password": _UNUSED,
            "server": _server("api.porkbun.com"),
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

_3_10 = {p.name: p for p in (*_OF_DYNDNS, *_OF_QUERIES, *_OF_REST)}
_DYNDNS2_OF_4 = replace(
    _3_10["dyndns2"], talk=dyndns.dyndns2_of_4, proof=Proof.PUBLISHED, both=True
)
_4_0 = _3_10 | {p.name: p for p in _OF_4} | {"dyndns2": _DYNDNS2_OF_4}
PROTOCOLS: Mapping[str, Mapping[str, Protocol]] = MappingProxyType(
    {"3.10": MappingProxyType(_3_10), "4.0": MappingProxyType(_4_0)}
)
VERSIONS = tuple(PROTOCOLS)


def default_of(key: str) -> str:
    """What a keyword is where nobody says anything; "" where that is nothing."""
    keyword = GLOBALS.get(key) or COMMON.get(key)
    return (keyword.default if keyword else None) or ""

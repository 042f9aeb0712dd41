"""The protocols that came from DynDNS, with their keywords. Pure."""

from __future__ import annotations

from homeport.dns.ddclient.keywords import DAY, Keyword, Kind
from homeport.dns.ddclient.model import Answer, Host, Outcome
from homeport.dns.ddclient.protocols import (
    dyndns,
)
from homeport.dns.ddclient.protocols.base import (
    Protocol,
    heard_nothing_good,
    unheard,
)
from homeport.dns.ddclient.protocols.fields import (
    ENDED,
    FIVE,
    one,
    script,
    server,
)
from homeport.dns.ddclient.words import COMMON, MAIL

_NUMBER_KEPT = Keyword(Kind.TEXT, "0", required=True, cached=True)
_SETTINGS = ("mx", "static")
_MAIL_GROUP = ("login", "password", "server", "static", "custom", "wildcard", "mx", "backupmx")
_CUSTOM = Keyword(Kind.BOOL, "0", cached=True)


def _lean(address: str) -> dict[str, Keyword]:
    """Noip and woima know no more than this of what others have in common."""
    left_out = {
        *("use", "if", "web", "web-skip", "web-ssl-validate", "fw", "fw-skip", "fw-login"),
        *("fw-password", "fw-ssl-validate", "cmd", "cmd-skip", "ipv4", "ipv6"),
        *("status-ipv4", "status-ipv6"),
    }
    common = {key: keyword for key, keyword in COMMON.items() if key not in left_out}
    longest = Keyword(Kind.DELAY, str(25 * DAY), least=0)
    custom = Keyword(Kind.BOOL, "0", cached=True)
    return common | {"server": server(address), "max-interval": longest, "custom": custom}


def _fails_when_heard(host: Host, answer: Answer) -> Outcome:
    return heard_nothing_good(host, answer) if answer.status else unheard(host, answer)


OF_DYNDNS = (
    one(
        "dyndns1",
        dyndns.dyndns1_request,
        dyndns.dyndns1_answer,
        MAIL,
        settings=_SETTINGS,
        note=ENDED,
    ),
    Protocol(
        name="dyndns2",
        talk=dyndns.dyndns2,
        keywords={**COMMON, **MAIL, "custom": _CUSTOM, "script": script("/nic/update")},
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
                _lean("dyn.woima.fi") | {**MAIL, "script": script("/nic/update")}
            ).items()
            if key != "host"
        },
        note=ENDED,
    ),
    one(
        "ovh",
        dyndns.ovh_request,
        dyndns.ovh_answer,
        {"server": server("www.ovh.com"), "script": script("/nic/update")},
        otherwise=_fails_when_heard,
    ),
    one(
        "googledomains",
        dyndns.googledomains_request,
        dyndns.googledomains_answer,
        {"server": server("domains.google.com"), "min-interval": FIVE},
        note=ENDED,
    ),
    one(
        "dslreports1",
        dyndns.dslreports1_request,
        dyndns.dslreports1_answer,
        {"server": server("www.dslreports.com"), "host": _NUMBER_KEPT},
        otherwise=_fails_when_heard,
        note=ENDED,
    ),
    Protocol(
        name="easydns",
        talk=dyndns.easydns,
        keywords={
            **COMMON,
            **{key: MAIL[key] for key in ("backupmx", "mx", "wildcard")},
            "min-interval": FIVE,
            "server": server("api.cp.easydns.com"),
            "script": script("/dyn/generic.php"),
        },
    ),
)

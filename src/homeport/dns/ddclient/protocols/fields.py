"""Keywords that several protocols have, and the shape of the simplest ones. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from homeport.dns.ddclient.keywords import Keyword, Kind
from homeport.dns.ddclient.model import Answer, Host, Outcome, Request
from homeport.dns.ddclient.protocols.base import (
    Protocol,
    simple,
    unheard,
)
from homeport.dns.ddclient.words import COMMON

FIVE = Keyword(Kind.DELAY, "300", least=0)  # five minutes, unless the file says less
AT_LEAST_FIVE = Keyword(Kind.DELAY, "0", least=300)
EIGHT = Keyword(Kind.DELAY, "480", least=0)
UNUSED = Keyword(Kind.SOME, "unused")
ENDED = "the service has ended"
LOGIN = Keyword(Kind.SOME, "token")


def server(name: str) -> Keyword:
    """The provider's, unless the file names another."""
    return Keyword(Kind.FQDNP, name, required=True)


def script(path: str, *, required: bool = True) -> Keyword:
    """The path at the server."""
    return Keyword(Kind.TEXT, path, required=required, cached=True)


def zone(default: str | None = "") -> Keyword:
    """The zone that the host lies in: nobody guesses it."""
    return Keyword(Kind.FQDN, default, required=True)


def one(
    name: str,
    ask: Callable[[Host], Request],
    judge: Callable[[Host, str], Outcome],
    own: Mapping[str, Keyword],
    *,
    otherwise: Callable[[Host, Answer], Outcome] = unheard,
    **more: Any,
) -> Protocol:
    """A protocol of one request a host."""
    talk = simple(ask, judge, otherwise)
    return Protocol(name=name, talk=talk, keywords={**COMMON, **own}, **more)

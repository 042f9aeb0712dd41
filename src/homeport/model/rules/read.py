"""The keys of `x-homeport.route`, from texts by dotted name to Rules. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from homeport.model.rules import kinds
from homeport.model.rules.kinds import Canary, ForwardAuth, Rate
from homeport.model.wish import Refused

LABEL = "homeport.route."


class Rules(msgspec.Struct, frozen=True, kw_only=True):
    """What is said of one route; None, 0, "" or () where nothing is."""

    body_size: int | None = None  # bytes; 0: any
    connect_timeout: int = 0  # seconds
    read_timeout: int = 0
    send_timeout: int = 0
    buffering: bool | None = None  # of answers
    request_buffering: bool | None = None
    redirect_from: tuple[str, ...] = ()  # other names, which lead here
    headers: tuple[tuple[str, str], ...] = ()  # of answers; "" takes one of the application's away
    rate: Rate | None = None
    basic_auth: tuple[str, ...] = ()  # NAME:HASH
    forward_auth: ForwardAuth | None = None
    maintenance: str = ""  # what everybody is told, with a 503
    canary: Canary | None = None
    sticky: bool = False
    compression: bool = False
    cache: int = 0  # seconds


_Texts = Mapping[str, str]
_Reader = Callable[[str, str], Any]
_SIMPLE: dict[str, _Reader] = {
    "body_size": kinds.size,
    "connect_timeout": kinds.duration,
    "read_timeout": kinds.duration,
    "send_timeout": kinds.duration,
    "buffering": kinds.yes,
    "request_buffering": kinds.yes,
    "redirect_from": kinds.hosts,
    "basic_auth": kinds.users,
    "maintenance": kinds.notice,
    "sticky": kinds.yes,
    "compression": kinds.yes,
    "cache": kinds.duration,
}
_HEADERS = "headers."
GROUPS = (
    *("rate.limit", "rate.burst", "canary.weight", "canary.cookie"),
    *("forward_auth.url", "forward_auth.headers", "forward_auth.sign_in"),
)
KEYS = (*_SIMPLE, "headers", "rate", "forward_auth", "canary")


def rules_of_labels(labels: _Texts) -> Rules:
    """The rules that a container's labels `homeport.route.*` say.

    Raises:
        Refused: one cannot be; named as the label is.
    """
    texts = {k.removeprefix(LABEL): v for k, v in labels.items() if k.startswith(LABEL)}
    return read_rules(texts, named=LABEL) if texts else Rules()


def read_rules(texts: _Texts, *, named: str = "") -> Rules:
    """Rules from `key` or `key.key` to text.

    Args:
        texts: what is said.
        named: what stands before a key in the reasons.

    Raises:
        Refused: a key is not known, or its value cannot be.
    """
    for key in texts:
        if key not in _SIMPLE and key not in GROUPS and not key.startswith(_HEADERS):
            raise Refused(f"{named}{key[:60]} is not known", hint=f"known: {', '.join(KEYS)}")
    simple = {
        key: read(f"{named}{key}", texts[key].strip())
        for key, read in _SIMPLE.items()
        if key in texts
    }
    return Rules(
        **simple,
        headers=_headers(texts, named),
        rate=_rate(texts, named),
        forward_auth=_forward_auth(texts, named),
        canary=_canary(texts, named),
    )


def _headers(texts: _Texts, named: str) -> tuple[tuple[str, str], ...]:
    found = {
        kinds.header(named + key, key.removeprefix(_HEADERS)): kinds.header_value(named + key, text)
        for key, text in texts.items()
        if key.startswith(_HEADERS)
    }
    return tuple(sorted(found.items()))


def _rate(texts: _Texts, named: str) -> Rate | None:
    if "rate.limit" not in texts:
        if "rate.burst" in texts:
            raise Refused(f"{named}rate.burst is of no use without {named}rate.limit")
        return None
    burst = kinds.number(f"{named}rate.burst", texts.get("rate.burst", "0").strip(), 0, 100_000)
    return kinds.rate(f"{named}rate.limit", texts["rate.limit"].strip(), burst)


def _forward_auth(texts: _Texts, named: str) -> ForwardAuth | None:
    said = {key for key in texts if key.startswith("forward_auth.")}
    if not said:
        return None
    if "forward_auth.url" not in said:
        raise Refused(f"{named}forward_auth.url is missing")
    names = kinds.listed(texts.get("forward_auth.headers", ""))
    sign_in = texts.get("forward_auth.sign_in", "").strip()
    return ForwardAuth(
        url=kinds.url(f"{named}forward_auth.url", texts["forward_auth.url"].strip()),
        headers=tuple(kinds.header(f"{named}forward_auth.headers", name) for name in names),
        sign_in=kinds.url(f"{named}forward_auth.sign_in", sign_in) if sign_in else "",
    )


def _canary(texts: _Texts, named: str) -> Canary | None:
    weight, name = texts.get("canary.weight", ""), texts.get("canary.cookie", "")
    if not weight and not name:
        return None
    return Canary(
        weight=kinds.number(f"{named}canary.weight", weight.strip(), 0, 100) if weight else 0,
        cookie=kinds.cookie(f"{named}canary.cookie", name.strip()) if name else "",
    )

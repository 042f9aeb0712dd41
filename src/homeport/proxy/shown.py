"""A route as it is shown: all that decides how it is answered, but no password. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.model.route import NO_RULES, Route, RouteTable
from homeport.model.tls import Terms
from homeport.proxy.render import Secured
from homeport.proxy.tls.choose import choose


def shown(table: RouteTable, secured: Secured) -> list[dict[str, Any]]:
    """Every route as JSON has it; `https` says what becomes of the two ports."""
    return [_route(route, secured) for route in table.routes]


def _route(route: Route, secured: Secured) -> dict[str, Any]:
    found: dict[str, Any] = msgspec.to_builtins(route)
    plain = msgspec.to_builtins(NO_RULES)
    said = {key: value for key, value in found["rules"].items() if value != plain[key]}
    if route.rules.basic_auth:
        said["basic_auth"] = [line.partition(":")[0] for line in route.rules.basic_auth]
    return {**found, "rules": said, "https": https(route.host, route.terms, secured)}


def https(host: str, terms: Terms, secured: Secured) -> dict[str, Any]:
    """The certificate of a host by name, or why there is none; and what port 80 does."""
    chosen = choose(host, terms, secured.certificates, now=secured.now)
    there = chosen.certificate
    return {
        "certificate": there.name if there else "",
        "not_after": there.not_after if there else 0.0,
        "why_not": chosen.why_not,
        "http": "redirects" if chosen.redirect else "serves" if chosen.http else "does not serve",
    }


def in_its_way(route: Route) -> tuple[str, ...]:
    """What answers a visitor before its containers do, a sentence each."""
    rules, found = route.rules, []
    if rules.maintenance:
        found.append("everybody is told that it is being worked on (maintenance)")
    if route.manner.internal:
        found.append("private addresses alone may ask, others get 403 (NETWORK_ACCESS)")
    if rules.rate:
        per = {"s": "second", "m": "minute"}[rules.rate.per]
        found.append(f"more than {rules.rate.requests} requests a {per} get 429 (rate)")
    if rules.basic_auth:
        found.append("a password is asked for (basic_auth)")
    if rules.forward_auth:
        found.append(f"{rules.forward_auth.url} is asked whether one may pass (forward_auth)")
    return tuple(found)

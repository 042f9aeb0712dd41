"""A route as it is shown: all that decides how it is answered, but no password. Pure."""

from __future__ import annotations

from typing import Any

import msgspec

from homeport.model.route import NO_RULES, Route, RouteTable
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
    return {**found, "rules": said, "https": https(route, secured)}


def https(route: Route, secured: Secured) -> dict[str, Any]:
    """The certificate of a route's host by name, or why there is none; and what port 80 does."""
    chosen = choose(route.host, route.terms, secured.certificates, now=secured.now)
    there = chosen.certificate
    return {
        "certificate": there.name if there else "",
        "not_after": there.not_after if there else 0.0,
        "why_not": chosen.why_not,
        "http": "redirects" if chosen.redirect else "serves" if chosen.http else "does not serve",
    }

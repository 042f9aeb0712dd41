"""Hosts that nginx cannot have: kept apart until they change, so that all others are served. Pure.

Every value is checked before it reaches the configuration; an nginx of another version may still
refuse one. It says in which line, or by which certificate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from homeport.model.route import Refusal, Route, RouteTable
from homeport.model.tls import Certificate
from homeport.proxy.locations import site_name
from homeport.proxy.quote import server_name

_LINE = re.compile(r" in /etc/homeport/nginx\.conf:(\d+)")
_PLACE = re.compile(r" in /etc/homeport/[a-z./0-9]+:\d+")
_CERTIFICATE = re.compile(r"/etc/homeport/tls/([0-9a-f]+)\.")
_EXTRA = re.compile(r"/etc/homeport/extra/([0-9a-f]+):\d+")
_SITE = re.compile(r"[A-Za-z0-9_.-]*-([0-9a-f]{8})\b|_([0-9a-f]{8})\b")
_SERVER_NAME = re.compile(r"^ {8}server_name (.+);$")
# What was wrong with a host, and what it was then.
Broken = Mapping[str, tuple[tuple[Route, ...], str]]


def culprit(
    text: str, complaint: str, table: RouteTable, certificates: Mapping[str, Certificate]
) -> str:
    """The host that a complaint of nginx's is about; "" where it does not say.

    Args:
        text: the configuration that was refused.
        complaint: what nginx said.
        table: what it was made of.
        certificates: those that there are.
    """
    by_key = {site_name(route).rpartition("-")[2]: route.host for route in table.routes}
    by_key |= {server_name(route.host): route.host for route in table.routes}
    place = _LINE.search(complaint)
    if place:
        return _host_at(text.splitlines()[: int(place[1])], by_key)
    extra = _EXTRA.search(complaint)
    if extra:
        users = {r.host for r in table.routes if extra[1] in _included(r)}
        return users.pop() if len(users) == 1 else ""  # one for all is no host's fault
    bad = _CERTIFICATE.search(complaint)
    if bad:
        names = {c.name for c in certificates.values() if c.digest == bad[1]}
        lines = text.splitlines()
        uses = next((n for n, line in enumerate(lines) if f"/{bad[1]}." in line), 0)
        return _host_below(lines[uses:], by_key) if names and uses else ""
    return ""


def apart(table: RouteTable, broken: Broken) -> RouteTable:
    """The table without the hosts that nginx cannot have; each of their containers is refused."""
    if not broken:
        return table
    hosts = {host for host in broken if routes_of(table, host) == broken[host][0]}
    refusals = [
        Refusal(container=name, reason=f"nginx cannot have {host}: {broken[host][1]}")
        for host in sorted(hosts)
        for name in _containers(routes_of(table, host))
    ]
    routes = tuple(route for route in table.routes if route.host not in hosts)
    return replace(table, routes=routes, refusals=(*table.refusals, *refusals))


def routes_of(table: RouteTable, host: str) -> tuple[Route, ...]:
    """Every path of a host."""
    return tuple(route for route in table.routes if route.host == host)


def said(complaint: str) -> str:
    """A complaint without its time, process and place."""
    reason = complaint.rpartition("configuration: ")[2]
    return _PLACE.sub("", re.sub(r"^\s*\d+#\d+:\s*", "", reason)).strip()[:200]


def _included(route: Route) -> tuple[str, ...]:
    return route.files.server, route.files.location, route.files.override


def _containers(routes: tuple[Route, ...]) -> list[str]:
    names = {u.container for route in routes for u in route.answering}
    return sorted(names) or sorted({route.owner for route in routes})


def _host_at(lines: list[str], by_key: Mapping[str, str]) -> str:
    """The host whose part of the configuration ends a list of lines."""
    for line in reversed(lines):
        host = _named(line, by_key)
        if host or line.startswith("    server {"):
            return host
    return ""


def _host_below(lines: list[str], by_key: Mapping[str, str]) -> str:
    return next((host for line in lines if (host := _named(line, by_key))), "")


def _named(line: str, by_key: Mapping[str, str]) -> str:
    """The host that a line is of, by its name or by the key of one of its paths."""
    server = _SERVER_NAME.match(line)
    keys = [server[1]] if server else [one[1] or one[2] for one in _SITE.finditer(line)]
    return next((by_key[key] for key in keys if key in by_key), "")

"""Cloudflare and Hetzner: what is there is looked for, then changed. Pure.

Source: the requests of ddclient 3.10.0.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeport.dns.ddclient.model import Host, Outcome, Request, Talk
from homeport.dns.ddclient.protocols.base import failed, good, query, url
from homeport.dns.ddclient.protocols.parts import (
    JSON,
    Found,
    Stopped,
    families,
    of_family,
    one_id,
    whole,
)


def cloudflare(hosts: Sequence[Host], now: int) -> Talk:
    """The zone's id, then for each family the record's, then the change."""
    first, outcomes = hosts[0], list[Outcome]()
    headers = [JSON, *_cloudflare_login(first)]
    for host in hosts:
        try:
            zone = yield from _cloudflare_zone(host, headers)
        except Stopped as stopped:
            outcomes.append(stopped.outcome)
            continue
        for family, kind, address in families(host):
            try:
                yield from _cloudflare_put(host, headers, zone, (family, kind, address))
                outcomes.append(good(host, address=address, family=family))
            except Stopped as stopped:
                outcomes.append(stopped.outcome)
    return outcomes


def _cloudflare_login(host: Host) -> list[tuple[str, str]]:
    password = host.get("password")
    if host.get("login") == "token":
        return [("Authorization", f"Bearer {password}")]
    return [("X-Auth-Email", host.get("login")), ("X-Auth-Key", password)]


def _cloudflare_zone(host: Host, headers: list[tuple[str, str]]) -> Found:
    name = host.get("zone")
    answer = yield Request(url=url(host, "/zones/", query(("name", name))), headers=headers)
    zone = one_id(whole(host, answer, "result"), name=name)
    if not zone:
        told = f"{host.get('server')} has no zone {name} for these credentials"
        raise Stopped(failed(host, told, status="noconnect"))
    return zone


def _cloudflare_put(
    host: Host, headers: list[tuple[str, str]], zone: str, wanted: tuple[str, str, str]
) -> Found:
    family, kind, address = wanted
    path = f"/zones/{zone}/dns_records"
    find = query(("type", kind), ("name", host.name))
    answer = yield Request(url=url(host, path, find), headers=headers)
    record = one_id(whole(host, answer, "result", family), name=host.name)
    if not record:
        raise Stopped(of_family(family, failed(host, f"there is no {kind} record to change")))
    body = f'{{"content":"{address}"}}'
    answer = yield Request(
        method="PATCH", url=url(host, f"{path}/{record}"), headers=headers, body=body
    )
    whole(host, answer, "result", family)


def hetzner(hosts: Sequence[Host], now: int) -> Talk:
    """The zone's id, then for each family the record's, then a change or a new one."""
    return (yield from _hetzner(hosts, ""))


def hetzner_of_4(hosts: Sequence[Host], now: int) -> Talk:
    """As ddclient asks since 3.11: for the records of the zone, by its name."""
    return (yield from _hetzner(hosts, "zone_id="))


def _hetzner(hosts: Sequence[Host], key: str) -> Talk:
    outcomes = list[Outcome]()
    headers = [("Auth-API-Token", hosts[0].get("password")), JSON]
    for host in hosts:
        name = host.get("zone")
        answer = yield Request(url=url(host, "/zones", query(("name", name))), headers=headers)
        try:
            zone = one_id(whole(host, answer, "zones"), name=name)
        except Stopped as stopped:
            outcomes.append(stopped.outcome)
            continue
        if not zone:
            outcomes.append(failed(host, f"there is no zone {name}", status="noconnect"))
            continue
        for wanted in families(host):
            try:
                yield from _hetzner_put(host, headers, (key, zone), wanted)
                outcomes.append(good(host, address=wanted[2], family=wanted[0]))
            except Stopped as stopped:
                outcomes.append(stopped.outcome)
    return outcomes


def _hetzner_put(
    host: Host,
    headers: list[tuple[str, str]],
    by: tuple[str, str],
    wanted: tuple[str, str, str],
) -> Found:
    family, kind, address = wanted
    key, zone = by
    name = host.name.removesuffix(f".{host.get('zone')}")
    answer = yield Request(url=url(host, "/records", f"{key}{zone}"), headers=headers)
    record = one_id(whole(host, answer, "records", family), name=name, type=kind)
    body = (
        f'{{"zone_id":"{zone}", "name": "{name}", "value": "{address}", "type": "{kind}",'
        f' "ttl": {host.get("ttl") or 60}}}'
    )
    path = f"/records/{record}" if record else "/records"
    answer = yield Request(
        method="PUT" if record else "POST", url=url(host, path), headers=headers, body=body
    )
    whole(host, answer, "record", family)

"""The APIs of providers that keep all values of a name and a kind as one set. Pure.

Sources: the providers' own references: Hetzner Cloud API "DNS: Zone RRSets"; Gandi LiveDNS v5;
GoDaddy Domains API v1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from homeport.dns.model import relative
from homeport.dns.providers.dialects import Dialect, Plain, Request, Row
from homeport.dns.providers.route53 import Route53


class _Sets(Plain):
    """One request for each name and kind."""

    def is_last(self, answer: Any, page: int) -> bool:
        """Most answer with the whole zone at once."""
        return True

    def _below(self, name: str) -> str:
        return quote(relative(name, self._zone.name), safe="@")


class Gandi(_Sets):
    """`token`: a personal access token that may manage the domain's technical configuration."""

    address = "https://api.gandi.net/v5/livedns"
    least_ttl = 300

    def list(self, zone_id: str, page: int) -> Request:
        return self._ask("GET", "")

    def rows(self, answer: Any) -> Sequence[Row]:
        return [
            Row(name=self._absolute(s["rrset_name"]), kind=s["rrset_type"], value=value)
            for s in answer
            for value in s["rrset_values"]
        ]

    def put(
        self, zone_id: str, name: str, kind: str, values: Sequence[str], had: Sequence[Row]
    ) -> Sequence[Request]:
        path = f"/{self._below(name)}/{kind}"
        if not values:
            return [self._ask("DELETE", path)] if had else []
        body = {"rrset_values": list(values), "rrset_ttl": self._ttl}
        return [self._ask("PUT", path, body)]

    def _ask(self, method: str, rest: str, body: Any = None) -> Request:
        headers = {"Authorization": f"Bearer {self._zone.options['token']}"}
        path = f"/domains/{quote(self._zone.name)}/records{rest}"
        return Request(method=method, path=path, body=body, headers=headers)


class GoDaddy(_Sets):
    """`key` and `secret`: production keys."""

    address = "https://api.godaddy.com/v1"
    least_ttl = 600
    _MOST = 500  # records of a page

    def list(self, zone_id: str, page: int) -> Request:
        return self._ask("GET", f"?limit={self._MOST}&offset={(page - 1) * self._MOST}")

    def rows(self, answer: Any) -> Sequence[Row]:
        return [
            Row(name=self._absolute(r["name"]), kind=r["type"], value=r["data"]) for r in answer
        ]

    def is_last(self, answer: Any, page: int) -> bool:
        return len(answer) < self._MOST

    def put(
        self, zone_id: str, name: str, kind: str, values: Sequence[str], had: Sequence[Row]
    ) -> Sequence[Request]:
        path = f"/{kind}/{self._below(name)}"
        if not values:
            return [self._ask("DELETE", path)] if had else []
        return [self._ask("PUT", path, [{"data": v, "ttl": self._ttl} for v in values])]

    def _ask(self, method: str, rest: str, body: Any = None) -> Request:
        options = self._zone.options
        headers = {"Authorization": f"sso-key {options['key']}:{options['secret']}"}
        path = f"/domains/{quote(self._zone.name)}/records{rest}"
        return Request(method=method, path=path, body=body, headers=headers)


class Hetzner(_Sets):
    """The Cloud API, which has DNS since 2026. `token`: of the project that holds the zone."""

    address = "https://api.hetzner.cloud/v1"

    def list(self, zone_id: str, page: int) -> Request:
        return self._ask("GET", f"?per_page=100&page={page}")

    def rows(self, answer: Any) -> Sequence[Row]:
        return [
            Row(name=self._absolute(s["name"]), kind=s["type"], value=record["value"])
            for s in answer["rrsets"]
            for record in s["records"]
        ]

    def is_last(self, answer: Any, page: int) -> bool:
        return not ((answer.get("meta") or {}).get("pagination") or {}).get("next_page")

    def put(
        self, zone_id: str, name: str, kind: str, values: Sequence[str], had: Sequence[Row]
    ) -> Sequence[Request]:
        path = f"/{self._below(name)}/{kind}"
        records = [{"value": _quoted(v) if kind == "TXT" else v} for v in values]
        if not values:
            return [self._ask("DELETE", path)] if had else []
        if had:
            return [self._ask("POST", f"{path}/actions/set_records", {"records": records})]
        body = {"name": relative(name, self._zone.name), "type": kind, "ttl": self._ttl}
        return [self._ask("POST", "", {**body, "records": records})]

    def _ask(self, method: str, rest: str, body: Any = None) -> Request:
        headers = {"Authorization": f"Bearer {self._zone.options['token']}"}
        path = f"/zones/{quote(self._zone.name)}/rrsets{rest}"
        return Request(method=method, path=path, body=body, headers=headers)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


SETS: dict[str, tuple[type[Dialect], tuple[str, ...]]] = {
    "gandi": (Gandi, ("token",)),
    "godaddy": (GoDaddy, ("key", "secret")),
    "hetzner": (Hetzner, ("token",)),
    "route53": (Route53, ("key", "secret")),
}

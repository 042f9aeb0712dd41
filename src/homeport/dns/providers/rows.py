"""The APIs of providers that keep each value of a name as a row of its own. Pure.

Sources: the providers' own references: Cloudflare API v4 "DNS Records for a Zone"; DigitalOcean API
v2 "Domain Records"; Hetzner DNS Public API v1; Porkbun API v3.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from homeport.dns.model import relative
from homeport.dns.providers.dialects import Dialect, Plain, Request, Row


class _Rows(Plain):
    """A row has an id, and is made and taken away; it is never changed."""

    def put(
        self, zone_id: str, name: str, kind: str, values: Sequence[str], had: Sequence[Row]
    ) -> Sequence[Request]:
        there = [row.value for row in had]
        new = [self._create(zone_id, name, kind, v) for v in values if v not in there]
        # What is new comes first: the name is never without an address.
        return [*new, *(self._delete(zone_id, row) for row in had if row.value not in values)]

    def _create(self, zone_id: str, name: str, kind: str, value: str) -> Request:
        raise NotImplementedError

    def _delete(self, zone_id: str, row: Row) -> Request:
        raise NotImplementedError


class Cloudflare(_Rows):
    """`token`: an API token that may edit the zone's DNS."""

    address = "https://api.cloudflare.com/client/v4"

    def find(self) -> Request | None:
        return self._ask("GET", f"/zones?name={quote(self._zone.name)}")

    def found(self, answer: Any) -> str:
        return str(answer["result"][0]["id"]) if answer["result"] else ""

    def list(self, zone_id: str, page: int) -> Request:
        return self._ask("GET", f"/zones/{zone_id}/dns_records?per_page=100&page={page}")

    def rows(self, answer: Any) -> Sequence[Row]:
        return [
            Row(id=r["id"], name=r["name"], kind=r["type"], value=r["content"])
            for r in answer["result"]
        ]

    def is_last(self, answer: Any, page: int) -> bool:
        return page >= int((answer.get("result_info") or {}).get("total_pages", 1))

    def _create(self, zone_id: str, name: str, kind: str, value: str) -> Request:
        body = {"type": kind, "name": name, "content": value, "ttl": self._ttl, "proxied": False}
        return self._ask("POST", f"/zones/{zone_id}/dns_records", body)

    def _delete(self, zone_id: str, row: Row) -> Request:
        return self._ask("DELETE", f"/zones/{zone_id}/dns_records/{row.id}")

    def _ask(self, method: str, path: str, body: Any = None) -> Request:
        headers = {"Authorization": f"Bearer {self._zone.options['token']}"}
        return Request(method=method, path=path, body=body, headers=headers)


class DigitalOcean(_Rows):
    """`token`: one that may read and write."""

    address = "https://api.digitalocean.com/v2"
    least_ttl = 30

    def list(self, zone_id: str, page: int) -> Request:
        return self._ask("GET", f"?per_page=200&page={page}")

    def rows(self, answer: Any) -> Sequence[Row]:
        return [
            Row(id=str(r["id"]), name=self._absolute(r["name"]), kind=r["type"], value=r["data"])
            for r in answer["domain_records"]
        ]

    def is_last(self, answer: Any, page: int) -> bool:
        return not ((answer.get("links") or {}).get("pages") or {}).get("next")

    def _create(self, zone_id: str, name: str, kind: str, value: str) -> Request:
        below = relative(name, self._zone.name)
        return self._ask("POST", "", {"type": kind, "name": below, "data": value, "ttl": self._ttl})

    def _delete(self, zone_id: str, row: Row) -> Request:
        return self._ask("DELETE", f"/{row.id}")

    def _ask(self, method: str, rest: str, body: Any = None) -> Request:
        headers = {"Authorization": f"Bearer {self._zone.options['token']}"}
        path = f"/domains/{quote(self._zone.name)}/records{rest}"
        return Request(method=method, path=path, body=body, headers=headers)


class HetznerDns(_Rows):
    """The DNS console's API of before 2026. `token`: of the DNS console."""

    address = "https://dns.hetzner.com/api/v1"

    def find(self) -> Request | None:
        return self._ask("GET", f"/zones?name={quote(self._zone.name)}")

    def found(self, answer: Any) -> str:
        return str(answer["zones"][0]["id"]) if answer["zones"] else ""

    def list(self, zone_id: str, page: int) -> Request:
        return self._ask("GET", f"/records?zone_id={zone_id}&per_page=100&page={page}")

    def rows(self, answer: Any) -> Sequence[Row]:
        return [
            Row(id=str(r["id"]), name=self._absolute(r["name"]), kind=r["type"], value=r["value"])
            for r in answer["records"]
        ]

    def is_last(self, answer: Any, page: int) -> bool:
        pages = ((answer.get("meta") or {}).get("pagination") or {}).get("last_page", 1)
        return page >= int(pages)

    def _create(self, zone_id: str, name: str, kind: str, value: str) -> Request:
        body = {"zone_id": zone_id, "type": kind, "name": relative(name, self._zone.name)}
        return self._ask("POST", "/records", {**body, "value": value, "ttl": self._ttl})

    def _delete(self, zone_id: str, row: Row) -> Request:
        return self._ask("DELETE", f"/records/{row.id}")

    def _ask(self, method: str, path: str, body: Any = None) -> Request:
        headers = {"Auth-API-Token": self._zone.options["token"]}
        return Request(method=method, path=path, body=body, headers=headers)


class Porkbun(_Rows):
    """`key` and `secret_key`; API access has to be switched on for the domain."""

    address = "https://api.porkbun.com/api/json/v3"
    least_ttl = 600

    def list(self, zone_id: str, page: int) -> Request:
        return self._ask(f"/dns/retrieve/{self._zone.name}")

    def rows(self, answer: Any) -> Sequence[Row]:
        return [
            Row(id=str(r["id"]), name=r["name"], kind=r["type"], value=r["content"])
            for r in answer["records"]
        ]

    def is_last(self, answer: Any, page: int) -> bool:
        return True

    def _create(self, zone_id: str, name: str, kind: str, value: str) -> Request:
        below = relative(name, self._zone.name).removeprefix("@")
        body = {"type": kind, "name": below, "content": value, "ttl": str(self._ttl)}
        return self._ask(f"/dns/create/{self._zone.name}", body)

    def _delete(self, zone_id: str, row: Row) -> Request:
        return self._ask(f"/dns/delete/{self._zone.name}/{row.id}")

    def _ask(self, path: str, more: Mapping[str, str] | None = None) -> Request:
        options = self._zone.options
        login = {"apikey": options["key"], "secretapikey": options["secret_key"]}
        return Request(method="POST", path=path, body={**login, **(more or {})})


ROWS: dict[str, tuple[type[Dialect], tuple[str, ...]]] = {
    "cloudflare": (Cloudflare, ("token",)),
    "digitalocean": (DigitalOcean, ("token",)),
    "hetzner-dns": (HetznerDns, ("token",)),
    "porkbun": (Porkbun, ("key", "secret_key")),
}

"""The APIs of providers on loopback, written from their references: one zone, kept in memory."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit
from xml.etree import ElementTree

from tests.serving import Handler, serving

ZONE = "example.org"
SECRET = "t0ken-of-the-account"


@dataclass
class Api:
    """A provider: what it has, what it was asked, and how it is today."""

    name: str
    records: dict[str, tuple[str, str, str]] = field(default_factory=dict)  # id: name, kind, value
    asked: list[tuple[str, str]] = field(default_factory=list)  # method, path
    mood: tuple[int, dict[str, str], str] | None = None  # what it answers to everything
    address: str = ""
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def add(self, name: str, kind: str, value: str) -> str:
        """A record, by its whole name."""
        number = str(next(self.numbers))
        self.records[number] = (name, kind, value)
        return number

    def there(self) -> list[tuple[str, str, str]]:
        """What it has, sorted."""
        return sorted(self.records.values())

    def set(self, name: str, kind: str, values: list[str]) -> None:
        """All values of a name and a kind."""
        self.records = {i: r for i, r in self.records.items() if r[:2] != (name, kind)}
        for value in values:
            self.add(name, kind, value)

    # -- the APIs: each answers (status, body)

    def cloudflare(self, method: str, path: str, query: Any, body: Any) -> tuple[int, Any]:
        if path == "/zones":
            return 200, {"result": [{"id": "z1"}] if query["name"] == [ZONE] else []}
        if method == "POST":
            number = self.add(body["name"], body["type"], body["content"])
            return 200, {"result": {"id": number}}
        if method == "DELETE":
            return self._deleted(path)
        rows = [
            {"id": i, "name": n, "type": k, "content": v} for i, (n, k, v) in self.records.items()
        ]
        page, per = int(query["page"][0]), 2  # small pages, so that there are several
        pages = max(1, -(-len(rows) // per))
        return 200, {
            "result": rows[(page - 1) * per : page * per],
            "result_info": {"total_pages": pages},
        }

    def digitalocean(self, method: str, path: str, query: Any, body: Any) -> tuple[int, Any]:
        if method == "POST":
            self.add(whole(body["name"]), body["type"], body["data"])
            return 201, {}
        if method == "DELETE":
            return self._deleted(path, 204)
        rows = [
            {"id": int(i), "name": below(n), "type": k, "data": v}
            for i, (n, k, v) in self.records.items()
        ]
        return 200, {"domain_records": rows, "links": {}}

    def hetzner_dns(self, method: str, path: str, query: Any, body: Any) -> tuple[int, Any]:
        if path == "/zones":
            return 200, {"zones": [{"id": "z1"}] if query["name"] == [ZONE] else []}
        if method == "POST":
            self.add(whole(body["name"]), body["type"], body["value"])
            return 200, {}
        if method == "DELETE":
            return self._deleted(path)
        rows = [
            {"id": i, "name": below(n), "type": k, "value": v}
            for i, (n, k, v) in self.records.items()
        ]
        return 200, {"records": rows, "meta": {"pagination": {"last_page": 1}}}

    def porkbun(self, method: str, path: str, query: Any, body: Any) -> tuple[int, Any]:
        if body.get("secretapikey") != SECRET:
            return 403, {"status": "ERROR"}
        if "/create/" in path:
            name = f"{body['name']}.{ZONE}" if body["name"] else ZONE
            self.add(name, body["type"], body["content"])
        elif "/delete/" in path:
            self._deleted(path)
        rows = [
            {"id": i, "name": n, "type": k, "content": v} for i, (n, k, v) in self.records.items()
        ]
        return 200, {"status": "SUCCESS", "records": rows}

    def gandi(self, method: str, path: str, query: Any, body: Any) -> tuple[int, Any]:
        name, kind = named(path)
        if method == "PUT":
            self.set(name, kind, body["rrset_values"])
            return 201, {}
        if method == "DELETE":
            self.set(name, kind, [])
            return 204, None
        return 200, [
            {"rrset_name": below(n), "rrset_type": k, "rrset_values": values}
            for (n, k), values in self._sets().items()
        ]

    def godaddy(self, method: str, path: str, query: Any, body: Any) -> tuple[int, Any]:
        *_, kind, name = path.split("/")
        if method == "PUT":
            self.set(whole(unquote(name)), kind, [one["data"] for one in body])
            return 200, None
        if method == "DELETE":
            self.set(whole(unquote(name)), kind, [])
            return 204, None
        return 200, [{"name": below(n), "type": k, "data": v} for n, k, v in self.records.values()]

    def hetzner(self, method: str, path: str, query: Any, body: Any) -> tuple[int, Any]:
        if method == "POST" and path.endswith("/set_records"):
            name, kind = named(path.removesuffix("/actions/set_records"))
            self.set(name, kind, [one["value"] for one in body["records"]])
            return 201, {}
        if method == "POST":
            name = whole(body["name"])
            self.set(name, body["type"], [one["value"] for one in body["records"]])
            return 201, {}
        if method == "DELETE":
            self.set(*named(path), [])
            return 201, {}
        sets = [
            {"name": below(n), "type": k, "records": [{"value": v} for v in values]}
            for (n, k), values in self._sets().items()
        ]
        return 200, {"rrsets": sets, "meta": {"pagination": {"next_page": None}}}

    def route53(self, method: str, path: str, query: Any, body: Any) -> tuple[int, Any]:
        if path.endswith("/hostedzonesbyname"):
            zone = f"<HostedZone><Id>/hostedzone/Z1</Id><Name>{ZONE}.</Name></HostedZone>"
            return 200, f'<R xmlns="x"><HostedZones>{zone}</HostedZones></R>'
        if method == "POST":
            name, kind = body.findtext(".//{*}Name").rstrip("."), body.findtext(".//{*}Type")
            values = [one.text for one in body.iterfind(".//{*}Value")]
            there = self._sets().get((name, kind))
            if body.findtext(".//{*}Action") == "DELETE":
                if there != values or body.findtext(".//{*}TTL") != "77":
                    return 400, "<ErrorResponse>InvalidChangeBatch</ErrorResponse>"
                values = []
            self.set(name, kind, values)
            return 200, "<R/>"
        sets = [
            f"<ResourceRecordSet><Name>{n}.</Name><Type>{k}</Type><TTL>77</TTL><ResourceRecords>"
            + "".join(f"<ResourceRecord><Value>{v}</Value></ResourceRecord>" for v in values)
            + "</ResourceRecords></ResourceRecordSet>"
            for (n, k), values in self._sets().items()
        ]
        # One set a page, so that there are several.
        at = next(
            (
                i
                for i, (n, k) in enumerate(self._sets())
                if query.get("name") == [n] and query.get("type") == [k]
            ),
            0,
        )
        ahead = list(self._sets())[at + 1 : at + 2]
        more = "".join(
            f"<IsTruncated>true</IsTruncated><NextRecordName>{n}</NextRecordName>"
            f"<NextRecordType>{k}</NextRecordType>"
            for n, k in ahead
        )
        page = "".join(sets[at : at + 1])
        return 200, f'<R xmlns="x"><ResourceRecordSets>{page}</ResourceRecordSets>{more}</R>'

    def _sets(self) -> dict[tuple[str, str], list[str]]:
        found: dict[tuple[str, str], list[str]] = {}
        for name, kind, value in self.records.values():
            found.setdefault((name, kind), []).append(value)
        return found

    def _deleted(self, path: str, status: int = 200) -> tuple[int, Any]:
        del self.records[path.rpartition("/")[2]]
        return status, None if status == 204 else {}


def whole(name: str) -> str:
    """`blog`, or `@`."""
    return ZONE if name == "@" else f"{name}.{ZONE}"


def below(name: str) -> str:
    """`blog.example.org`, or the zone itself."""
    return "@" if name == ZONE else name.removesuffix(f".{ZONE}")


def named(path: str) -> tuple[str, str]:
    """The name and the kind at the end of a path."""
    found = re.search(r"/(?:records|rrsets)/([^/]+)/([A-Z]+)$", path)
    return (whole(unquote(found[1])), found[2]) if found else ("", "")


def decoded(given: bytes) -> Any:
    """A body: JSON, or Route 53's XML."""
    if given.startswith(b"<"):
        return ElementTree.fromstring(given)
    return json.loads(given) if given else {}


@contextmanager
def running(name: str) -> Iterator[Api]:
    """An API that answers, while the context is open."""
    api = Api(name=name)

    class Asked(Handler):
        def do_GET(self) -> None:
            url = urlsplit(self.path)
            api.asked.append((self.command, self.path))
            given = self.rfile.read(int(self.headers.get("Content-Length", "0")))
            status, headers, text = self.answer(url.path, parse_qs(url.query), decoded(given))
            self.say(status, text, headers)

        do_POST = do_PUT = do_DELETE = do_GET

        def answer(self, path: str, query: Any, body: Any) -> tuple[int, dict[str, str], str]:
            if api.mood:
                return api.mood
            shown = "".join(self.headers.values()) + (json.dumps(body) if name == "porkbun" else "")
            if SECRET not in shown:
                return 401, {}, "{}"
            status, found = getattr(api, name.replace("-", "_"))(self.command, path, query, body)
            text = found if isinstance(found, str) else json.dumps(found)
            return status, {}, "" if found is None else text

    with serving(Asked) as api.address:
        yield api

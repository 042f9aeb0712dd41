"""A zone at a provider with an API over HTTP."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from homeport.dns.model import MARK, Observed, Zone
from homeport.dns.plan import Change, Verb
from homeport.dns.providers.dialects import Dialect, Request, Row, bare
from homeport.dns.providers.exchange import ask
from homeport.errors import ProviderRefused, RequestError, Unavailable

_PAGES = 100  # of one zone
Key = tuple[str, str]  # name, kind


class ApiProvider:
    """One zone. The mark is made before the addresses, and goes after them.

    There are no prerequisites over HTTP: what was observed a moment ago has to do.
    """

    marks = removes = v6 = True
    pause = 5.0

    def __init__(self, zone: Zone, dialect: Dialect) -> None:
        self._zone, self._dialect = zone, dialect
        self._base = zone.options.get("api", dialect.address).rstrip("/")
        self._id: str | None = None
        self._rows: dict[Key, list[Row]] | None = None

    async def observe(self, hosts: Collection[str]) -> Mapping[str, Observed]:
        """The provider's own list, which its name servers answer from; and all that is marked."""
        rows = await self._look()
        marked = {name.removeprefix(f"{MARK}.") for name, kind in rows if _is_mark(name, kind)}
        return {host: _observed(rows, host) for host in {*hosts, *marked}}

    async def apply(self, change: Change) -> None:
        """Make a change: its records one after the other."""
        rows = self._rows if self._rows is not None else await self._look()
        host, mark = change.host, f"{MARK}.{change.host}"
        found = _observed(rows, host)
        if change.verb is Verb.MAKE and (found.a or found.aaaa or found.cname or found.mark):
            raise RequestError(f"{host} is there already", hint="it is looked at again")
        if change.verb is not Verb.MAKE and change.mark not in found.mark:
            raise RequestError(f"{host} is not ours any more", hint="it is looked at again")
        removes = change.verb is Verb.REMOVE
        steps = [(host, "A", () if removes else change.a)]
        steps += [(host, "AAAA", () if removes else change.aaaa)]
        marked = (mark, "TXT", () if removes else (change.mark,))
        for name, kind, values in [*steps, marked] if removes else [marked, *steps]:
            await self._put(rows, name, kind, values)

    async def set_txt(self, name: str, value: str) -> None:
        """Add a value to those that are there."""
        rows = await self._look()
        there = [row.value for row in rows[name, "TXT"]]
        if value not in there:
            await self._put(rows, name, "TXT", [*there, value])

    async def remove_txt(self, name: str, value: str) -> None:
        """Take a value away from those that are there."""
        rows = await self._look()
        there = [row.value for row in rows[name, "TXT"]]
        if value in there:
            await self._put(rows, name, "TXT", [one for one in there if one != value])

    async def _put(
        self, rows: dict[Key, list[Row]], name: str, kind: str, values: Sequence[str]
    ) -> None:
        had = rows[name, kind]
        if sorted(row.value for row in had) == sorted(values):
            return
        for request in self._dialect.put(self._id or "", name, kind, values, had):
            await self._ask(request)
        rows[name, kind] = [Row(name=name, kind=kind, value=value) for value in values]

    async def _look(self) -> dict[Key, list[Row]]:
        zone_id, rows = await self._zone_id(), defaultdict[Key, list[Row]](list)
        for page in range(1, _PAGES + 1):
            answer = await self._ask(self._dialect.list(zone_id, page))
            for row in self._read(self._dialect.rows, answer):
                name = row.name.lower().rstrip(".")
                value = bare(row.value) if row.kind == "TXT" else row.value
                rows[name, row.kind].append(Row(name=name, kind=row.kind, value=value, id=row.id))
            if self._read(lambda given, page=page: self._dialect.is_last(given, page), answer):
                break
        self._rows = rows
        return rows

    async def _zone_id(self) -> str:
        request = self._dialect.find() if self._id is None else None
        if request:
            self._id = self._read(self._dialect.found, await self._ask(request))
            if not self._id:
                self._id = None
                raise ProviderRefused(
                    f"{self._zone.provider} has no zone {self._zone.name} for these credentials",
                    hint="are they for the account that holds the zone?",
                )
        return self._id or ""

    def _read(self, reader: Any, answer: Any) -> Any:
        """What an answer says; one of another shape is not believed."""
        try:
            return reader(answer)
        except (KeyError, TypeError, IndexError, ValueError, AttributeError) as error:
            raise Unavailable(f"{self._zone.provider} answers with something unknown") from error

    async def _ask(self, request: Request) -> Any:
        proof = self._dialect.sign(request, self._base, time.time())
        content = await ask(self._zone, self._base, request, proof)
        try:
            return self._dialect.read(content)
        except ValueError as error:
            who = self._zone.provider
            raise Unavailable(f"{who} answers with something that cannot be read") from error


def _is_mark(name: str, kind: str) -> bool:
    return kind == "TXT" and name.startswith(f"{MARK}.")


def _observed(rows: Mapping[Key, Sequence[Row]], host: str) -> Observed:
    def values(name: str, kind: str) -> tuple[str, ...]:
        return tuple(sorted(row.value for row in rows.get((name, kind), ())))

    return Observed(
        a=values(host, "A"),
        aaaa=values(host, "AAAA"),
        cname=bool(values(host, "CNAME")),
        mark=values(f"{MARK}.{host}", "TXT"),
    )

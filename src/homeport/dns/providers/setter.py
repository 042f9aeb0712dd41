"""A zone at a provider that can only be told an address: its name servers say what is there."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from homeport.dns.authoritative import Authoritative
from homeport.dns.model import Observed, Zone
from homeport.dns.plan import Change, Verb
from homeport.dns.providers.dialects import Request
from homeport.dns.providers.exchange import ask
from homeport.dns.providers.telling import Setter
from homeport.errors import RequestError

_CHALLENGE = "_acme-challenge."


class SetterProvider:
    """One zone. Nothing can be marked there: the zone's `hosts` are homeport's to change."""

    marks = False

    def __init__(self, zone: Zone, setter: Setter) -> None:
        self._zone, self._setter = zone, setter
        self._base = zone.options.get("api", setter.address).rstrip("/")
        self._servers = Authoritative(zone)
        self.pause, self.removes, self.v6 = setter.pause, setter.removes, setter.v6

    async def observe(self, hosts: Collection[str]) -> Mapping[str, Observed]:
        """What the zone's own name servers answer, of the hosts that are ours to change."""
        mine = [host for host in hosts if host in self._zone.hosts]
        others = dict.fromkeys(set(hosts) - set(mine), Observed())
        return {**others, **await self._servers.observe(mine)}

    async def apply(self, change: Change) -> None:
        """Tell the addresses of a host."""
        addresses = () if change.verb is Verb.REMOVE else (*change.a, *change.aaaa)
        if change.verb is Verb.REMOVE and not self.removes:
            raise RequestError(f"{self._zone.provider} cannot take {change.host} away")
        listing = self._setter.listing()
        listed = await self._ask(listing) if listing else ""
        for request in self._setter.tell(change.host, addresses, listed):
            self._setter.judge(change.host, await self._ask(request))

    async def set_txt(self, name: str, value: str) -> None:
        """Where the provider has TXT at all: one value, which replaces another."""
        await self._txt(name, value, clear=False)

    async def remove_txt(self, name: str, value: str) -> None:
        """Take the value away."""
        await self._txt(name, value, clear=True)

    async def _txt(self, name: str, value: str, *, clear: bool) -> None:
        if not self._setter.sets_txt:
            hint = "certificates of its hosts are asked for over HTTP"
            raise RequestError(f"{self._zone.provider} has no TXT records", hint=hint)
        host = name.removeprefix(_CHALLENGE)
        self._setter.judge(host, await self._ask(self._setter.txt(host, value, clear=clear)))

    async def _ask(self, request: Request) -> str:
        answer = await ask(self._zone, self._base, request)
        return answer.decode(errors="replace")

"""The dyndns2 family: what it is told, and what its answers mean. Pure.

Sources: the protocol as Dyn and No-IP publish it ("Perform Update"), and OVH's "DynHost".
"""

from __future__ import annotations

from collections.abc import Sequence
from urllib.parse import urlencode

from homeport.dns.model import Zone
from homeport.dns.providers.dialects import Request
from homeport.dns.providers.telling import Telling

_ACCOUNT = {
    "badauth": "login and password are not taken",
    "badsys": "the system is not known",
    "badagent": "this program is not welcome",
    "!donator": "the account has not paid for this",
    "abuse": "it is blocked for too many updates",  # No-IP blocks the account, Dyn the host
}
_HOST = {
    "notfqdn": "the host is no full name",
    "nohost": "the account has no such host",
    "!yours": "the host is another account's",
    "!active": "the host is not active",
    "numhost": "too many hosts at once",
}


class DynDns2(Telling):
    """`server`, `login`, `password`: any server that speaks dyndns2."""

    system = "dyndns"

    def __init__(self, zone: Zone) -> None:
        super().__init__(zone)
        self.address = self.address or f"https://{zone.options.get('server', '')}"

    def tell(self, host: str, addresses: Sequence[str], listed: str) -> Sequence[Request]:
        """Both families at once."""
        return [self._update(host, ",".join(addresses))]

    def judge(self, host: str, answer: str) -> None:
        """One line, which begins with a word."""
        code = next(iter(answer.split()), "")
        if code not in ("good", "nochg"):
            raise self._fault(code, _ACCOUNT, _HOST)

    def _update(self, host: str, addresses: str) -> Request:
        asked = {"system": self.system, "hostname": host, "myip": addresses}
        path = f"/nic/update?{urlencode(asked, safe=':,')}"
        return Request(method="GET", path=path, headers=self._basic())


class NoIp(DynDns2):
    """`login` and `password`: best those of a DDNS key."""

    address = "https://dynupdate.no-ip.com"
    system = "noip"


class Ovh(DynDns2):
    """`login` and `password` of a DynHost; one family in a request."""

    address = "https://www.ovh.com"

    def tell(self, host: str, addresses: Sequence[str], listed: str) -> Sequence[Request]:
        """One after the other."""
        return [self._update(host, address) for address in addresses]

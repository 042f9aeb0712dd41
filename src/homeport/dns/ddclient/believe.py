"""Which address that something said is believed, and published. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import ip_address, ip_network

from homeport.dns.ddclient.model import Answer
from homeport.dns.ddclient.text import extract_ipv4, extract_ipv6, skipped
from homeport.dns.local import LocalAddress, with_suffix
from homeport.dns.model import is_public

_CGNAT = ip_network("100.64.0.0/10")
_LOGIN = re.compile(r"<(form|input|script)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """An address, or why there is none."""

    address: str = ""
    why: str = ""
    prefix: int = 64  # bits that an IPv6 address shares with its neighbours

    def behind_prefix(self, suffix: str) -> str:
        """The address; of IPv6 the prefix with another end, where one is wanted."""
        if not suffix or ":" not in self.address:
            return self.address
        own = LocalAddress(interface="", address=self.address, prefix=self.prefix)
        return with_suffix(own, suffix)


def in_answer(answer: Answer, source: str, skip: str, own_skip: bool, family: str) -> Found:
    """The address on a page of the web or of a router."""
    if not answer.status:
        return Found(why=f"{source} does not answer: {answer.text}")
    if not answer.ok:
        return Found(why=f"{source} answers with status {answer.status}: not believed")
    # Whoever says where the address stands in a page has seen that page.
    if not own_skip and _LOGIN.search(answer.text):
        return Found(why=f"{source} answers with a page to fill in: not believed")
    return in_text(answer.text, source, skip, family)


def in_text(text: str, source: str, skip: str, family: str) -> Found:
    """The first address of a text behind what is skipped."""
    try:
        rest = skipped(text, skip)
    except re.error as error:
        return Found(why=f"'{skip}' is no regular expression: {error}")
    v4, v6 = extract_ipv4(rest), extract_ipv6(rest)
    address = {"4": v4, "6": v6}.get(family, v4 or v6)
    if not address:
        return Found(why=f"{source} says no address")
    return public(address, source)


def public(address: str, source: str) -> Found:
    """An address that others can reach; a box behind carrier-grade NAT is told so."""
    if is_public(address):
        return Found(address=address)
    if ":" not in address and ip_address(address) in _CGNAT:
        told = "carrier-grade NAT: nobody reaches this box over IPv4; ask for IPv6 or an own IPv4"
        return Found(why=f"{source} says {address}, which is behind {told}")
    return Found(why=f"{source} says {address}, which leads nobody here: not published")

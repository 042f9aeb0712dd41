"""Several say what the address of this box is: whom to believe. Pure.

An interface of the machine is believed first, since it is the address; then what the router and
the web say together, which tells whether a carrier shares the address among its customers.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import ip_address, ip_network

from homeport.dns.local import LocalAddress
from homeport.dns.model import Addresses, is_public

_CARRIER = ip_network("100.64.0.0/10")  # RFC 6598
_NO_WAY_IN = (
    "ask the provider for a public IPv4 address, let visitors come over IPv6, or through a tunnel; "
    "`addresses` in the file of zones says one that leads here all the same"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What each source said last. "" and no address: nothing, or it is not asked."""

    interface: Addresses = field(default_factory=Addresses)
    carrier: str = ""  # an address of carrier-grade NAT on that interface
    router: str = ""  # its outer address, public or not
    web: Addresses = field(default_factory=Addresses)
    faults: tuple[str, ...] = ()  # of sources that should say something, and do not


@dataclass(frozen=True, slots=True, kw_only=True)
class Belief:
    """What is believed. A family without an address stays as it was published."""

    addresses: Addresses = field(default_factory=Addresses)
    source: str = ""
    trouble: str = ""
    hint: str = ""


def believed(told: Told) -> Belief:
    """The addresses that lead to this box, and what is wrong with them."""
    nat = "" if told.interface.v4 else behind_nat(told.carrier or told.router, told.web.v4)
    v4 = told.interface.v4 or ("" if nat else told.router or told.web.v4)
    v6 = told.interface.v6 or told.web.v6
    source = _source(told, v4, v6)
    if nat:
        addresses = Addresses(v6=v6)
        return Belief(addresses=addresses, source=source, trouble=nat, hint=_NO_WAY_IN)
    trouble = "" if v4 or v6 else "; ".join(told.faults)
    return Belief(addresses=Addresses(v4=v4, v6=v6), source=source, trouble=trouble)


def behind_nat(router: str, seen: str) -> str:
    """Why nobody reaches the box over IPv4; "" where nothing speaks against it.

    Args:
        router: the address of the router's outer side; "" where it is not known.
        seen: the address that the web sees.
    """
    if not router or ":" in router:
        return ""
    if ip_address(router) in _CARRIER:
        return f"the router has {router}, of carrier-grade NAT: nobody reaches it over IPv4"
    if not is_public(router):
        return f"the router has {router}, which is not public: another router is in front of it"
    if seen and seen != router:
        return f"the router has {router}, and the web sees {seen}: there is NAT in between"
    return ""


def carrier_of(found: Iterable[LocalAddress], interface: str) -> str:
    """An address of carrier-grade NAT on the interface; "" where it has none."""
    mine = (one.address for one in found if one.interface == interface and one.family == 4)
    return next((address for address in mine if ip_address(address) in _CARRIER), "")


def _source(told: Told, v4: str, v6: str) -> str:
    names = {
        "interface": told.interface.v4 == v4 != "" or told.interface.v6 == v6 != "",
        "router": told.router == v4 != "" and not told.interface.v4,
        "web": (told.web.v4 == v4 != "" and not (told.interface.v4 or told.router))
        or (told.web.v6 == v6 != "" and not told.interface.v6),
    }
    return ", ".join(name for name, speaks in names.items() if speaks)

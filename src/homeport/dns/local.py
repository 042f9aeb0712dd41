"""Which of the addresses of this machine's interfaces is the one to publish. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, IPv6Interface

from homeport.dns.model import Addresses, is_public


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalAddress:
    """An address of an interface, as the kernel has it."""

    interface: str  # its name
    address: str
    prefix: int  # bits
    temporary: bool = False  # made by privacy extensions, to be replaced in a day
    deprecated: bool = False  # goes away: no new connection is to use it
    tentative: bool = False  # it is not sure yet that nobody else has it
    stable: bool = False  # set by hand, or the one beside temporary ones
    # Seconds that it is still preferred. It runs down all the time: no change by itself.
    preferred: int = field(default=0, compare=False)

    @property
    def family(self) -> int:
        """4 or 6."""
        return 6 if ":" in self.address else 4

    @property
    def publishable(self) -> bool:
        """Whether others can rely on it."""
        passing = self.temporary or self.deprecated or self.tentative
        return is_public(self.address) and not passing


def pick(found: Iterable[LocalAddress], *, interface: str = "", suffix: str = "") -> Addresses:
    """The addresses to publish, each family by itself; "" where there is none.

    Args:
        found: all that there are.
        interface: the only one to look at; "": any.
        suffix: of IPv6: the prefix of the address with this host's own end, as `::5`.
    """
    fit = [one for one in found if one.publishable and interface in ("", one.interface)]
    v6 = _best(fit, 6)
    end = with_suffix(v6, suffix) if v6 and suffix else v6 and v6.address
    v4 = _best(fit, 4)
    return Addresses(v4=v4.address if v4 else "", v6=end or "")


def with_suffix(address: LocalAddress, suffix: str) -> str:
    """The prefix that the address lies in, and behind it the suffix.

    An address without neighbours (/128, as DHCPv6 gives them) lies in a network of 64 bits.
    """
    bits = address.prefix if address.prefix <= 64 else 64
    network = IPv6Interface(f"{address.address}/{bits}").network
    end = int(IPv6Address(suffix)) & int(network.hostmask)
    return str(IPv6Address(int(network.network_address) | end))


def _best(found: Iterable[LocalAddress], family: int) -> LocalAddress | None:
    """Stable ones first, then those that are preferred for longest: of the newest prefix."""
    return min(
        (one for one in found if one.family == family),
        key=lambda one: (not one.stable, -one.preferred, one.address),
        default=None,
    )

"""The ways to an address that `use=`, `usev4=` and `usev6=` can name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from homeport.dns.ddclient.keywords import Kind
from homeport.dns.ddclient.routers import ROUTERS

DEVICES = frozenset(ROUTERS)
# Routers that are asked what an interface of theirs has.
CISCO: Mapping[str, str] = MappingProxyType(
    {
        "cisco": "http://{router}/level/1/exec/show/ip/interface/brief/{interface}/CR",
        "cisco-asa": "https://{router}/exec/show%20interface%20{interface}",
    }
)
_USE: Mapping[Kind, frozenset[str]] = MappingProxyType(
    {
        Kind.USE: DEVICES | set(CISCO) | {"router", "no", "ip", "web", "fw", "if", "cmd"},
        Kind.USEV4: DEVICES
        | {
            "router",
            "disabled",
            "ipv4",
            "webv4",
            "fwv4",
            "ifv4",
            "cmdv4",
            "ciscov4",
            "cisco-asav4",
        },
        Kind.USEV6: DEVICES
        | {"disabled", "no", "ip", "ipv6", "web", "webv6", "fwv6", "if", "ifv6", "cmd", "cmdv6"}
        | {"ciscov6", "cisco-asav6"},
    }
)

# Pages that tell who asks from where: name -> address, and the text before the address.
WEB: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        "dyndns": ("http://checkip.dyndns.org/", "Current IP Address:"),
        "freedns": ("https://freedns.afraid.org/dynamic/check.php", ""),
        "googledomains": ("https://domains.google.com/checkip", ""),
        "he": ("https://checkip.dns.he.net/", ""),
        "ip4only.me": ("https://ip4only.me/api/", ""),
        "ip6only.me": ("https://ip6only.me/api/", ""),
        "ipify-ipv4": ("https://api.ipify.org/", ""),
        "ipify-ipv6": ("https://api6.ipify.org/", ""),
        "loopia": ("https://dns.loopia.se/checkip/checkip.php", "Current IP Address:"),
        "myonlineportal": ("https://myonlineportal.net/checkip", ""),
        "noip-ipv4": ("http://ip1.dynupdate.no-ip.com/", ""),
        "noip-ipv6": ("http://ip1.dynupdate6.no-ip.com/", ""),
        "nsupdate.info-ipv4": ("http://ipv4.nsupdate.info/myip", ""),
        "nsupdate.info-ipv6": ("http://ipv6.nsupdate.info/myip", ""),
        "zoneedit": ("https://dynamic.zoneedit.com/checkip.html", ""),
    }
)


def is_known_use(kind: Kind, value: str) -> bool:
    """Whether a keyword of this kind may have this value; others may have any."""
    return kind not in _USE or value in _USE[kind]


def is_disabled(use: str) -> bool:
    """Whether no address is looked for: `no` is the old word."""
    return use in ("", "disabled", "no")

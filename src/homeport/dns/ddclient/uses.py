"""The ways to an address that `use=`, `usev4=` and `usev6=` can name. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from homeport.dns.ddclient.keywords import Kind

# Routers of the years around 2000 that ddclient reads a page of. Their pages are not known here.
DEVICES = frozenset(
    [
        "2wire",
        "3com-3c886a",
        "3com-oc-remote812",
        "alcatel-510",
        "alcatel-530",
        "alcatel-stp",
        "allnet-1298",
        "cayman-3220h",
        "dlink-524",
        "dlink-604",
        "dlink-614",
        "e-tech",
        "elsa-lancom-dsl10",
        "elsa-lancom-dsl10-ch01",
        "elsa-lancom-dsl10-ch02",
        "linksys",
        "linksys-rv042-wan1",
        "linksys-rv042-wan2",
        "linksys-ver2",
        "linksys-",
        "ver3",
        "linksys-wcg200",
        "linksys-wrt854g",
        "maxgate-ugate3x00",
        "netcomm-nb3",
        "netgear-dg834g",
        "netgear-",
        "rp614",
        "netgear-rt3xx",
        "netgear-wgt624",
        "netgear-wpn824",
        "netopia-r910",
        "olitec-SX200",
        "rtp300",
        "siemens-",
        "ss4200",
        "sitecom-dc202",
        "smc-barricade",
        "smc-barricade-7004vbr",
        "smc-barricade-7401bra",
        "smc-",
        "barricade-alt",
        "sohoware-nbg800",
        "sveasoft",
        "thomson-st536v6",
        "thomson-tg782",
        "vigor-2200usb",
        "watchguard-edge-x",
        "watchguard-soho",
        "westell-6100",
        "xsense-aero",
    ]
)
_CISCO = frozenset({"cisco", "cisco-asa"})
_USE: Mapping[Kind, frozenset[str]] = MappingProxyType(
    {
        Kind.USE: DEVICES | _CISCO | {"no", "ip", "web", "fw", "if", "cmd"},
        Kind.USEV4: DEVICES
        | {"disabled", "ipv4", "webv4", "fwv4", "ifv4", "cmdv4", "ciscov4", "cisco-asav4"},
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

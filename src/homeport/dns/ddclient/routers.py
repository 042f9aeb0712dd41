"""The pages of routers that ddclient knows by name: where the address stands on them. Pure.

Facts about devices of the years around 2000, as ddclient 3.10 and 4.0 know them.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple


class Router(NamedTuple):
    """A page, a regular expression behind which the address stands, and what it is."""

    path: str
    skip: str
    name: str


ROUTERS: Mapping[str, Router] = MappingProxyType(
    {
        "2wire": Router("/xslt?PAGE=B01", "Internet Address:", "2Wire 1701HG Gateway"),
        "3com-3c886a": Router("/stat3.htm", "IP address in use", "3com 3c886a 56k Lan Modem"),
        "3com-oc-remote812": Router("/callEvent", ".*LOCAL", "3com OfficeConnect Remote 812"),
        "alcatel-510": Router("/cgi/ip/", "ppp", "Alcatel Speed Touch 510"),
        "alcatel-530": Router("/cgi/status/", "IP Address", "Alcatel/Thomson SpeedTouch 530"),
        "alcatel-stp": Router("/cgi/router/", "Brt", "Alcatel Speed Touch Pro"),
        "allnet-1298": Router("/cgi/router/", "WAN", "Allnet 1298"),
        "cayman-3220h": Router("/shell/show+ip+interfaces", ".*inet", "Cayman 3220-H DSL"),
        "dlink-524": Router("/st_device.html", "WAN.*?Addres", "D-Link DI-524"),
        "dlink-604": Router("/st_devic.html", "WAN.*?IP.*Address", "D-Link DI-604"),
        "dlink-614": Router("/st_devic.html", "WAN", "D-Link DI-614+"),
        "e-tech": Router("/Status.htm", "Public IP Address", "E-tech Router"),
        "elsa-lancom-dsl10": Router("/config/1/6/8/3/", "IP.Address", "ELSA LanCom DSL/10 DSL FW"),
        "elsa-lancom-dsl10-ch01": Router(
            "/config/1/6/8/3/", "IP.Address.*?CH01", "ELSA LanCom DSL/10 DSL FW (isdn ch01)"
        ),
        "elsa-lancom-dsl10-ch02": Router(
            "/config/1/6/8/3/", "IP.Address.*?CH02", "ELSA LanCom DSL/10 DSL FW (isdn ch01)"
        ),
        "linksys": Router("/Status.htm", "WAN.*?Address", "Linksys FW"),
        "linksys-rv042-wan1": Router(
            "/home.htm", "WAN1 IP", "Linksys RV042 Dual Homed Router WAN Port 2"
        ),
        "linksys-rv042-wan2": Router(
            "/home.htm", "WAN2 IP", "Linksys RV042 Dual Homed Router WAN Port 2"
        ),
        "linksys-ver2": Router("/RouterStatus.htm", "WAN.*?Address", "Linksys FW version 2"),
        "linksys-ver3": Router("/Status_Router.htm", "WAN.*?Address", "Linksys FW version 3"),
        "linksys-wcg200": Router("/RgStatus.asp", "WAN.IP.*?Address", "Linksys WCG200 FW"),
        "linksys-wrt854g": Router("/Status_Router.asp", "IP Address:", "Linksys WRT854G FW"),
        "maxgate-ugate3x00": Router("/Status.htm", "WAN.*?IP Address", "MaxGate UGATE-3x00 FW"),
        "netcomm-nb3": Router("/MainPage?id=6", "ppp-0", "NetComm NB3"),
        "netgear-dg834g": Router(
            "/setup.cgi?next_file=s_status.htm&todo=cfg_init", "", "netgear-dg834g"
        ),
        "netgear-rp614": Router("/sysstatus.html", "IP Address", "Netgear RP614 FW"),
        "netgear-rt3xx": Router("/mtenSysStatus.html", "IP Address", "Netgear FW"),
        "netgear-wgt624": Router(
            "/RST_st_dhcp.htm", 'IP Address</B></td><TD NOWRAP width="50%">', "Netgear WGT624"
        ),
        "netgear-wpn824": Router("/RST_status.htm", "IP Address", "Netgear WPN824 FW"),
        "netopia-r910": Router("/WanEvtLog", "local:", "Netopia R910 FW"),
        # ddclient calls it olitec-SX200, and reads names without case: it never finds it.
        "olitec-sx200": Router("/doc/wan.htm", r'st_wan_ip\[0] = "', "olitec-SX200"),
        "rtp300": Router(
            "/cgi-bin/webcm?getpage=%2Fusr%2Fwww_safe%2Fhtml%2Fstatus%2FRouter.html",
            "Internet.*?IP Address",
            "Linksys RTP300",
        ),
        "siemens-ss4200": Router("/summary.htm", "", "Siemens SpeedStream 4200"),
        "sitecom-dc202": Router("/status.htm", "Internet IP Address", "Sitecom DC-202 FW"),
        "smc-barricade": Router("/status.htm", "IP Address", "SMC Barricade FW"),
        "smc-barricade-7004vbr": Router(
            "/status_main.stm", "var wan_ip=", "SMC Barricade FW (7004VBR model config)"
        ),
        "smc-barricade-7401bra": Router(
            "/admin/wan1.htm", "IP Address", "SMC Barricade 7401BRA FW"
        ),
        "smc-barricade-alt": Router("/status.HTM", "WAN IP", "SMC Barricade FW (alternate config)"),
        "sohoware-nbg800": Router("/status.htm", "Internet IP", "SOHOWare BroadGuard NBG800"),
        "sveasoft": Router("/Status_Router.asp", "var wan_ip", "Sveasoft WRT54G/WRT54GS"),
        "thomson-st536v6": Router("/cgi/b/is/", "IP Address", "Thomson SpeedTouch 536v6"),
        "thomson-tg782": Router("/cgi/b/is/", "IP Address", "Thomson/Technicolor TG782"),
        "vigor-2200usb": Router("/doc/online.sht", "PPPoA", "Vigor 2200 USB"),
        "watchguard-edge-x": Router("/netstat.htm", "inet addr:", "Watchguard Edge X FW"),
        "watchguard-soho": Router("/pubnet.htm", "NAME=IPAddress VALUE=", "Watchguard SOHO FW"),
        "westell-6100": Router("/advstat.htm", "IP.+?Address", "Westell C90-610015-06 DSL Router"),
        "xsense-aero": Router("/A_SysInfo.htm", "WAN.*?IP Address", "Xsense Aero"),
    }
)

"""UPnP's Internet Gateway Device: what the router is asked, and what it answers. Pure.

Sources: UPnP Device Architecture 1.1 (SSDP, descriptions, SOAP); WANIPConnection:1 and :2,
WANPPPConnection:1 (GetExternalIPAddress).
"""

from __future__ import annotations

import re
from urllib.parse import urljoin, urlsplit
from xml.etree import ElementTree

GROUP, PORT = "239.255.255.250", 1900
LARGEST = 262_144  # bytes of a description
_DEVICES = (
    "urn:schemas-upnp-org:device:InternetGatewayDevice:1",
    "urn:schemas-upnp-org:device:InternetGatewayDevice:2",
)
_SERVICE = re.compile(r"urn:schemas-upnp-org:service:WAN(IP|PPP)Connection:[12]")
_LOCATION = re.compile(r"^location:\s*(\S+)\s*$", re.IGNORECASE | re.MULTILINE)


def searches() -> list[bytes]:
    """What is called into the network, to find routers."""
    return [
        (
            f'M-SEARCH * HTTP/1.1\r\nHOST: {GROUP}:{PORT}\r\nMAN: "ssdp:discover"\r\n'
            f"MX: 1\r\nST: {device}\r\n\r\n"
        ).encode()
        for device in _DEVICES
    ]


def location(answer: bytes, sender: str) -> str:
    """Where the sender's description is; "" where it is somebody else's, or not plain HTTP.

    Anybody in the network can answer: nobody makes us ask another machine than himself.
    """
    found = _LOCATION.search(answer.decode(errors="replace").replace("\r\n", "\n"))
    return found[1] if found and is_at(found[1], sender) else ""


def is_at(url: str, host: str) -> bool:
    """Whether a URL leads to this host, over plain HTTP."""
    try:
        where = urlsplit(url)
        return where.scheme == "http" and where.hostname == host and where.port != 0
    except ValueError:
        return False


def control(description: bytes, at: str) -> tuple[str, str]:
    """The service that knows the outer address, and the URL at which it is asked; "" for none.

    Args:
        description: XML of the device.
        at: where it was found, which a relative URL is relative to.
    """
    root = _parsed(description)
    for service in root.iter("service") if root is not None else ():
        kind, path = service.findtext("serviceType", ""), service.findtext("controlURL", "")
        url = urljoin(at, path.strip())
        if _SERVICE.fullmatch(kind.strip()) and is_at(url, urlsplit(at).hostname or ""):
            return kind.strip(), url
    return "", ""


def question(service: str) -> tuple[dict[str, str], bytes]:
    """Headers and body of the request."""
    body = (
        '<?xml version="1.0"?>\n<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" '
        's:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"><s:Body>'
        f'<u:GetExternalIPAddress xmlns:u="{service}"/></s:Body></s:Envelope>\n'
    )
    headers = {
        "Content-Type": 'text/xml; charset="utf-8"',
        "SOAPAction": f'"{service}#GetExternalIPAddress"',
    }
    return headers, body.encode()


def answer(content: bytes) -> str:
    """The router's outer address; "" where it says none."""
    root = _parsed(content)
    found = root.find(".//NewExternalIPAddress") if root is not None else None
    return (found.text or "").strip() if found is not None else ""


def _parsed(content: bytes) -> ElementTree.Element | None:
    """XML without namespaces; None for what is none, or brings entities of its own."""
    if b"<!DOCTYPE" in content or b"<!ENTITY" in content or len(content) > LARGEST:
        return None
    try:
        root = ElementTree.fromstring(content)  # noqa: S314 - checked
    except ElementTree.ParseError:
        return None
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root

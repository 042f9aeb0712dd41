"""What routers answer: as their references say, cut short, and hostile."""

from __future__ import annotations

import struct

import pytest

from homeport.dns import igd, pcp
from homeport.dns.router import gateway

NONCE = bytes(range(12))
AT = "http://192.168.1.1:5000/rootDesc.xml"
DESCRIPTION = """<?xml version="1.0"?><root xmlns="urn:schemas-upnp-org:device-1-0"><device>
<deviceList><device><serviceList><service><serviceType>urn:schemas-upnp-org:service:{kind}</serviceType>
<controlURL>{url}</controlURL></service></serviceList></device></deviceList></device></root>"""
ROUTES = """Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
wlan0\t00000000\t0201A8C0\t0003\t0\t0\t600\t00000000\t0\t0\t0
eth0\t00000000\t0101A8C0\t0003\t0\t0\t100\t00000000\t0\t0\t0
eth0\t0001A8C0\t00000000\t0001\t0\t0\t100\t00FFFFFF\t0\t0\t0
"""


def nat_pmp(result: int = 0) -> bytes:
    return struct.pack("!BBHI4s", 0, 128, result, 9, bytes((93, 184, 215, 14)))


def pcp_map(nonce: bytes = NONCE, result: int = 0) -> bytes:
    head = struct.pack("!BBBBII12x", 2, 0x81, 0, result, 10, 9)
    mapped = bytes(10) + b"\xff\xff" + bytes((93, 184, 215, 14))
    return head + struct.pack("!12sB3xHH16s", nonce, 17, 9, 40000, mapped)


def test_nat_pmp_and_pcp_say_the_outer_address() -> None:
    assert "93.184.215.14" == pcp.nat_pmp_answer(nat_pmp())
    assert "93.184.215.14" == pcp.pcp_answer(pcp_map(), NONCE)


def test_what_is_no_answer_says_nothing() -> None:
    silent = [pcp.nat_pmp_answer(nat_pmp(3)), pcp.pcp_answer(pcp_map(result=1), NONCE)]
    silent += [pcp.pcp_answer(pcp_map(bytes(12)), NONCE), pcp.nat_pmp_answer(pcp_map())]
    silent += [pcp.nat_pmp_answer(nat_pmp()[:n]) for n in range(12)]
    silent += [pcp.pcp_answer(pcp_map()[:n], NONCE) for n in range(60)]
    assert {""} == set(silent)


def test_a_pcp_question_maps_the_discard_port_for_a_moment() -> None:
    asked = pcp.pcp_question(NONCE, "192.168.1.2")
    assert (60, b"\x02\x01\x00\x00\x00\x00\x00\x0a") == (len(asked), asked[:8])
    assert (NONCE, 17, 9) == (asked[24:36], asked[36], int.from_bytes(asked[40:42]))


@pytest.mark.parametrize("kind", ["WANIPConnection:1", "WANIPConnection:2", "WANPPPConnection:1"])
def test_the_service_is_found_and_its_url_is_relative_to_the_description(kind: str) -> None:
    text = DESCRIPTION.format(kind=kind, url="/ctl/IPConn").encode()
    service = f"urn:schemas-upnp-org:service:{kind}"
    assert (service, "http://192.168.1.1:5000/ctl/IPConn") == igd.control(text, AT)


@pytest.mark.parametrize(
    "text",
    [
        DESCRIPTION.format(kind="WANIPConnection:1", url="http://evil.example/ctl"),
        DESCRIPTION.format(kind="WANIPConnection:1", url="https://192.168.1.1/ctl"),
        DESCRIPTION.format(kind="ContentDirectory:1", url="/ctl"),
        "<!DOCTYPE a [<!ENTITY b 'c'>]>" + DESCRIPTION.format(kind="WANIPConnection:1", url="/c"),
        "<html>please log in",
        "",
    ],
)
def test_a_description_leads_to_no_other_machine(text: str) -> None:
    assert ("", "") == igd.control(text.encode(), AT)


@pytest.mark.parametrize(
    ("said", "at"),
    [
        (f"HTTP/1.1 200 OK\r\nST: x\r\nLocation: {AT}\r\n\r\n", AT),
        ("HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.9/x\r\n\r\n", ""),
        ("HTTP/1.1 200 OK\r\nLOCATION: https://192.168.1.1/x\r\n\r\n", ""),
        ("HTTP/1.1 200 OK\r\nLOCATION: http://192.168.1.1:99999/x\r\n\r\n", ""),
        ("HTTP/1.1 200 OK\r\nLOCATION: file:///etc/passwd\r\n\r\n", ""),
        ("nothing", ""),
    ],
)
def test_a_location_is_that_of_who_answers(said: str, at: str) -> None:
    assert at == igd.location(said.encode(), "192.168.1.1")


def test_the_address_stands_in_the_envelope() -> None:
    text = (
        '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
        '<u:GetExternalIPAddressResponse xmlns:u="urn:schemas-upnp-org:service:WANIPConnection:1">'
        "<NewExternalIPAddress>93.184.215.14</NewExternalIPAddress>"
        "</u:GetExternalIPAddressResponse></s:Body></s:Envelope>"
    )
    assert ("93.184.215.14", "") == (igd.answer(text.encode()), igd.answer(b"<a/>"))


def test_the_gateway_is_the_next_hop_of_the_best_default_route() -> None:
    assert ("192.168.1.1", "") == (gateway(ROUTES), gateway("Iface\n"))

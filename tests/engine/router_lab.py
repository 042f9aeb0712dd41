"""A small router, to run in a namespace: PCP or NAT-PMP on its port, UPnP on its own.

python router_lab.py ADDRESS OUTER SPEAKS...    SPEAKS: nat-pmp, pcp, upnp
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

ADDRESS, OUTER, *SPEAKS = sys.argv[1:]
SERVICE = "urn:schemas-upnp-org:service:WANIPConnection:1"
DESCRIPTION = f"""<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><device><deviceList><device><deviceList><device>
<serviceList><service><serviceType>{SERVICE}</serviceType><controlURL>/ctl</controlURL></service>
</serviceList></device></deviceList></device></deviceList></device></root>"""
ANSWER = f"""<?xml version="1.0"?>
<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>
<u:GetExternalIPAddressResponse xmlns:u="{SERVICE}">
<NewExternalIPAddress>{OUTER}</NewExternalIPAddress>
</u:GetExternalIPAddressResponse></s:Body></s:Envelope>"""


def pcp() -> None:
    """RFC 6886, or RFC 6887 with its answer to another version (appendix A)."""
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.bind((ADDRESS, 5351))
    outer = socket.inet_aton(OUTER)
    while True:
        data, sender = end.recvfrom(1100)
        if data == b"\0\0" and "nat-pmp" in SPEAKS:
            end.sendto(struct.pack("!BBHI4s", 0, 128, 0, 1, outer), sender)
        elif data[:1] == b"\0":
            end.sendto(struct.pack("!BBBBII12x", 2, 0x80, 0, 1, 0, 1), sender)
        elif data[:2] == b"\x02\x01" and "pcp" in SPEAKS:
            head = struct.pack("!BBBBII12x", 2, 0x81, 0, 0, 10, 1)
            end.sendto(head + data[24:44] + bytes(10) + b"\xff\xff" + outer, sender)


def ssdp(port: int) -> None:
    """Answers searches for its kind of device, with a liar before it."""
    end = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    end.bind(("", 1900))
    group = socket.inet_aton("239.255.255.250") + socket.inet_aton(ADDRESS)
    end.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, group)
    while True:
        data, sender = end.recvfrom(4096)
        if b"InternetGatewayDevice:1" in data:
            for at in ("http://10.255.255.1/evil", f"http://{ADDRESS}:{port}/rootDesc.xml"):
                end.sendto(f"HTTP/1.1 200 OK\r\nLOCATION: {at}\r\n\r\n".encode(), sender)


class Device(BaseHTTPRequestHandler):
    """Its description, and its one action."""

    def log_message(self, *_: Any) -> None:
        """Be silent."""

    def do_GET(self) -> None:
        self.say(200 if self.path == "/rootDesc.xml" else 404, DESCRIPTION)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        action = self.headers["SOAPAction"]
        self.say(200 if action == f'"{SERVICE}#GetExternalIPAddress"' else 500, ANSWER)

    def say(self, status: int, text: str) -> None:
        self.send_response(status)
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        self.wfile.write(text.encode())


if __name__ == "__main__":
    threading.Thread(target=pcp).start()
    if "upnp" in SPEAKS:
        server = ThreadingHTTPServer((ADDRESS, 0), Device)
        threading.Thread(target=server.serve_forever).start()
        threading.Thread(target=ssdp, args=(server.server_port,)).start()
    print("ready", flush=True)

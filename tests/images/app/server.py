"""The application that the tests deploy: it does what its environment says.

BOOT      seconds to sleep before it listens
CRASH     the status to exit with at boot, after BOOT
PORT      where it listens (5000)
VERSION   what / and /version answer
STATUS    the status of / (200)
LIVES     seconds after which it ends with status 3

/slow?s=N answers after N seconds, /env/NAME with a variable, /status/N with that status, /headers
with those of the request; POST / with the body's sha256 and length; /ws echoes WebSocket frames.
"""

import base64
import hashlib
import http.server
import os
import signal
import socket
import sys
import threading
import time
import urllib.parse

VERSION = os.environ.get("VERSION", "none")
WEBSOCKET_GUID = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


class Server(http.server.ThreadingHTTPServer):
    daemon_threads = True
    # Its queue is the kernel's: a burst of connections is no refusal.
    request_queue_size = 1024

    def server_bind(self) -> None:
        # As HTTPServer does, but without asking DNS for the host's name, which may take seconds.
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.socket.bind(self.server_address)
        self.server_name, self.server_port = "app", self.server_address[1]


class App(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    # Headers and body leave in one packet.
    wbufsize = -1

    def do_GET(self) -> None:
        url = urllib.parse.urlsplit(self.path)
        match url.path.split("/")[1:]:
            case [""]:
                self.answer(int(os.environ.get("STATUS", "200")), VERSION)
            case ["version"]:
                self.answer(200, VERSION)
            case ["slow"]:
                time.sleep(float(urllib.parse.parse_qs(url.query).get("s", ["1"])[0]))
                self.answer(200, VERSION)
            case ["env", name]:
                value = os.environ.get(name)
                self.answer(200 if value is not None else 404, value or "")
            case ["headers"]:
                self.answer(200, str(self.headers))
            case ["status", code]:
                self.answer(int(code), VERSION)
            case ["ws"]:
                self.echo_frames()
            case _:
                self.answer(404, "not found")

    do_HEAD = do_GET

    def do_POST(self) -> None:
        digest, length = hashlib.sha256(), 0
        for chunk in self.body():
            digest.update(chunk)
            length += len(chunk)
        self.answer(200, f"{digest.hexdigest()} {length}")

    do_PUT = do_POST

    def body(self):
        if self.headers.get("Transfer-Encoding", "").lower() == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length", 0))
        while left and (chunk := self.rfile.read(min(left, 65536))):
            left -= len(chunk)
            yield chunk

    def answer(self, status: int, text: str) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def echo_frames(self) -> None:
        """RFC 6455, as much as an echo needs: whole frames of up to 2^63 bytes, ping, close."""
        key = self.headers.get("Sec-WebSocket-Key")
        if key is None:
            self.answer(400, "no WebSocket handshake")
            return
        accept = base64.b64encode(hashlib.sha1(key.encode() + WEBSOCKET_GUID).digest())
        self.send_response(101)
        self.send_header("Upgrade", "websocket")
        self.send_header("Connection", "Upgrade")
        self.send_header("Sec-WebSocket-Accept", accept.decode())
        self.end_headers()
        self.wfile.flush()
        self.close_connection = True
        while frame := self.read_frame():
            first, payload = frame
            opcode = first & 0x0F
            if opcode == 0x9:  # a ping is answered by a pong with its payload
                first = first & 0xF0 | 0xA
            self.write_frame(first, payload)
            if opcode == 0x8:
                return

    def read_frame(self):
        head = self.rfile.read(2)
        if len(head) < 2:
            return None
        size = head[1] & 0x7F
        if size == 126:
            size = int.from_bytes(self.rfile.read(2), "big")
        elif size == 127:
            size = int.from_bytes(self.rfile.read(8), "big")
        mask = self.rfile.read(4) if head[1] & 0x80 else bytes(4)
        masked = self.rfile.read(size)
        return head[0], bytes(byte ^ mask[i % 4] for i, byte in enumerate(masked))

    def write_frame(self, first: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = bytes([first, size])
        elif size < 65536:
            head = bytes([first, 126]) + size.to_bytes(2, "big")
        else:
            head = bytes([first, 127]) + size.to_bytes(8, "big")
        self.wfile.write(head + payload)
        self.wfile.flush()

    def log_message(self, format: str, *args: object) -> None:
        sys.stderr.write(f"{format % args}\n")


def main() -> None:
    # As process 1 it would otherwise ignore SIGTERM.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    signal.signal(signal.SIGINT, lambda *_: os._exit(0))
    time.sleep(float(os.environ.get("BOOT", "0")))
    if "CRASH" in os.environ:
        print(f"crashing with status {os.environ['CRASH']}", file=sys.stderr)
        sys.exit(int(os.environ["CRASH"]))
    port = int(os.environ.get("PORT", "5000"))
    server = Server(("", port), App)
    print(f"{VERSION} listens on {port}", flush=True)
    if "LIVES" in os.environ:
        threading.Timer(float(os.environ["LIVES"]), os._exit, [3]).start()
    server.serve_forever()


if __name__ == "__main__":
    main()

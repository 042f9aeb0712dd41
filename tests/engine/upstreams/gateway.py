"""A program that speaks FastCGI or uwsgi: it answers each request with the variables it was sent.

python3 gateway.py fastcgi|uwsgi, at port 9000.
"""

import socketserver
import struct
import sys


def exactly(stream, size):
    data = stream.read(size)
    if len(data) < size:
        raise EOFError
    return data


def page(variables):
    lines = "".join(f"{key}={value}\n" for key, value in sorted(variables.items()))
    return f"Status: 200 OK\r\nContent-Type: text/plain\r\n\r\n{lines}".encode()


class Uwsgi(socketserver.StreamRequestHandler):
    def handle(self):
        _, size, _ = struct.unpack("<BHB", exactly(self.rfile, 4))
        packet, at, found = exactly(self.rfile, size), 0, []
        while at < size:
            (length,) = struct.unpack_from("<H", packet, at)
            found.append(packet[at + 2 : at + 2 + length].decode())
            at += 2 + length
        variables = dict(zip(found[::2], found[1::2], strict=True))
        self.wfile.write(b"HTTP/1.1 200 OK\r\n" + page(variables).split(b"\r\n", 1)[1])


class FastCgi(socketserver.StreamRequestHandler):
    def handle(self):
        while True:
            params = b""
            while True:
                head = self.rfile.read(8)
                if len(head) < 8:
                    return
                _, kind, request, size, padding, _ = struct.unpack("!BBHHBB", head)
                content = exactly(self.rfile, size)
                exactly(self.rfile, padding)
                if kind == 4:
                    params += content
                elif kind == 5 and not size:
                    break
            body = page(dict(self.pairs(params)))
            for kind, content in ((6, body), (6, b""), (3, bytes(8))):
                self.wfile.write(
                    struct.pack("!BBHHBB", 1, kind, request, len(content), 0, 0) + content
                )
            self.wfile.flush()

    def pairs(self, params):
        at = 0

        def length():
            nonlocal at
            size = params[at]
            at += 1
            if size & 0x80:
                size = struct.unpack("!I", params[at - 1 : at + 3])[0] & 0x7FFFFFFF
                at += 3
            return size

        while at < len(params):
            name, value = length(), length()
            yield params[at : at + name].decode(), params[at + name : at + name + value].decode()
            at += name + value


socketserver.ThreadingTCPServer.allow_reuse_address = True
kinds = {"fastcgi": FastCgi, "uwsgi": Uwsgi}
socketserver.ThreadingTCPServer(("", 9000), kinds[sys.argv[1]]).serve_forever()

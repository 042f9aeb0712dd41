"""The application that is pushed: it answers its version, and since when it listens."""

import os
import pathlib
import signal
import socket
import threading
import time


def serve(connection: socket.socket, page: bytes) -> None:
    """Answer every request of a kept-alive connection; none has a body."""
    rest = b""
    with connection:
        while part := connection.recv(65536):
            rest += part
            asked = rest.count(b"\r\n\r\n")
            rest = rest.rpartition(b"\r\n\r\n")[2]
            connection.sendall(page * asked)


def main() -> None:
    """Listen on port 5000, a thread a connection."""
    # As process 1 it would otherwise ignore it. At once: whoever drains well loses nothing by that.
    signal.signal(signal.SIGTERM, lambda *_: os._exit(0))
    version = pathlib.Path(__file__).with_name("version.txt").read_text().strip()
    listener = socket.create_server(("", 5000), backlog=1024)
    body = f"{version} {time.time():.6f}\n".encode()
    page = b"HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: %d\r\n\r\n" % len(body)
    while True:
        connection, _ = listener.accept()
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        threading.Thread(target=serve, args=(connection, page + body), daemon=True).start()


if __name__ == "__main__":
    main()

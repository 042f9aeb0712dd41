"""A network namespace with a provider inside, and `homeport ddns` that follows an interface."""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.e2e.house import eventually

HOLDER = "import signal; signal.pause()"


class Namespace:
    """A network of its own: a loopback, and an interface that leads nowhere."""

    def __init__(self) -> None:
        self.holder = subprocess.Popen(["unshare", "-n", sys.executable, "-c", HOLDER])

    def start(self) -> None:
        """Return when it is there."""
        eventually(lambda: Path(self._net()).readlink() != Path("/proc/self/ns/net").readlink())
        self.ip("link", "set", "lo", "up")
        self.ip("link", "add", "wan0", "type", "veth", "peer", "name", "wan1")
        for end in ("wan0", "wan1"):
            self.ip("link", "set", end, "up")
        self.ip("address", "add", "8.8.4.1/24", "dev", "wan0")

    def _net(self) -> str:
        return f"/proc/{self.holder.pid}/ns/net"

    def inside(self, *words: str) -> list[str]:
        """A command that runs in it."""
        return ["nsenter", f"--net={self._net()}", *words]

    def ip(self, *words: str) -> None:
        """Change it."""
        subprocess.run(self.inside("ip", *words), check=True)

    def stop(self) -> None:
        """It is gone with its last process."""
        self.holder.kill()
        self.holder.wait()


ANSWERER = """
import socket, sys, time
with socket.create_server(("127.0.0.1", 8080)) as server:
    print("ready", flush=True)
    while True:
        end, _ = server.accept()
        with end:
            text = end.recv(65536).decode()
            print(time.monotonic(), text.split(" ")[1], flush=True)
            body = "good"
            head = f"HTTP/1.1 200 OK\\r\\nContent-Length: {len(body)}\\r\\n\\r\\n"
            end.sendall((head + body).encode())
"""


@contextmanager
def answering(namespace: Namespace) -> Iterator[subprocess.Popen[str]]:
    """A provider inside, which prints when it was asked for what."""
    words = namespace.inside(sys.executable, "-c", ANSWERER)
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        assert "ready\n" == process.stdout.readline()
        try:
            yield process
        finally:
            process.kill()


@contextmanager
def keeping(namespace: Namespace, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`homeport ddns -daemon` inside."""
    config = folder / "ddclient.conf"
    config.write_text(
        "use=if, if=wan0, min-interval=0, server=127.0.0.1:8080, login=me\n"
        "password=pw a.example.org\n"
    )
    config.chmod(0o600)
    words = [sys.executable, "-m", "homeport", "ddns", "-file", str(config)]
    words += ["-cache", str(folder / "cache"), "-daemon=300"]
    with subprocess.Popen(namespace.inside(*words), stdout=subprocess.DEVNULL) as process:
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
        assert 0 == process.wait(10)


def change_and_wait(namespace: Namespace, provider: subprocess.Popen[str], address: str) -> float:
    """Seconds from the change to the request that says it."""
    netlink = namespace.inside("ip", "address", "add", f"{address}/24", "dev", "wan0")
    namespace.ip("address", "flush", "dev", "wan0")
    begun = time.monotonic()
    subprocess.run(netlink, check=True)
    assert provider.stdout
    when, target = provider.stdout.readline().split()
    assert f"myip={address}" in target
    return float(when) - begun

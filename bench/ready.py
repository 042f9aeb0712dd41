"""From "a container takes connections" to "the proxy answers from it": in the daemon, really."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.figure import Figure, median
from bench.house import House, house
from bench.lab import docker, say
from homeport.settings import Settings

CERTIFICATE = "shared"  # the name of its files
# What a container says beside its host, the path that is asked for, and whether by https.
KINDS: dict[str, tuple[tuple[str, ...], str, bool]] = {
    "plain": ((), "/", False),
    "https": ((f"CERT_NAME={CERTIFICATE}", "HTTPS_METHOD=noredirect"), "/", True),
    "a path": (("VIRTUAL_PATH=/api/",), "/api/", False),
}
_EACH = 100  # hosts of one container, at most
_CONF = 'server { listen 80; access_log off; location / { return 200 "hello\\n"; } }\n'


def certificate(folder: Path) -> None:
    """One for every site, in files that are called as `KINDS` says."""
    folder.mkdir(parents=True, exist_ok=True)
    files = ["-keyout", str(folder / f"{CERTIFICATE}.key"), "-out"]
    files.append(str(folder / f"{CERTIFICATE}.crt"))
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    name = ["-subj", "/CN=bench", "-addext", "subjectAltName=DNS:*.example"]
    subprocess.run(
        ["openssl", "req", "-x509", *kind, *name, *files], check=True, capture_output=True
    )


def status(port: int, host: str, path: str, *, tls: bool) -> int:
    """What a proxy on loopback answers; 0 where nothing does."""
    question = f"GET {path} HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n"
    with (
        contextlib.suppress(OSError, ValueError, IndexError),
        contextlib.closing(_connected(port, host, tls=tls)) as asking,
    ):
        asking.sendall(question.encode())
        return int(asking.recv(64).split()[1])
    return 0


def _connected(port: int, host: str, *, tls: bool) -> socket.socket:
    plain = socket.create_connection(("127.0.0.1", port), timeout=5)
    if not tls:
        return plain
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context.wrap_socket(plain, server_hostname=host)


@dataclass(slots=True)
class Town:
    """A daemon, a network that its nginx has joined, and applications in it."""

    home: House
    network: str
    made: int = 0

    def image(self) -> list[str]:
        """What an application is run from."""
        conf = self.home.place.folder / "app.conf"
        conf.write_text(_CONF)
        return ["-v", f"{conf}:/etc/nginx/conf.d/default.conf:ro", "nginx:stable"]

    def application(self, *env: str) -> tuple[list[str], str, str]:
        """One that is not there yet: how Docker is asked to run it, its name, and its address."""
        self.made += 1
        found = json.loads(docker("network", "inspect", self.network))[0]
        subnet = ipaddress.ip_network(found["IPAM"]["Config"][0]["Subnet"])
        name, address = f"{self.home.place.name}-{self.made}", str(subnet[self.made + 100])
        where = ["--network", self.network, "--ip", address, "--label", self.home.place.label]
        # Another daemon of this machine is to leave it alone.
        instance = Settings(state_dir=self.home.env["HOMEPORT_STATE_DIR"]).instance
        where += ["--label", f"homeport.instance={instance}"]
        said = [word for one in env for word in ("-e", one)]
        return ["--name", name, *where, *said, *self.image()], name, address


def routed_by_the_daemon(hosts: int, limit: float, times: int) -> list[Figure]:
    """With so many hosts."""
    with _town(hosts) as town:
        return [
            median(
                f"daemon: ready to first 200, {hosts}, {kind}",
                [_once(town, kind, number) for number in range(times)],
                limit=limit,
            )
            for kind in KINDS
        ]


@contextlib.contextmanager
def _town(hosts: int) -> Iterator[Town]:
    with house() as home:
        network = _network(home)
        certificate(Path(home.env["HOMEPORT_STATE_DIR"]) / "proxy" / "certs")
        town = Town(home, network)
        for first in range(0, hosts, _EACH):
            names = (f"site{n}.example" for n in range(first, min(hosts, first + _EACH)))
            docker("run", "-d", *town.application(f"VIRTUAL_HOST={','.join(names)}")[0])
        _await(home.port, f"site{hosts - 1}.example", "/", tls=False)
        yield town


def _network(home: House) -> str:
    """One in which an address can be chosen: of a range that the Engine found to be free."""
    name, label = f"{home.place.name}-net", home.place.label
    docker("network", "create", "--label", label, name)
    subnet = json.loads(docker("network", "inspect", name))[0]["IPAM"]["Config"][0]["Subnet"]
    docker("network", "rm", name)
    docker("network", "create", "--label", label, "--subnet", subnet, name)
    return name


def _once(town: Town, kind: str, number: int) -> float:
    say(f"the daemon, {kind} {number + 1}")
    said, path, tls = KINDS[kind]
    host = f"{kind.replace(' ', '-')}{number}.example"
    argv, name, address = town.application(f"VIRTUAL_HOST={host}", *said)
    time.sleep(0.6)  # what was done for the one before is done
    port = int(town.home.env["HOMEPORT_HTTPS_PORT"]) if tls else town.home.port
    with subprocess.Popen(["docker", "run", "-d", *argv], stdout=subprocess.DEVNULL):
        ready = _accepts(address)
        answered = _await(port, host, path, tls=tls)
    docker("rm", "-f", "-v", name)
    return answered - ready


def _accepts(address: str) -> float:
    """When it takes connections."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        with contextlib.suppress(OSError):
            socket.create_connection((address, 80), timeout=1).close()
            return time.monotonic()
        time.sleep(0.002)
    raise TimeoutError(f"{address} takes no connection")


def _await(port: int, host: str, path: str, *, tls: bool) -> float:
    """When it is answered."""
    deadline = time.monotonic() + 60
    while status(port, host, path, tls=tls) != 200:
        if time.monotonic() > deadline:
            raise TimeoutError(f"{host} is not served")
        time.sleep(0.002)
    return time.monotonic()

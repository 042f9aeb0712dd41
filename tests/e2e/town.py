"""A homeport with all that a name needs: its zone, an authority, and those who ask by https."""

from __future__ import annotations

import http.client
import json
import socket
import ssl
import subprocess
import threading
import time
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from tests.acme_front import Front, Rule
from tests.e2e.again import curl
from tests.e2e.house import House, docker, eventually, free_port
from tests.e2e.named import Named
from tests.pebble import Pebble

ADDRESS = "93.184.215.14"  # where the box can be reached, as the zone says
IMAGE = "homeport-test/app:latest"


@dataclass
class Resolver:
    """Answers the authority: every name leads to this machine, but for those that are told."""

    def start(self) -> None:
        """Return when it answers."""
        self.port, self.admin = free_port(), free_port()
        command = [
            "pebble-challtestsrv", "-dns01", f"127.0.0.1:{self.port}", "-defaultIPv4", "127.0.0.1",
            "-defaultIPv6", "", "-http01", "", "-https01", "", "-tlsalpn01", "",
            "-management", f"127.0.0.1:{self.admin}",
        ]  # fmt: skip
        self.process = subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        eventually(lambda: self._told("clear-a", {"host": "nobody."}))

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()

    def lead(self, host: str, address: str) -> None:
        """Let a name lead somewhere else."""
        assert self._told("clear-a", {"host": f"{host}."})
        assert self._told("add-a", {"host": f"{host}.", "addresses": [address]})

    def _told(self, what: str, body: Mapping[str, object]) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        data = json.dumps(body).encode()
        try:
            with opener.open(f"http://127.0.0.1:{self.admin}/{what}", data, timeout=2) as answer:
                return bool(answer.status == 200)
        except OSError:
            return False


@dataclass
class Town:
    """Everything, with what a test asks of it."""

    folder: Path
    settings: Mapping[str, str] = field(default_factory=dict)
    by_zone: bool = False  # whether the authority asks the zone, for proofs by DNS
    life: int = 0  # seconds for which its certificates are good; 0: years
    rules: Mapping[str, Rule] = field(default_factory=dict)  # of who stands before the authority
    made: list[str] = field(default_factory=list)

    def start(self) -> None:
        """Start all; the homeport last."""
        self.named = Named(self.folder / "named")
        self.named.start()
        self.resolver = Resolver()
        self.resolver.start()
        self.house = House(self.folder)
        asked = self.named.port if self.by_zone else self.resolver.port
        anew = {"PEBBLE_AUTHZREUSE": "0"}
        self.pebble = Pebble(self.folder / "pebble", asked, self.house.port, anew, life=self.life)
        self.pebble.start()
        self.front = Front(self.pebble, dict(self.rules))
        self.front.start()
        zones = self.folder / "dns.toml"
        zones.write_text(f'addresses = ["{ADDRESS}"]\n{self.named.settings()}')
        self.house.env |= {
            "HOMEPORT_DNS": str(zones),
            "HOMEPORT_ACME": self.front.directory if self.rules else self.pebble.directory,
            "HOMEPORT_ACME_CA_FILE": self.pebble.ca_file,
            "HOMEPORT_CERTIFICATES_EVERY": "1",
            **self.settings,
        }
        self.house.start()

    def stop(self) -> None:
        """Take everything away, also what did not start."""
        for name in self.made:
            docker("rm", "-f", "-v", name)
        for part in ("house", "front", "pebble", "resolver", "named"):
            if hasattr(self, part):
                getattr(self, part).stop()

    # -- what runs

    def host(self, domain: str = "example.org") -> str:
        """A name that nobody has."""
        return f"c{uuid.uuid4().hex[:6]}.{domain}"

    def run(self, host: str, **env: str) -> str:
        """`docker run`, as somebody would by hand; the container's name."""
        name = f"hpc-{uuid.uuid4().hex[:8]}"
        given = {"VIRTUAL_HOST": host, "VERSION": host, **env}
        options = [word for key, value in given.items() for word in ("-e", f"{key}={value}")]
        self.made.append(name)  # first: one that does not start is there all the same
        docker("run", "-d", "--name", name, *options, IMAGE)
        return name

    def end(self, name: str) -> None:
        """The container is gone."""
        docker("rm", "-f", "-v", name)
        self.made.remove(name)

    # -- what visitors see

    @property
    def https_port(self) -> str:
        """Where the proxy answers."""
        return self.house.env["HOMEPORT_HTTPS_PORT"]

    def curl(self, host: str, *options: str, path: str = "/") -> subprocess.CompletedProcess[str]:
        """A page by https, for a visitor who trusts the authority."""
        root = self.folder / "authority.pem"
        root.write_text(self.pebble.root())
        return curl(
            (
                "-sS", "--noproxy", "*", "--max-time", "10", "--cacert", str(root),
                "--resolve", f"{host}:{self.https_port}:127.0.0.1", *options,
                f"https://{host}:{self.https_port}{path}",
            )
        )  # fmt: skip

    def live(self, *hosts: str) -> None:
        """Wait until https answers at all of them."""
        for host in hosts:
            eventually(partial(self.answers, host), tell=partial(self.events, host))

    def answers(self, host: str) -> bool:
        """Whether https does, with what the container says, trusted."""
        return self.curl(host).stdout == host

    def made_of(self, host: str) -> Path:
        """Where the certificate of a host is kept."""
        (found,) = (self.house.state / "proxy" / "certs" / ".made").glob(f"{host}-*")
        return found

    def serial(self, host: str) -> str:
        """Of the certificate that is shown, as OpenSSL reads it; "" where none is."""
        command = ["openssl", "s_client", "-connect", f"127.0.0.1:{self.https_port}"]
        shown = subprocess.run(
            [*command, "-servername", host], input="", check=False, capture_output=True, text=True
        )
        done = subprocess.run(
            ["openssl", "x509", "-noout", "-serial"],
            input=shown.stdout,
            check=False,
            capture_output=True,
            text=True,
        )
        return done.stdout.strip().removeprefix("serial=").lower().lstrip("0")

    def certificates(self) -> dict[str, dict[str, Any]]:
        """What `homeport cert list` says, by the first name."""
        done = self.house.homeport("cert", "list", "--json", check=False)
        return {one["names"][0]: one for one in json.loads(done.stdout)}

    def events(self, host: str = "") -> list[dict[str, Any]]:
        """What happened to the certificate of a host, or at all; the oldest first."""
        found: list[dict[str, Any]] = []
        while page := self._page(found[-1]["id"] if found else 0):
            found += page
        return [one for one in found if not host or host in one.get("names", ())]

    def _page(self, after: int) -> list[dict[str, Any]]:
        command = [
            "curl", "-sS", "--unix-socket", str(self.house.state / "homeport.sock"),
            f"http://homeport/api/events?after={after}",
        ]  # fmt: skip
        done = subprocess.run(command, check=True, capture_output=True, text=True)
        page: list[dict[str, Any]] = json.loads(done.stdout)
        return page


def opened(town: Town) -> Iterator[Town]:
    """Start it, and take everything away at the end."""
    try:
        town.start()
        yield town
    finally:
        town.stop()


class HttpsVisitors:
    """On kept connections, one for each host, who ask all the time."""

    def __init__(self, town: Town, hosts: list[str]) -> None:
        self.failures: list[str] = []
        self.count = 0
        self._over = threading.Event()
        self._threads = [threading.Thread(target=self._visit, args=(town, h)) for h in hosts]

    def __enter__(self) -> HttpsVisitors:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._over.set()
        for thread in self._threads:
            thread.join()

    def _visit(self, town: Town, host: str) -> None:
        context = ssl.create_default_context(cadata=town.pebble.root())
        connection = _Connection(host, int(town.https_port), timeout=10)
        connection.trusting = context
        while not self._over.is_set():
            try:
                connection.request("GET", "/", headers={"Host": host})
                answer = connection.getresponse()
                body = answer.read().decode()
                self.count += 1
                if (answer.status, body) != (200, host):
                    self.failures.append(f"{answer.status} {body[:60]}")
            except (OSError, http.client.HTTPException) as error:
                self.failures.append(repr(error))
                connection.close()
            time.sleep(0.01)
        connection.close()


class _Connection(http.client.HTTPSConnection):
    """To loopback, whatever the name."""

    trusting: ssl.SSLContext

    def connect(self) -> None:
        plain = socket.create_connection(("127.0.0.1", self.port), self.timeout)
        self.sock = self.trusting.wrap_socket(plain, server_hostname=self.host)

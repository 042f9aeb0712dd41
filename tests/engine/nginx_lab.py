"""A real nginx that serves a table of routes, and applications behind it; no daemon."""

from __future__ import annotations

import http.client
import socket
import subprocess
import time
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from homeport.model.route import Route, RouteTable, Upstream
from homeport.proxy.passwords import Passwords
from homeport.proxy.render import NO_LOGS, Logs, Secured, render

BESIDE = Path(__file__).with_name("upstreams")


@dataclass(frozen=True)
class Answer:
    """What a visitor gets; headers by their name in lower case, several between commas."""

    status: int
    body: str
    headers: Mapping[str, str] = field(default_factory=dict, compare=False)


@dataclass
class Lab:
    """One nginx, and containers that go with it."""

    folder: Path
    name: str = field(default_factory=lambda: f"hptest-{uuid.uuid4().hex[:8]}")
    generation: int = 0
    containers: list[str] = field(default_factory=list)
    address: str = ""

    def serve(
        self,
        *routes: Route,
        secured: Secured | None = None,
        logs: Logs = NO_LOGS,
        edit: Callable[[str], str] = str,
    ) -> None:
        """Let nginx serve these routes, after a change of the text; return when it does."""
        self.generation += 1
        table = RouteTable(routes=tuple(sorted(routes, key=lambda r: r.key)))
        Passwords(self.folder / "conf" / "users").keep(routes)
        text = render(
            table,
            generation=self.generation,
            own_host="",
            drain=30,
            secured=secured or Secured(),
            logs=logs,
        )
        (self.folder / "conf" / "nginx.conf").write_text(edit(text))
        before = self._taking()
        docker("kill", "-s", "HUP", self.name)
        deadline = time.monotonic() + 5
        # Workers of before take connections for a moment after the new ones do.
        while self._answering() != str(self.generation) or before & self._taking():
            assert time.monotonic() < deadline, docker("logs", "--tail", "5", self.name)
            time.sleep(0.01)

    def app(self, version: str, *command: str, port: int = 5000, **environment: str) -> Upstream:
        """The test's application in a container, or another program of its image."""
        name = f"{self.name}-{len(self.containers)}"
        found = {"VERSION": version, **environment}
        env = [part for key, value in found.items() for part in ("-e", f"{key}={value}")]
        mount = ("-v", f"{BESIDE}:/upstreams:ro")
        docker("run", "-d", "--name", name, *mount, *env, "homeport-test/app", *command)
        self.containers.append(name)
        address = address_of(name)
        wait_for(address, port)
        return Upstream(address=address, port=port, container=name)

    def get(
        self,
        host: str,
        path: str = "/",
        *,
        method: str = "GET",
        body: bytes | None = None,
        **headers: str,
    ) -> Answer:
        """A page through nginx; `_` in the name of a header is `-`."""
        connection = http.client.HTTPConnection(self.address, 80, timeout=15)
        try:
            sent = {"Host": host, **{k.replace("_", "-"): v for k, v in headers.items()}}
            connection.request(method, path, body=body, headers=sent)
            response = connection.getresponse()
            found: dict[str, str] = {}
            for name, value in response.getheaders():
                key = name.lower()
                found[key] = f"{found[key]}, {value}" if key in found else value
            return Answer(response.status, response.read().decode(errors="replace"), found)
        finally:
            connection.close()

    def _taking(self) -> set[str]:
        """The workers that are not shutting down."""
        listed = docker("top", self.name, "-eo", "pid,args").splitlines()
        workers = [line.split(None, 1) for line in listed if "nginx: worker process" in line]
        return {pid for pid, title in workers if "shutting down" not in title}

    def _answering(self) -> str:
        done = subprocess.run(
            ["curl", "-s", "--unix-socket", self.folder / "run/status.sock", "http://s/generation"],
            check=False, capture_output=True, text=True,
        )  # fmt: skip
        return done.stdout


@contextmanager
def started(folder: Path) -> Iterator[Lab]:
    """An nginx with a folder of its own, as the daemon starts it; gone at the end."""
    lab = Lab(folder)
    for name in ("conf", "run/hold", "run/acme"):
        (folder / name).mkdir(parents=True)
    (folder / "run").chmod(0o777)
    lab.generation = 1
    empty = render(RouteTable(), generation=1, own_host="", drain=30)
    (folder / "conf" / "nginx.conf").write_text(empty)
    try:
        docker(
            "run", "-d", "--name", lab.name,
            "-v", f"{folder / 'conf'}:/etc/homeport:ro", "-v", f"{folder / 'run'}:/run/homeport",
            "--tmpfs", "/var/cache/nginx", "--entrypoint", "nginx", "nginx:stable",
            "-c", "/etc/homeport/nginx.conf", "-g", "daemon off;",
        )  # fmt: skip
        lab.address = address_of(lab.name)
        wait_for(lab.address, 80)
        yield lab
    finally:
        for name in (*lab.containers, lab.name):
            subprocess.run(["docker", "rm", "-f", "-v", name], check=False, capture_output=True)


def docker(*arguments: str) -> str:
    """The Engine, asked through its own client."""
    done = subprocess.run(["docker", *arguments], check=False, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout + (done.stderr if arguments[0] == "logs" else "")


def address_of(name: str) -> str:
    """A container's address in the bridge network."""
    return docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", name).strip()


def wait_for(address: str, port: int) -> None:
    """Return when a port accepts."""
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection((address, port), timeout=1).close()
            return
        except OSError:
            assert time.monotonic() < deadline, f"{address}:{port} does not accept"
            time.sleep(0.02)

"""The image homeport-proxy that is measured, over a recording engine; and nginx by hand."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from bench.lab import ROOT, Lab, docker, free_port, say
from bench.ready import KINDS as EVERYWHERE
from bench.ready import certificate, status
from bench.recorder import Recorder

IMAGE = "homeport-test/proxy:latest"  # that of the tests: it stays
CA = Path("/etc/ssl/certs/ca-certificates.crt")
# What is let in before nginx has read of it: with who may ask, too.
KINDS = EVERYWHERE | {"internal": (("NETWORK_ACCESS=internal",), "/", False)}
APP = 'server { listen 80; access_log off; location / { return 200 "hello\\n"; } }\n'
# As somebody writes it who wants it to be fast.
HAND = """
map $http_upgrade $connection_upgrade { default upgrade; '' ''; }
upstream app { server %s:80; keepalive 32; }
server {
    listen 80;
    server_name site0.example;
    access_log off;
    location / {
        proxy_pass http://app;
        proxy_http_version 1.1;
        proxy_set_header Host $http_host;
        proxy_set_header Upgrade $http_upgrade;
        proxy_set_header Connection $connection_upgrade;
        proxy_set_header X-Real-IP $remote_addr;
        proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
        proxy_set_header X-Forwarded-Proto $scheme;
    }
}
"""


@dataclass(slots=True)
class Proxy:
    """A running proxy, the engine that it asks, and an application behind every host."""

    place: Lab
    engine: Recorder
    name: str
    port: int
    secure: int  # the port for https
    app: str  # its address

    def await_site(self, number: int, kind: str = "plain") -> float:
        """Return when a host is answered: seconds."""
        began, (_, path, tls) = time.perf_counter(), KINDS[kind]
        port = self.secure if tls else self.port
        while status(port, f"site{number}.example", path, tls=tls) != 200:
            time.sleep(0.001)  # who asks is on the same cores
            if time.perf_counter() - began > 60:
                raise RuntimeError(f"site{number} is not served: {docker('logs', self.name)}")
        return time.perf_counter() - began

    @property
    def reloads(self) -> int:
        done = subprocess.run(["docker", "logs", self.name], check=True, capture_output=True)
        return done.stderr.count(b"Generated '")


def build() -> None:
    say("building the image")
    secret = ("--secret", f"id=ca,src={CA}") if CA.exists() else ()
    argv = ("buildx", "build", "-q", "--load", "--target", "proxy", *secret)
    docker(*argv, "-t", IMAGE, str(ROOT))


def application(place: Lab) -> str:
    conf = place.folder / "app.conf"
    conf.write_text(APP)
    return _run(place, "app", "nginx:stable", "-v", f"{conf}:/etc/nginx/conf.d/default.conf:ro")


@contextlib.contextmanager
def by_hand(place: Lab, app: str) -> Iterator[int]:
    conf, port = place.folder / "hand.conf", free_port()
    conf.write_text(HAND % app)
    mount = ("-v", f"{conf}:/etc/nginx/conf.d/default.conf:ro", "-p", f"127.0.0.1:{port}:80")
    _run(place, "hand", "nginx:stable", *mount)
    yield port
    docker("rm", "-f", f"{place.name}-hand")


@contextlib.contextmanager
def serving(place: Lab, app: str, hosts: int, *more: str) -> Iterator[Proxy]:
    """It serves so many hosts."""
    socket, name = place.folder / "docker.sock", f"{place.name}-run"
    port, secure = free_port(), free_port()
    socket.unlink(missing_ok=True)
    certificate(place.folder / "certs")
    with Recorder(socket, address=app, port=80).open() as engine:
        for number in range(hosts):
            engine.add(number)
        options = ("-v", f"{place.folder}:/bench", "-v", f"{place.folder}/certs:/etc/nginx/certs")
        ports = ("-p", f"127.0.0.1:{port}:80", "-p", f"127.0.0.1:{secure}:443")
        env = ("-e", "DOCKER_HOST=unix:///bench/docker.sock")
        _run(place, "run", IMAGE, *options, *ports, *env, *more)
        proxy = Proxy(place, engine, name, port, secure, app)
        try:
            proxy.await_site(hosts - 1)
            time.sleep(1)  # what is told first has been told
            yield proxy
        finally:
            docker("rm", "-f", "-v", name)


def _run(place: Lab, name: str, image: str, *options: str) -> str:
    """A container; its address."""
    whole = f"{place.name}-{name}"
    docker("run", "-d", "--name", whole, "--label", place.label, *options, image)
    return docker("inspect", "-f", "{{.NetworkSettings.IPAddress}}", whole).strip()

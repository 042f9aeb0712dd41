"""The image homeport-proxy: how soon it routes, how fast it passes on, and what a change costs."""

from __future__ import annotations

import contextlib
import re
import statistics
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path

from bench.figure import Figure, median, spread
from bench.lab import ROOT, Lab, docker, free_port, lab, run, say
from bench.load import load
from bench.proc import resident
from bench.recorder import Recorder

MANY, SOME, FEW = 1000, 500, 10
MEMORY, RELOADS, ROUTED = 80, 10, 3.0
SECONDS = {FEW: 0.05, MANY: 0.15}  # from ready to the first 200
CHANGES = 100
IMAGE = "homeport-test/proxy:latest"  # that of the tests: it stays
CA = Path("/etc/ssl/certs/ca-certificates.crt")
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
    app: str  # its address

    def status(self, number: int) -> int:
        """What a host answers; 0 where nothing does."""
        with contextlib.suppress(OSError, HTTPException):
            connection = HTTPConnection("127.0.0.1", self.port, timeout=5)
            connection.request("GET", "/", headers={"Host": f"site{number}.example"})
            return connection.getresponse().status
        return 0

    def await_site(self, number: int) -> float:
        """Return when a host is answered: seconds."""
        began = time.perf_counter()
        while self.status(number) != 200:
            time.sleep(0.001)  # who asks is on the same cores
            if time.perf_counter() - began > 60:
                raise RuntimeError(f"site{number} is not served: {docker('logs', self.name)}")
        return time.perf_counter() - began

    @property
    def reloads(self) -> int:
        done = subprocess.run(["docker", "logs", self.name], check=True, capture_output=True)
        return done.stderr.count(b"Generated '")


def measure(quick: bool) -> list[Figure]:
    """With a recording engine, a real nginx, and an application that answers at once."""
    with lab() as place:
        _build()
        app = _app(place)
        times = 5 if quick else 20
        return [
            *_routed(place, app, FEW, times),
            *_routed(place, app, MANY, times),
            *_calls(place, app),
            *_burst(place, app),
            *_changes(place, app),
            *_speed(place, app, 3 if quick else 7),
        ]


def _routed(place: Lab, app: str, hosts: int, times: int) -> list[Figure]:
    say(f"from ready to the first 200 at {hosts} hosts")
    memory = 0.0
    with _proxy(place, app, hosts) as proxy:
        samples = _first_answers(proxy, range(hosts, hosts + times))
        # One with something of its own is served when nginx has read of it, and not before.
        own = _first_answers(proxy, range(hosts + times, hosts + 2 * times), "SERVER_TOKENS=off")
        pid = int(docker("inspect", "-f", "{{.State.Pid}}", proxy.name))
        memory = resident(pid) / 1e6
    limit = SECONDS[hosts]
    figures = [
        median(f"proxy: ready to first 200, {hosts}", samples, limit=limit),
        median(f"proxy: the same by a reload, {hosts}", own, limit=limit),
    ]
    if hosts == MANY:
        detail = f"the generator's, {hosts} containers"
        figures.append(_figure("proxy: memory", memory, "MB", MEMORY, detail))
    return figures


def _first_answers(proxy: Proxy, numbers: range, *env: str) -> list[float]:
    samples = []
    for number in numbers:
        proxy.engine.add(number, *env)
        samples.append(proxy.await_site(number))
        time.sleep(0.6)
    return samples


def _calls(place: Lab, app: str) -> list[Figure]:
    figures = []
    for hosts in (FEW, SOME):
        say(f"calls an event at {hosts} hosts")
        with _proxy(place, app, hosts) as proxy:
            before = len(proxy.engine.asked)
            for number in range(hosts, hosts + 10):
                proxy.engine.add(number)
                proxy.await_site(number)
            asked = (len(proxy.engine.asked) - before) / 10
        figures.append(_figure(f"proxy: calls an event, {hosts}", asked, "calls", 1, "10 events"))
    return figures


def _burst(place: Lab, app: str) -> list[Figure]:
    say(f"{MANY} containers at once")
    with _proxy(place, app, 1) as proxy:
        before, began = proxy.reloads, time.perf_counter()
        for number in range(1, MANY + 1):
            proxy.engine.add(number)
        for number in (1, MANY // 2, MANY):
            proxy.await_site(number)
        seconds = time.perf_counter() - began
        time.sleep(1)
        reloads = proxy.reloads - before
    detail = f"{MANY} started at once"
    return [
        _figure("proxy: reloads for a burst", reloads, "reloads", RELOADS, detail),
        _figure("proxy: burst until all are served", seconds, "s", ROUTED, detail),
    ]


def _changes(place: Lab, app: str) -> list[Figure]:
    say(f"{CHANGES} changes under load")
    with _proxy(place, app, FEW) as proxy:
        before = proxy.reloads
        with load(proxy.port, "site0.example") as seen:
            for number in range(FEW, FEW + CHANGES):
                proxy.engine.add(number)
                time.sleep(0.12)
        reloads = proxy.reloads - before
    detail = f"{seen}, {reloads} reloads, 64 kept connections"
    return [_figure("proxy: broken in 100 changes", seen.failed, "requests", 0, detail)]


def _speed(place: Lab, app: str, pairs: int) -> list[Figure]:
    """Interleaved with an nginx of the same image that is configured by hand; neither logs."""
    found: dict[str, list[tuple[float, float]]] = {"ours": [], "hand": []}
    quiet = ("-e", "DISABLE_ACCESS_LOGS=1")
    with _proxy(place, app, FEW, *quiet) as proxy, _by_hand(place, app) as port:
        for pair in range(pairs):
            say(f"requests a second: pair {pair + 1} of {pairs}")
            for name, at in (("ours", proxy.port), ("hand", port)):
                found[name].append(_wrk(at))
    rates = {name: [rate for rate, _ in those] for name, those in found.items()}
    tails = {name: [tail for _, tail in those] for name, those in found.items()}
    rate = statistics.median(rates["hand"]) / statistics.median(rates["ours"])
    tail = statistics.median(tails["ours"]) / statistics.median(tails["hand"])
    shown = ", ".join(f"{name} {statistics.median(rates[name]):.0f}/s" for name in rates)
    p99 = ", ".join(f"{name} {spread(tails[name])}" for name in tails)
    return [
        _figure(
            "proxy: by hand, requests a second", rate, "x", 1 / 0.97, f"{shown}, {pairs} pairs"
        ),
        _figure("proxy: p99 to that by hand", tail, "x", 1.1, f"{p99}, {pairs} pairs"),
    ]


def _wrk(port: int) -> tuple[float, float]:
    """Requests a second, and the slowest of a hundred in seconds."""
    argv = ("wrk", "-t2", "-c64", "-d4s", "--latency", "-H", "Host: site0.example")
    said = run(*argv, f"http://127.0.0.1:{port}/")
    rate = float(re.findall(r"Requests/sec: +([\d.]+)", said)[0])
    number, unit = re.findall(r"99% +([\d.]+)(us|ms|s)", said)[0]
    return rate, float(number) * {"us": 1e-6, "ms": 1e-3, "s": 1.0}[unit]


# --- what is measured


def _build() -> None:
    say("building the image")
    secret = ("--secret", f"id=ca,src={CA}") if CA.exists() else ()
    argv = ("buildx", "build", "-q", "--load", "--target", "proxy", *secret)
    docker(*argv, "-t", IMAGE, str(ROOT))


def _app(place: Lab) -> str:
    conf = place.folder / "app.conf"
    conf.write_text(APP)
    return _run(place, "app", "nginx:stable", "-v", f"{conf}:/etc/nginx/conf.d/default.conf:ro")


@contextlib.contextmanager
def _by_hand(place: Lab, app: str) -> Iterator[int]:
    conf, port = place.folder / "hand.conf", free_port()
    conf.write_text(HAND % app)
    mount = ("-v", f"{conf}:/etc/nginx/conf.d/default.conf:ro", "-p", f"127.0.0.1:{port}:80")
    _run(place, "hand", "nginx:stable", *mount)
    yield port
    docker("rm", "-f", f"{place.name}-hand")


@contextlib.contextmanager
def _proxy(place: Lab, app: str, hosts: int, *more: str) -> Iterator[Proxy]:
    """It serves so many hosts."""
    socket, port, name = place.folder / "docker.sock", free_port(), f"{place.name}-run"
    socket.unlink(missing_ok=True)
    with Recorder(socket, address=app, port=80).open() as engine:
        for number in range(hosts):
            engine.add(number)
        options = ("-v", f"{place.folder}:/bench", "-p", f"127.0.0.1:{port}:80")
        env = ("-e", "DOCKER_HOST=unix:///bench/docker.sock")
        _run(place, "run", IMAGE, *options, *env, *more)
        proxy = Proxy(place, engine, name, port, app)
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


def _figure(name: str, value: float, unit: str, limit: float, detail: str) -> Figure:
    return Figure(name=name, value=value, unit=unit, limit=limit, detail=detail)

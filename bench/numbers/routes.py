"""The daemon's nginx beside one that is written by hand: requests, their tail, handshakes.

By hand is nginx's documentation and Mozilla's TLS. Both pass requests on to the same nginx, which
answers at once, so that what stands between is what is measured; they are asked in turns.
`metrics` and `access_log` are ours with these settings on.
"""

from __future__ import annotations

import re
import shutil
import socket
import statistics
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from bench.figure import Figure
from bench.lab import Lab, Missing, docker, free_port, lab, say
from homeport.model.route import Route, RouteTable, Upstream
from homeport.model.tls import Certificate, Terms
from homeport.model.wish import HttpsMethod
from homeport.proxy.render import Logs, Secured, render

HOST = "localhost"  # by which wrk asks for a certificate, too
REQUESTS, TAIL, HANDSHAKES = 1 / 0.97, 1.1, 1 / 0.97
COST = 1.3  # beside by hand, with each request counted, or written down
BACKEND = """
events { worker_connections 4096; }
http { access_log off; server { listen 80; location / { return 200 hello; } } }
"""
BY_HAND = """
worker_processes auto;
events {{ worker_connections 8192; }}
http {{
    access_log off;
    ssl_session_cache shared:TLS:10m;
    ssl_session_timeout 1d;
    keepalive_timeout 75s;
    upstream app {{ server {backend}:80; keepalive 32; }}
    server {{
        listen 80;
        listen 443 ssl;
        http2 on;
        server_name {host};
        ssl_certificate /etc/homeport/tls/bench.crt;
        ssl_certificate_key /etc/homeport/tls/bench.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        location / {{
            proxy_http_version 1.1;
            proxy_set_header Connection "";
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_pass http://app;
        }}
    }}
}}
"""


@dataclass(frozen=True, slots=True)
class Server:
    """One nginx: by its own address for http, by a port of loopback for https."""

    address: str
    port: int
    pid: int  # of its master

    def seconds(self) -> float:
        """The time that its workers took of the processors until now."""
        children = Path(f"/proc/{self.pid}/task/{self.pid}/children").read_text().split()
        spent = (Path(f"/proc/{child}/schedstat").read_text().split()[0] for child in children)
        return sum(map(int, spent)) / 1e9


def measure(quick: bool) -> list[Figure]:
    """In turns, each for some seconds."""
    if shutil.which("wrk") is None:
        raise Missing("wrk is not installed: script/bootstrap --tests")
    rounds, seconds = (8, 1) if quick else (25, 1)
    with lab() as place:
        servers = _servers(place)
        plain = _in_turns(servers, rounds, seconds, tls=False)
        secure = _in_turns(
            {k: servers[k] for k in ("by hand", "homeport")}, rounds, seconds, tls=True
        )
    return [
        _figure("requests a second, by hand / ours", plain, "homeport", 0, REQUESTS),
        _figure("p99, ours / by hand", plain, "homeport", 1, TAIL),
        _figure("nginx's time for a request, ours / by hand", plain, "homeport", 2, REQUESTS),
        _figure("handshakes a second, by hand / ours", secure, "homeport", 0, HANDSHAKES),
        _figure("nginx's time, with metrics", plain, "metrics", 2, COST),
        _figure("nginx's time, with access_log", plain, "access_log", 2, COST),
    ]


# A server -> requests a second, p99 in seconds, nginx's own seconds for a request; of each turn.
Samples = dict[str, list[tuple[float, float, float]]]


def _figure(name: str, samples: Samples, of: str, column: int, limit: float) -> Figure:
    """Of each turn by itself the ratio that is better the smaller it is; the median of them."""
    pairs = zip(samples["by hand"], samples[of], strict=True)
    more = column == 0  # is better
    ratios = [
        hand[column] / ours[column] if more else ours[column] / hand[column] for hand, ours in pairs
    ]
    shown = (
        f"{key} {statistics.median([v[column] for v in samples[key]]):.4g}"
        for key in ("by hand", of)
    )
    return Figure(
        name=f"routes: {name}",
        value=statistics.median(ratios),
        unit="x",
        limit=limit,
        detail=f"{', '.join(shown)}, {len(ratios)} turns",
        samples={"ratios": ratios},
    )


def _in_turns(servers: dict[str, Server], rounds: int, seconds: int, *, tls: bool) -> Samples:
    found: Samples = {name: [] for name in servers}
    for number in range(rounds):
        say(f"{'handshakes' if tls else 'requests'}, turn {number + 1} of {rounds}")
        for name, server in servers.items():
            found[name].append(_load(server, seconds, tls=tls))
    return found


def _load(server: Server, seconds: int, *, tls: bool) -> tuple[float, float, float]:
    """As in Samples; by https each request on a connection of its own."""
    before = server.seconds()
    headers = ["-H", f"Host: {HOST}", *(("-H", "Connection: close") if tls else ())]
    url = f"https://{HOST}:{server.port}/" if tls else f"http://{server.address}/"
    command = ["wrk", "-t1", "-c32", f"-d{seconds}", "--latency", *headers, url]
    output = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    rate = re.search(r"Requests/sec:\s+([\d.]+)", output)
    tail = re.search(r"99%\s+([\d.]+)(\w+)", output)
    count = re.search(r"(\d+) requests in", output)
    if "Non-2xx" in output or not (rate and tail and count):
        raise RuntimeError(output)
    each = (server.seconds() - before) / int(count[1])
    return float(rate[1]), float(tail[1]) * {"us": 1e-6, "ms": 1e-3, "s": 1.0}[tail[2]], each


def _servers(place: Lab) -> dict[str, Server]:
    """All that are measured, and what they pass requests on to."""
    backend = _start(place, "backend", BACKEND).address
    up = Upstream(address=backend, port=80, container="backend")
    table = RouteTable(routes=(Route(host=HOST, owner="bench", upstreams=(up,), terms=_BOTH),))
    secured = Secured(certificates={HOST: Certificate(name=HOST, not_after=9e9, digest="bench")})

    def ours(logs: Logs) -> str:
        return render(table, generation=1, own_host="", drain=30, secured=secured, logs=logs)

    return {
        "by hand": _start(place, "hand", BY_HAND.format(backend=backend, host=HOST)),
        "homeport": _start(place, "ours", ours(Logs())),
        "metrics": _start(place, "metrics", ours(Logs(metrics=True))),
        "access_log": _start(place, "access", ours(Logs(access=True))),
    }


_BOTH = Terms(method=HttpsMethod.NOREDIRECT)


def _start(place: Lab, name: str, configuration: str) -> Server:
    """An nginx of the same image, with its folders and a certificate."""
    conf, run, port = place.folder / name / "conf", place.folder / name / "run", free_port()
    for folder in (conf / "tls", run / "hold", run / "acme"):
        folder.mkdir(parents=True)
    run.chmod(0o777)
    (conf / "nginx.conf").write_text(configuration)
    _certificate(place)
    for suffix in ("crt", "key"):
        shutil.copy(place.folder / f"bench.{suffix}", conf / "tls" / f"bench.{suffix}")
    full = f"{place.name}-{name}"
    docker(
        "run", "-d", "--name", full, "--label", place.label,
        "-p", f"127.0.0.1:{port}:443", "--tmpfs", "/var/cache/nginx",
        "-v", f"{conf}:/etc/homeport:ro", "-v", f"{run}:/run/homeport", "--entrypoint", "nginx",
        "nginx:stable", "-c", "/etc/homeport/nginx.conf", "-g", "daemon off;",
    )  # fmt: skip
    form = "{{.NetworkSettings.IPAddress}} {{.State.Pid}}"
    address, pid = docker("inspect", "-f", form, full).split()
    server = Server(address, port, int(pid))
    _await(server.address)
    return server


def _certificate(place: Lab) -> None:
    if (place.folder / "bench.crt").exists():
        return
    made = ["-keyout", str(place.folder / "bench.key"), "-out", str(place.folder / "bench.crt")]
    kind = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"]
    command = ["openssl", "req", "-x509", *kind, "-subj", f"/CN={HOST}", *made]
    subprocess.run(command, check=True, capture_output=True)


def _await(address: str) -> None:
    deadline = time.monotonic() + 20
    while True:
        try:
            socket.create_connection((address, 80), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)

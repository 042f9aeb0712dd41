"""The daemon's nginx, and one that is written by hand, in containers of the same image.

By hand is nginx's documentation and Mozilla's TLS, for the same site: connections to the
application are kept, WebSockets pass, the application is told of host, visitor and scheme, sessions
resume. It has one server, no default, and no log; `by hand, logging` writes nginx's own format, in
blocks of 64k. Ours tells the application more (port, URI and host as they were asked for), knows
other names, and can hold, count and switch. Both pass requests on to the same nginx, which answers
at once: what stands between is what is measured. `metrics` and `access_log` are ours with these on.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from bench.lab import Lab, docker, free_port
from bench.turns import Server
from homeport.model.route import Route, RouteTable, Upstream
from homeport.model.tls import Certificate, Terms
from homeport.model.wish import HttpsMethod
from homeport.proxy.render import Logs, Secured, render
from homeport.proxy.tls.policies import POLICIES

HOST = "localhost"  # by which wrk asks for a certificate, too
ALL = ("by hand", "by hand, logging", "homeport", "metrics", "access_log")
AGAIN = "by hand, again"
BACKEND = """
events { worker_connections 4096; }
http { access_log off; server { listen 80; location / { return 200 hello; } } }
"""
BY_HAND = """
worker_processes auto;
events {{ worker_connections 8192; }}
http {{
    log_format reused '$ssl_session_reused';
    access_log {log};
    ssl_session_cache shared:TLS:10m;
    ssl_session_timeout 1d;
    keepalive_timeout 75s;
    map $http_upgrade $connection_upgrade {{ default upgrade; '' ''; }}
    upstream app {{ server {backend}:80; keepalive 32; }}
    server {{
        listen 80;
        listen 443 ssl;
        http2 on;
        server_name {host};
        ssl_certificate /etc/homeport/tls/bench.crt;
        ssl_certificate_key /etc/homeport/tls/bench.key;
        ssl_protocols TLSv1.2 TLSv1.3;
        ssl_ciphers {ciphers};
        ssl_prefer_server_ciphers off;
        location / {{
            proxy_http_version 1.1;
            proxy_set_header Upgrade $http_upgrade;
            proxy_set_header Connection $connection_upgrade;
            proxy_set_header Host $host;
            proxy_set_header X-Real-IP $remote_addr;
            proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
            proxy_set_header X-Forwarded-Proto $scheme;
            proxy_set_header X-Forwarded-Host $http_host;
            proxy_pass http://app;
        }}
    }}
}}
"""


def servers(place: Lab, names: Sequence[str], backend: Server | None = None) -> dict[str, Server]:
    """Some of ALL, running; by hand may be there AGAIN. All pass requests on to one `backend`."""
    made = _configurations((backend or backend_of(place)).address)
    return {
        name: _start(place, name.replace(", ", "-").replace(" ", "-"), made[name]) for name in names
    }


def backend_of(place: Lab) -> Server:
    """What all pass requests on to."""
    return _start(place, "backend", BACKEND)


@contextlib.contextmanager
def reused(place: Lab, name: str) -> Iterator[tuple[Server, Callable[[], float]]]:
    """An nginx by hand, and the share of requests to it whose handshake was a resumed one."""
    backend = _start(place, f"backend-{name}", BACKEND).address
    log = "/run/homeport/reused.log reused"
    server = _start(place, name, _by_hand(backend, log))
    written = place.folder / name / "run" / "reused.log"

    def share() -> float:
        lines = written.read_text().split()
        return lines.count("r") / len(lines)

    yield server, share
    docker("rm", "-f", f"{place.name}-backend-{name}", server.name)


def _by_hand(backend: str, log: str) -> str:
    suites = POLICIES["Mozilla-Intermediate"].openssl
    return BY_HAND.format(backend=backend, host=HOST, ciphers=suites, log=log)


def _configurations(backend: str) -> dict[str, str]:
    up = Upstream(address=backend, port=80, container="backend")
    table = RouteTable(routes=(Route(host=HOST, owner="bench", upstreams=(up,), terms=_BOTH),))
    secured = Secured(certificates={HOST: Certificate(name=HOST, not_after=9e9, digest="bench")})
    ours = partial(render, table, generation=1, own_host="", drain=30, secured=secured)
    written = "/run/homeport/hand.log combined buffer=64k flush=1s"
    texts = (
        _by_hand(backend, "off"),
        _by_hand(backend, written),
        ours(),
        ours(logs=Logs(metrics=True)),
        ours(logs=Logs(access=True)),
    )
    return dict(zip(ALL, texts, strict=True)) | {AGAIN: texts[0]}


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
    server = Server(full, address, port, int(pid))
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

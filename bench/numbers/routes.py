"""The daemon's nginx beside one that is written by hand: requests, and their tail.

By hand is nginx's documentation and Mozilla's TLS, for the same site: connections to the
application are kept, WebSockets pass, the application is told of host, visitor and scheme, sessions
resume. It has one server, no default, and no log; `by hand, logging` writes nginx's own format, in
blocks of 64k. Ours tells the application more (port, URI and host as they were asked for), knows
other names, and can hold, count and switch. Both pass requests on to the same nginx, which answers
at once: what stands between is what is measured. `metrics` and `access_log` are ours with these on.

nginx's time for a request, which the kernel counts, says most: the rate is also of whatever else
runs. For the tail there is a second one by hand: what it differs by from the first is what the
measurement cannot tell apart. Visitors come at a pace at which nobody is busy all the time, and all
who take part go before whatever else runs: where they do not, a tail is who waited longest for the
processor.
"""

from __future__ import annotations

import contextlib
import shutil
import socket
import statistics
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial

from bench.figure import Figure
from bench.lab import Lab, Missing, docker, free_port, lab, say
from bench.paced import paced
from bench.proc import goes_first
from bench.tails import compared
from bench.turns import Server, Turn, kept, turns
from homeport.model.route import Route, RouteTable, Upstream
from homeport.model.tls import Certificate, Terms
from homeport.model.wish import HttpsMethod
from homeport.proxy.render import Logs, Secured, render
from homeport.proxy.tls.policies import POLICIES

HOST = "localhost"  # by which wrk asks for a certificate, too
REQUESTS, TAIL = 1 / 0.97, 1.1
COST = 1.3  # with each request counted, or written down, beside by hand that does the latter
TURN = 0.1  # seconds
# For the tail: requests a second, of the 15,000 that one nginx can; and seconds of a turn.
PACE, SHORT = 2000, 0.01
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


def measure(quick: bool) -> list[Figure]:
    """In turns: of a tenth of a second, and of a hundredth for the tail; three minutes."""
    if shutil.which("wrk") is None:
        raise Missing("wrk is not installed: script/bootstrap --tests")
    rounds, tenths, fewer = (300, 40, 20) if quick else (1500, 160, 40)
    with lab() as place:
        backend = _backend(place)
        running = servers(place, (*ALL, AGAIN), backend)
        plain = _short(running, "by hand", "homeport", tenths)
        metrics = _short(running, "by hand", "metrics", fewer)
        logging = _short(running, "by hand, logging", "access_log", fewer)
        tails = _tails(running, backend, rounds)
    return [
        figure("routes: requests a second, by hand / ours", plain, pace, REQUESTS),
        figure("routes: nginx's time for a request, ours / by hand", plain, each, REQUESTS),
        *tails,
        figure("routes: nginx's time, with metrics", metrics, each, COST),
        figure("routes: nginx's time, with access_log", logging, each, COST),
    ]


# Of two servers, by hand first: their turns, in the order in which they were taken.
Pair = dict[str, list[Turn]]


def pace(turn: Turn) -> float:
    """Seconds between two requests."""
    return 1 / turn.rate


def each(turn: Turn) -> float:
    """Nginx's own seconds for a request."""
    return turn.each


def figure(name: str, pair: Pair, of: Callable[[Turn], float], limit: float) -> Figure:
    """The ratio of each two turns that follow one another; the median of them."""
    hand, ours = ([of(turn) for turn in turns] for turns in pair.values())
    ratios = [b / a for a, b in zip(hand, ours, strict=True)]
    shown = ", ".join(
        f"{key} {1e6 * statistics.median(map(of, turns)):.4g}" for key, turns in pair.items()
    )
    low, _, high = statistics.quantiles(ratios, n=4)
    return Figure(
        name=name,
        value=statistics.median(ratios),
        unit="x",
        limit=limit,
        detail=f"{shown} us, quarters {low:.3f}-{high:.3f}, {len(ratios)} turns each",
        samples={"ratios": ratios},
    )


def _short(running: dict[str, Server], hand: str, ours: str, rounds: int) -> Pair:
    say(f"requests: {rounds} turns of {hand} and {ours}")
    begin = partial(kept, host=HOST)
    found = turns((running[hand], running[ours]), begin, rounds=rounds, seconds=TURN)
    return dict(zip((hand, ours), found, strict=True))


def _tails(running: dict[str, Server], backend: Server, rounds: int) -> list[Figure]:
    """Ours beside by hand, and by hand beside itself."""
    say(f"tails: {rounds} turns of by hand, of ours, and of by hand again")
    workers = [pid for server in (backend, *running.values()) for pid in server.workers()]
    first = all(goes_first(pid) for pid in workers)
    asked = [running[name].address for name in ("by hand", "homeport", AGAIN)]
    hand, ours, again = paced(asked, host=HOST, rate=PACE, seconds=SHORT, rounds=rounds)
    note = f", {PACE} a second" + ("" if first else ", beside whatever else ran")
    both = [one + other for one, other in zip(hand, again, strict=True)]
    return [
        compared("routes: p99, ours / by hand", ours, both, TAIL, note),
        compared("routes: p99, by hand / by hand", again, hand, TAIL, note),
    ]


def servers(place: Lab, names: Sequence[str], backend: Server | None = None) -> dict[str, Server]:
    """Some of ALL, running; by hand may be there AGAIN. All pass requests on to one `backend`."""
    made = _configurations((backend or _backend(place)).address)
    return {
        name: _start(place, name.replace(", ", "-").replace(" ", "-"), made[name]) for name in names
    }


def _backend(place: Lab) -> Server:
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

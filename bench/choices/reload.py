"""Whether a reload of nginx breaks kept-alive connections, and what keepalive_min_timeout does."""

from __future__ import annotations

import time
from functools import partial

from bench.ask import until
from bench.choices.table import Column, Table
from bench.lab import Lab, docker, free_port, lab, say
from bench.load import load
from bench.pairs import interleaved

RELOADS = 100
CANDIDATES = {
    "nginx's defaults": "",
    "`keepalive_min_timeout 5s`": "keepalive_min_timeout 5s;",
}
COLUMNS = (Column("requests", "requests"), Column("failed", "broken requests"))


def measure(rounds: int) -> Table:
    """A hundred reloads in 12 s under 64 kept-alive connections."""
    with lab() as place:
        subjects = {
            name: partial(_once, place, number, directive)
            for number, (name, directive) in enumerate(CANDIDATES.items())
        }
        return Table("100 reloads of nginx under load", COLUMNS, interleaved(subjects, rounds, say))


def _once(place: Lab, number: int, directive: str) -> dict[str, float]:
    name, port = f"{place.name}-nginx-{number}", free_port()
    sites = place.folder / name
    sites.mkdir(exist_ok=True)
    answer = 'location / { default_type text/plain; return 200 "ready"; }'
    (sites / "site.conf").write_text(f"server {{ listen 80; {directive} {answer} }}\n")
    volume, publish = f"{sites}:/etc/nginx/conf.d:ro", f"127.0.0.1:{port}:80"
    where = ("--name", name, "--label", place.label, "-v", volume, "-p", publish)
    docker("run", "-d", *where, "nginx:stable")
    until(port, "localhost", "ready")
    with load(port, "localhost") as found:
        for _ in range(RELOADS):
            docker("kill", "-s", "HUP", name)
            time.sleep(0.1)
    docker("rm", "-f", name)
    return {"requests": found.requests, "failed": found.failed}

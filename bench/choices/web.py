"""What serves the API: idle memory, and time until the first answer."""

from __future__ import annotations

import http.client
import subprocess
import time
from functools import partial

from bench.choices import environment
from bench.choices.table import Column, Table
from bench.lab import ROOT, free_port, say
from bench.pairs import interleaved
from bench.proc import resident

ROUTES = 40
CANDIDATES = {
    "uvicorn alone (the floor)": "web_bare",
    "Starlette + msgspec": "web_starlette",
    "FastAPI + pydantic": "web_fastapi",
}
COLUMNS = (
    Column("resident", "resident, idle, MiB", 1),
    Column("start", "start to first answer, ms"),
)


def measure(rounds: int) -> Table:
    """Start each, ask each of its routes once, let it rest, look."""
    subjects = {name: partial(_once, probe) for name, probe in CANDIDATES.items()}
    interleaved(subjects, 1)
    return Table("Web framework", COLUMNS, interleaved(subjects, rounds, say))


def _once(probe: str) -> dict[str, float]:
    port = free_port()
    start = time.perf_counter()
    server = subprocess.Popen(
        [environment.PYTHON, "-m", f"bench.choices.probes.{probe}", str(port)],
        cwd=ROOT,
        env=environment.probes_environment(),
    )
    try:
        _until_it_answers(server, port)
        started = time.perf_counter() - start
        for index in range(ROUTES):
            _ask(port, f"/r{index}/blog")
        time.sleep(0.5)
        return {"start": started * 1000, "resident": resident(server.pid) / 2**20}
    finally:
        server.terminate()
        server.wait(10)


def _until_it_answers(server: subprocess.Popen[bytes], port: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and server.poll() is None:
        try:
            return _ask(port, "/r0/blog")
        except ConnectionRefusedError:
            time.sleep(0.002)
    raise TimeoutError("the server did not answer")


def _ask(port: int, path: str) -> None:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=5)
    connection.request("GET", path)
    answer = connection.getresponse()
    assert answer.status == 200, (answer.status, path)
    answer.read()
    connection.close()

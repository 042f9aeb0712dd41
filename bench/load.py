"""wrk on kept-alive connections, for as long as something else takes."""

from __future__ import annotations

import contextlib
import json
import shutil
import signal
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field

from bench.lab import ROOT, Missing

LONGEST = 900  # seconds after which wrk stops by itself


@dataclass(slots=True)
class Load:
    """What wrk counted; filled in when the load ends."""

    requests: int = 0
    errors: dict[str, int] = field(default_factory=dict)

    @property
    def failed(self) -> int:
        """Requests that were refused, broke, took over 10 s, or were answered 4xx or 5xx."""
        return sum(self.errors.values())

    def __str__(self) -> str:
        kinds = ", ".join(f"{count} {kind}" for kind, count in self.errors.items() if count)
        return f"of {self.requests} requests" + (f" ({kinds})" if kinds else "")


@contextlib.contextmanager
def load(port: int, host: str, *, connections: int = 64) -> Iterator[Load]:
    """Load a host of the proxy meanwhile."""
    if shutil.which("wrk") is None:
        raise Missing("wrk is not installed: script/bootstrap --tests")
    found = Load()
    options = ["-t2", f"-c{connections}", f"-d{LONGEST}s", "--timeout", "10s"]
    script = ["-s", str(ROOT / "bench/load.lua"), "-H", f"Host: {host}"]
    wrk = subprocess.Popen(
        ["wrk", *options, *script, f"http://127.0.0.1:{port}/"], stdout=subprocess.PIPE, text=True
    )
    try:
        yield found
        # wrk ends at an interrupt as it does at its end: with its report.
        wrk.send_signal(signal.SIGINT)
        output, _ = wrk.communicate(timeout=30)
    finally:
        if wrk.poll() is None:
            wrk.kill()
            wrk.wait()
    _read(found, output)


def _read(found: Load, output: str) -> None:
    line = next(line for line in output.splitlines() if line.startswith("JSON "))
    counts: dict[str, int] = json.loads(line.removeprefix("JSON "))
    found.requests = counts.pop("requests")
    found.errors = counts

"""A mixed load on a proxy: visitors, uploads, slow answers and a WebSocket, and what they saw.

`mixed()` runs it in a process of its own beside what is measured. Every client is a closed loop
with a pause, all in one event loop: cheap enough for a machine that has to deploy meanwhile.
"""

from __future__ import annotations

import contextlib
import json
import math
import subprocess
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field

from bench.lab import ROOT, environment

TIMEOUT = 10.0  # seconds after which a request has failed
QUANTILES = {"p50": 0.5, "p99": 0.99, "longest": 1.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Mix:
    """Who asks; each but the WebSocket at every host."""

    port: int
    hosts: Sequence[str]
    gets: int = 3  # on a kept connection each
    posts: Sequence[int] = (1_000, 256_000)  # bytes of the bodies, on a kept connection each
    fresh: int = 1  # on a new connection for each request
    slow: int = 1  # answered after 2 s
    websocket: bool = True  # at the first host
    drain: float = 30.0  # seconds that a WebSocket to the old version has left
    longest: float = 3600.0  # seconds, and
    most: int = 2_000_000  # requests, after which it ends by itself


@dataclass(slots=True)
class Seen:
    """What they saw; filled in when the load ends."""

    kinds: dict[str, dict[str, float]] = field(default_factory=dict)  # as `summary` has it
    failures: dict[str, int] = field(default_factory=dict)  # kind and reason -> how often
    examples: list[str] = field(default_factory=list)  # the first failures, with their time
    waits: list[tuple[float, float]] = field(default_factory=list)  # notable: its end, seconds
    repeated: int = 0  # GETs on a connection that had been idle for so long that nginx may close it
    reconnected: int = 0  # connections that nginx closed while no request was under way
    lives: list[float] = field(default_factory=list)  # seconds of WebSockets that were closed
    late: float = 0.0  # seconds for which the load itself was held up at worst

    @property
    def requests(self) -> int:
        """All of them, failed ones and echoes included."""
        return sum(int(kind["count"]) for kind in self.kinds.values())

    @property
    def failed(self) -> int:
        """Refused, reset, later than 10 s, or answered otherwise than they should be."""
        return sum(self.failures.values())

    def pause(self, start: float = 0.0, end: float = math.inf) -> float:
        """The longest fast request that ended between two times; 0 where none was notable."""
        return max((seconds for at, seconds in self.waits if start <= at <= end), default=0.0)

    def __str__(self) -> str:
        parts = [f"{count} x {what}" for what, count in self.failures.items()]
        counts = {"repeated": self.repeated, "reconnected": self.reconnected}
        parts += [f"{count} {name}" for name, count in counts.items() if count]
        parts += [f"WebSockets closed after {life:.1f} s" for life in sorted(self.lives)[:1]]
        return f"of {self.requests} requests" + (f" ({', '.join(parts)})" if parts else "")

    def latencies(self) -> str:
        """Of each kind p50, p99 and the longest: `get 1/70/305, new 3/92/180 ms`."""
        shown = (
            f"{name} " + "/".join(f"{1000 * found[key]:.0f}" for key in QUANTILES)
            for name, found in self.kinds.items()
        )
        return ", ".join(shown) + " ms"


@contextlib.contextmanager
def mixed(mix: Mix) -> Iterator[Seen]:
    """Load a proxy meanwhile. The load ends with its stdin, also when this process is killed."""
    seen, pipe = Seen(), subprocess.PIPE
    argv = [sys.executable, "-m", "bench.clients", json.dumps(asdict(mix))]
    process = subprocess.Popen(argv, cwd=ROOT, env=environment(), stdin=pipe, stdout=pipe)
    try:
        yield seen
        early = process.poll() is not None
        output, _ = process.communicate(timeout=2 * TIMEOUT + 10)
    finally:
        if process.poll() is None:
            process.kill()
            process.communicate()
    if early or process.returncode != 0:
        raise RuntimeError(f"the load ended by itself, with {process.returncode}")
    for name, value in json.loads(output).items():
        setattr(seen, name, value)

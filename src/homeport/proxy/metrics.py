"""Requests by host, code and latency, counted from nginx's log, as Prometheus reads them. Pure.

A line says host, status and seconds, so that most lines of a second are the same: they are counted
as texts, and only the different ones are taken apart.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from homeport.model.route import RouteTable
from homeport.model.tls import Certificate

# In nginx's notation, for `log_format`.
LINE = r"$server_name\t$status\t$request_time"
# Upper bounds in seconds, those that Prometheus' own clients have.
BOUNDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0)
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@dataclass(slots=True)
class Latency:
    """A histogram: how many took at most as long as each bound, the last one any time."""

    counts: list[int] = field(default_factory=lambda: [0] * (len(BOUNDS) + 1))
    seconds: float = 0.0

    def take(self, seconds: float, times: int) -> None:
        """Count requests that took as long."""
        self.counts[bisect_left(BOUNDS, seconds)] += times
        self.seconds += seconds * times


@dataclass(slots=True)
class Requests:
    """All that were counted since the daemon started."""

    codes: Counter[tuple[str, str]] = field(default_factory=Counter)  # host, status
    latencies: dict[str, Latency] = field(default_factory=dict)  # by host

    def take(self, lines: Iterable[bytes]) -> None:
        """Count whole lines of the log; what is no line of it is passed over."""
        for line, times in Counter(lines).items():
            columns = line.decode("utf-8", "replace").split("\t")
            if len(columns) == 3 and columns[1].isdecimal() and _is_time(columns[2]):
                host, status, seconds = columns
                self.codes[host, status] += times
                self.latencies.setdefault(host, Latency()).take(float(seconds), times)


def exposition(
    requests: Requests | None,
    table: RouteTable,
    certificates: Mapping[str, Certificate],
    *,
    reloads: int,
) -> str:
    """Everything, in Prometheus' text format; no requests where they are not counted."""
    lines = [
        *_family("homeport_proxy_reloads_total", "counter", "Reloads of nginx.", {"": reloads}),
        *_family(
            "homeport_route_upstreams",
            "gauge",
            "Containers that answer a host and path.",
            {_labels(host=r.host, path=r.path): len(r.answering) for r in table.routes},
        ),
        *_family(
            "homeport_certificate_not_after_seconds",
            "gauge",
            "When a certificate expires, as seconds since 1970.",
            {_labels(name=c.name): c.not_after for c in certificates.values() if not c.fault},
        ),
        *(_requests(requests) if requests else ()),
    ]
    return "\n".join(lines) + "\n"


def _requests(requests: Requests) -> Iterator[str]:
    yield from _family(
        "homeport_requests_total",
        "counter",
        "Requests by host and status.",
        {_labels(host=host, code=code): n for (host, code), n in sorted(requests.codes.items())},
    )
    name = "homeport_request_duration_seconds"
    yield from _family(name, "histogram", "From the first byte of a request to the last sent.", {})
    for host, latency in sorted(requests.latencies.items()):
        total = 0
        for bound, count in zip((*BOUNDS, "+Inf"), latency.counts, strict=True):
            total += count
            yield f"{name}_bucket{_labels(host=host, le=str(bound))} {total}"
        yield f"{name}_sum{_labels(host=host)} {latency.seconds:.3f}"
        yield f"{name}_count{_labels(host=host)} {total}"


def _family(name: str, kind: str, text: str, values: Mapping[str, float]) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
    for labels, value in values.items():
        yield f"{name}{labels} {value:.15g}"


def _labels(**values: str) -> str:
    return "{" + ",".join(f'{key}="{_escaped(value)}"' for key, value in values.items()) + "}"


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _is_time(text: str) -> bool:
    return text.replace(".", "", 1).isdecimal()

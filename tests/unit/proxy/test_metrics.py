"""Requests as Prometheus reads them, counted from lines of nginx's log."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from homeport.engine.docker import Docker
from homeport.model.route import Route, RouteTable, Upstream
from homeport.model.tls import Certificate
from homeport.proxy import logged as module
from homeport.proxy.logged import Logged
from homeport.proxy.metrics import Requests, exposition
from homeport.proxy.watched import Watched
from tests.spent import spent

LINES = [b"a.org\t200\t0.003"] * 3 + [b"a.org\t404\t0.020", b"b.org\t502\t30.000", b"", b"noise\t1"]


def test_requests_are_counted_by_host_code_and_latency() -> None:
    requests = Requests()
    requests.take(LINES)
    requests.take([b"a.org\t200\t0.005"])
    up = Upstream(address="10.0.0.2", port=5000, container="c")
    table = RouteTable(routes=(Route(host='a"\\', upstreams=(up,), owner="o"),))
    certificates = {"a.org": Certificate(name="a.org", not_after=1_800_000_000.0)}
    found = exposition(requests, table, certificates, reloads=7).splitlines()
    assert [
        "homeport_proxy_reloads_total 7",
        'homeport_route_upstreams{host="a\\"\\\\",path="/"} 1',
        'homeport_certificate_not_after_seconds{name="a.org"} 1800000000',
        'homeport_requests_total{host="a.org",code="200"} 4',
        'homeport_requests_total{host="a.org",code="404"} 1',
        'homeport_requests_total{host="b.org",code="502"} 1',
    ] == [line for line in found if line[0] != "#" and "duration" not in line]
    histogram = [line for line in found if "duration_seconds_" in line and "a.org" in line]
    assert [
        'homeport_request_duration_seconds_bucket{host="a.org",le="0.005"} 4',
        'homeport_request_duration_seconds_bucket{host="a.org",le="0.01"} 4',
        'homeport_request_duration_seconds_bucket{host="a.org",le="0.025"} 5',
    ] == histogram[:3]
    assert [
        'homeport_request_duration_seconds_bucket{host="a.org",le="+Inf"} 5',
        'homeport_request_duration_seconds_sum{host="a.org"} 0.034',
        'homeport_request_duration_seconds_count{host="a.org"} 5',
    ] == histogram[-3:]


def test_without_the_setting_no_request_is_counted() -> None:
    assert "homeport_requests_total" not in exposition(None, RouteTable(), {}, reloads=0)


def test_ten_thousand_requests_take_no_time() -> None:
    """That is a second's, on a busy box: 0.6 ms here."""
    lines = [f"a.org\t200\t0.{n % 40:03}".encode() for n in range(10_000)]
    requests = Requests()
    assert spent(lambda: requests.take(lines)) < 1
    assert 10_000 == requests.codes["a.org", "200"]


def names(folder: Path) -> list[str]:
    """What is in a folder."""
    return sorted(path.name for path in folder.iterdir())


class Nginx:
    """Stands for the Engine: a signal makes nginx open its files anew."""

    def __init__(self) -> None:
        self.signals: list[tuple[str, str]] = []

    async def kill(self, name: str, signal: str) -> None:
        self.signals.append((name, signal))


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """nginx needs no time to write what it kept."""
    monkeypatch.setattr(module, "_FLUSH", 0.0)


async def test_a_log_is_read_as_it_grows_and_no_line_is_lost_when_it_is_put_aside(
    tmp_path: Path, quick: None
) -> None:
    path, nginx = tmp_path / "metrics.log", Nginx()
    log = Logged(path, most=10)
    log.prepare()
    with path.open("ab", buffering=0) as written:
        written.write(b"one\ntw")
        assert [[b"one"]] == list(log.lines())
        written.write(b"o\nthree\n")
        assert await log.put_aside(cast("Docker", nginx), "nginx")
        written.write(b"four\n")  # nginx has the old file open for a moment
        assert [[b"two", b"three", b"four"]] == list(log.last_lines())
    path.write_bytes(b"five\n")
    assert [[b"five"]] == list(log.lines())
    assert [("nginx", "USR1")] == nginx.signals
    assert ["metrics.log"] == names(tmp_path)


async def test_what_is_off_makes_no_files(tmp_path: Path) -> None:
    docker = cast("Docker", Nginx())
    off = Watched(docker, "nginx", tmp_path, metrics=False, access_log=False)
    off.prepare()
    await off.run()
    assert ([], None) == (names(tmp_path), off.requests)

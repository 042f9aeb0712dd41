"""TLS handshakes of the daemon's nginx beside one that is written by hand, full and resumed.

Both have the same certificate (P-256), the protocols and suites of Mozilla's intermediate, a shared
cache of sessions and tickets; each connection carries one request and is closed. ab makes full
handshakes, wrk resumes the session of its connection before: that it is so is looked at first, at a
third nginx that writes it down. The clients stand still in turn (bench/turns.py).

Ours differs by one ticket for a handshake, where OpenSSL makes two; by a server that rejects
unknown names, so that the certificate is chosen by name; and by what it does to a request
(bench/numbers/routes.py). nginx's time, which the kernel counts, says most: the rate is also of the
client, and of whatever else runs.
"""

from __future__ import annotations

import math
import shutil
import statistics
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

from bench.figure import Figure
from bench.lab import Lab, Missing, lab, say
from bench.nginxes import HOST, reused, servers
from bench.numbers.routes import each, figure, pace
from bench.turns import LONGEST, Client, Connecting, Server, Turn, turns

LIMIT = 1 / 0.97
TURN = 0.1  # seconds
ROUNDS, MOST = 90, 4  # turns of each, and how often so many are taken until it is certain
_AT_ONCE = "16"  # connections
_Begin = Callable[[Server], Client]


def measure(quick: bool) -> list[Figure]:
    """Full handshakes, then resumed ones: A B, B A, ... until it is certain; three minutes."""
    for tool, package in (("ab", "apache2-utils"), ("wrk", "wrk"), ("unshare", "util-linux")):
        if shutil.which(tool) is None:
            raise Missing(f"{tool} is not installed ({package}): script/bootstrap --tests")
    with lab() as place:
        running = servers(place, ("by hand", "homeport"))
        kinds: dict[str, _Begin] = {"full": _full, "resumed": partial(_resumed, place.folder)}
        _check(place, kinds)
        return [f for kind, begin in kinds.items() for f in _compared(kind, running, begin, quick)]


def _compared(kind: str, running: dict[str, Server], begin: _Begin, quick: bool) -> list[Figure]:
    pair: dict[str, list[Turn]] = {name: [] for name in running}
    for number in range(1 if quick else MOST):
        say(f"{kind} handshakes: turns {number * ROUNDS + 1} to {(number + 1) * ROUNDS}")
        both = turns(tuple(running.values()), begin, rounds=ROUNDS, seconds=TURN)
        for name, found in zip(running, both, strict=True):
            pair[name] += found
        figures = [
            figure(f"{kind} handshakes a second, by hand / ours", pair, pace, LIMIT),
            figure(f"nginx's time for a {kind} handshake, ours / by hand", pair, each, LIMIT),
        ]
        if all(is_certain(one.samples["ratios"]) for one in figures):
            break
    return figures


def is_certain(ratios: Sequence[float], limit: float = LIMIT) -> bool:
    """Whether more turns would hardly change on which side of the limit the median is."""
    low, median, high = statistics.quantiles(ratios, n=4)
    # The standard error of a median is 0.93 of the quarters' distance by the root of their number.
    return abs(median - limit) > 2 * 0.93 * (high - low) / math.sqrt(len(ratios))


def _full(server: Server) -> Client:
    """ab keeps no session; it asks for the certificate of the header's host."""
    command = ["ab", "-q", "-c", _AT_ONCE, "-n", "5000000", "-H", f"Host: {HOST}"]
    return Connecting(server, [*command, f"https://{server.address}/"])


def _resumed(folder: Path, server: Server) -> Client:
    """wrk asks for the certificate of the URL's host, which leads to the server for wrk alone."""
    hosts = folder / f"{server.name}.hosts"
    hosts.write_text(f"{server.address} {HOST}\n")
    alone = ["unshare", "--map-root-user", "--mount", "sh", "-c", _WITH_HOSTS, "sh", str(hosts)]
    command = ["wrk", "-t1", "-c", _AT_ONCE, f"-d{LONGEST}s", "-H", "Connection: close"]
    return Connecting(server, [*alone, *command, f"https://{HOST}/"])


_WITH_HOSTS = 'mount --bind "$1" /etc/hosts && shift && exec "$@"'


def _check(place: Lab, kinds: dict[str, _Begin]) -> None:
    """Whether the clients do what they are for: nginx writes down who resumed.

    Raises:
        RuntimeError: they do not.
    """
    for kind, (least, most) in {"full": (0.0, 0.0), "resumed": (0.9, 1.0)}.items():
        with reused(place, kind) as (server, share):
            client = kinds[kind](server)
            client.end()
            if not least <= (found := share()) <= most:
                raise RuntimeError(f"of the {kind} handshakes {found:.0%} are resumed")

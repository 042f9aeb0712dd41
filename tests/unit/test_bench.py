"""The arithmetic of script/bench: what it says decides whether a target counts as met."""

from __future__ import annotations

import asyncio
import contextlib
import random
import socketserver
import threading
import time
from collections.abc import Iterator

import pytest

from bench.clients import Answer, Unanswered, read_answer, summary, visitors
from bench.figure import Figure, median, ratio
from bench.mixed import Mix, Seen
from bench.numbers.handshakes import is_certain
from bench.numbers.stateful import pauses, seconds_between
from bench.numbers.transactions import Course, Redeploy
from bench.paced import Visitors, arrivals
from bench.pairs import interleaved
from bench.tails import compared


def test_subjects_take_turns_at_being_first() -> None:
    asked: list[str] = []
    subjects = {name: (lambda name=name: asked.append(name)) for name in "AB"}

    interleaved(subjects, 3)

    assert list("ABBAAB") == asked


def test_a_ratio_is_that_of_the_medians() -> None:
    samples = {"homeport": [1.2, 1.3, 9.0], "floor": [1.0, 0.9, 1.0]}

    figure = ratio("push", samples=samples, of="homeport", to="floor", limit=1.3)

    assert (1.3, True) == (figure.value, figure.passed)
    assert "homeport 1.300 s (1.200-9.000), floor 1.000 s (0.900-1.000), 3 pairs" == figure.detail


def test_what_is_over_its_limit_is_a_miss() -> None:
    figure = median("help", [0.1, 0.3, 0.3], limit=0.2)

    assert not figure.passed
    assert str(figure).startswith("MISS  help ")


def test_exactly_the_limit_is_no_miss() -> None:
    assert Figure(name="failed", value=0, unit="requests", limit=0).passed


def test_the_longest_is_among_the_quantiles_and_each_is_one_that_was_measured() -> None:
    expected = {"count": 200, "p50": 100, "p99": 198, "longest": 200}
    assert expected == summary(range(200, 0, -1))
    assert {"count": 1, "p50": 0.3, "p99": 0.3, "longest": 0.3} == summary([0.3])


async def test_an_answer_is_read_to_its_end_and_no_further() -> None:
    reader = _received(
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\none"
        b"HTTP/1.1 503 No\r\ncontent-length: 0\r\nConnection: Close\r\n\r\n"
    )
    assert Answer(200, b"one", True) == await read_answer(reader)
    assert Answer(503, b"", False) == await read_answer(reader)


async def test_a_connection_closed_before_an_answer_is_another_thing_than_one_within() -> None:
    """The one may be repeated; the other is a failed request whoever asks."""
    with pytest.raises(Unanswered):
        await read_answer(_received(b""))
    for part in (b"HTTP/1.1 20", b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\non"):
        with pytest.raises(asyncio.IncompleteReadError):
            await read_answer(_received(part))


@pytest.mark.parametrize("answer", [b"HTTP/1.1 200 OK\r\n\r\n", b"no HTTP at all\r\n\r\n"])
async def test_what_is_no_answer_is_told(answer: bytes) -> None:
    with pytest.raises(ValueError, match=r"Content-Length|invalid literal"):
        await read_answer(_received(answer))


def test_every_host_has_each_kind_of_visitor_and_bodies_know_their_answer() -> None:
    found = list(visitors(Mix(port=80, hosts=["a", "b"], gets=1, posts=[10], slow=1)))

    assert ["get", "new", "get", "slow", "post"] * 2 == [visitor.kind for visitor in found]
    assert found[3].request.startswith(b"GET /slow?s=2 HTTP/1.1\r\nHost: a\r\n")
    assert found[4].expected
    assert found[4].expected.endswith(b" 10")


def test_a_pause_is_looked_for_between_two_times() -> None:
    seen = Seen(waits=[(10.0, 0.3), (20.0, 0.9)], kinds={"get": {"count": 7}}, repeated=1)

    assert (0.9, 0.3, 0) == (seen.pause(), seen.pause(5, 15), seen.pause(11, 19))
    assert "of 7 requests (1 repeated)" == str(seen)


def test_a_pause_is_the_longest_request_of_its_redeploy_less_its_boot() -> None:
    seen = Seen(waits=[(12.0, 1.5), (12.1, 1.4), (22.0, 2.0)])
    redeploys = [Redeploy(start=10, live=12, boot=1.1), Redeploy(start=20, live=22, boot=1.7)]

    assert [0.4, 0.3] == pytest.approx(pauses(Course(seen, redeploys)))


def test_the_engines_times_are_read_with_as_many_digits_as_it_gives() -> None:
    assert 1.5 == seconds_between(["2024-01-02T03:04:05.5Z\n", "2024-01-02T03:04:07.000000999Z"])


def test_it_is_certain_once_the_spread_leaves_no_doubt() -> None:
    close = [0.97, 1.01, 1.05] * 20

    assert is_certain([ratio - 0.05 for ratio in close], 1.03)
    assert not is_certain(close, 1.015)
    assert is_certain(close * 100, 1.015)


def test_a_tail_is_that_of_all_turns_together_and_tenths_tell_how_sure_it_is() -> None:
    hand = [[0.001] * 98 + [0.002] * 2] * 20
    ours = [[0.001] * 98 + [0.002] * 2] * 10 + [[0.001] * 98 + [0.003] * 2] * 10

    figure = compared("p99", ours, hand, 1.1)

    assert (1.5, False) == (figure.value, figure.passed)
    assert "3000 and 2000 us, 2000 requests, quarters of tenths 1.500-1.500" == figure.detail


def test_visitors_come_by_chance_and_as_often_as_is_said() -> None:
    due = arrivals(random.Random(1), 2000, 10)

    assert sorted(due) == due
    assert 19_500 < len(due) < 20_500
    assert arrivals(random.Random(1), 2000, 10) == due


def test_one_who_waits_does_not_keep_the_next_from_asking() -> None:
    """Each request is timed by itself: two that come while the first is held are not late."""
    with (
        _served(_Slow) as port,
        contextlib.closing(Visitors("127.0.0.1", "a", port)) as visitors,
    ):
        took = visitors.turn([0.0, 0.05, 0.1])

    assert [False, False, True] == [seconds > 0.25 for seconds in sorted(took)]


class _Slow(socketserver.BaseRequestHandler):
    """Answers at once, but to the first who asks."""

    first = threading.Lock()

    def handle(self) -> None:
        while self.request.recv(4096):
            if self.first.acquire(blocking=False):
                time.sleep(0.3)
            self.request.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n")


@contextlib.contextmanager
def _served(handler: type[socketserver.BaseRequestHandler]) -> Iterator[int]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), handler) as server:
        server.daemon_threads = True
        threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
        yield server.server_address[1]
        server.shutdown()


def _received(data: bytes) -> asyncio.StreamReader:
    """What a connection has that was closed after this."""
    reader = asyncio.StreamReader()
    reader.feed_data(data)
    reader.feed_eof()
    return reader

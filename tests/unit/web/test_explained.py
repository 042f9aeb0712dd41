"""A push that is too large is told how much is taken, however git's answer arrives."""

from __future__ import annotations

import pytest

from homeport.source.explained import Explained

BEFORE, AFTER = b"0008\x02ab\n", b"0010\x01unpack no\n0000"
REFUSED = b"0032\x02fatal: pack exceeds maximum allowed size\n"
HINT = b"homeport takes at most 256 MiB in one push: the setting max_push\n"
TOLD = b"%04x\x02%s" % (len(HINT) + 5, HINT)


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 7, 50, 1000])
def test_the_limit_is_told_before_the_refusal_wherever_it_is_cut(size: int) -> None:
    whole, explained = BEFORE + REFUSED + AFTER, Explained(256)
    pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
    said = b"".join([explained.feed(piece) for piece in pieces]) + explained.end()
    assert BEFORE + TOLD + REFUSED + AFTER == said


def test_everything_else_goes_through_as_it_comes() -> None:
    explained = Explained(256)
    assert b"0010\x02a line\n" == explained.feed(b"0010\x02a line\n")
    assert b"" == explained.end()


def test_a_flush_packet_is_passed_on_at_once() -> None:
    """Over SSH git waits for the client's answer to what it advertised."""
    explained = Explained(256)
    assert b"003fadvertised0000" == explained.feed(b"003fadvertised0000")

"""A refusal of git's for the size of a push, in words that help. Pure."""

from __future__ import annotations

import re

_REFUSED = b"\x02fatal: pack exceeds maximum allowed size"
_TOO_LARGE = re.compile(rb"[0-9a-f]{4}" + re.escape(_REFUSED))


class Explained:
    """Where git refuses a pack for its size, a line before that says what the size is.

    It stands in the side band for people: a packet of four hex digits of length, 2, and the text.
    git writes the digits and the text apart, so that they may arrive apart.
    """

    def __init__(self, max_push: int) -> None:
        hint = f"homeport takes at most {max_push} MiB in one push: the setting max_push\n"
        self._packet = b"%04x\x02%s" % (len(hint) + 5, hint.encode())
        self._rest = b""

    def feed(self, part: bytes) -> bytes:
        """What is certain of the answer so far."""
        text = _TOO_LARGE.sub(lambda found: self._packet + found[0], self._rest + part)
        # What was found is not found again: it ends before what is kept.
        # After a flush packet git waits for the client, which waits for it: nothing is kept back.
        longest = 0 if text.endswith(b"0000") else min(_LONGEST, len(text))
        keep = next((n for n in range(longest, 0, -1) if _begins(text[-n:])), 0)
        self._rest = text[len(text) - keep :]
        return text[: len(text) - keep]

    def end(self) -> bytes:
        """What is left at the end."""
        rest, self._rest = self._rest, b""
        return rest


_LONGEST = 3 + len(_REFUSED)


def _begins(text: bytes) -> bool:
    """Whether a refusal may begin so, whose rest is still to come."""
    digits, rest = text[:4], text[4:]
    return all(byte in b"0123456789abcdef" for byte in digits) and _REFUSED.startswith(rest)

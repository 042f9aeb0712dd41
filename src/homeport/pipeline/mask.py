"""Secrets in output: `[secure]` in their place, also where one is cut in two. Pure."""

from __future__ import annotations

import base64
import json
import re
import shlex
import urllib.parse
from collections.abc import Iterable, Iterator

SHOWN = b"[secure]"
_ESCAPE = re.compile("%[0-9A-F]{2}")
# What bash puts a backslash before. Source: bash(1), QUOTING; its lib/sh/shquote.c.
_QUOTED = re.compile(r"""[ !"$&'()*,;<>?\[\\\]^`{|}]""")
_DOUBLE = re.compile(r'["$\\`]')
_SHORT = {
    "\\": r"\\", "'": r"\'", "\a": r"\a", "\b": r"\b", "\t": r"\t", "\n": r"\n", "\v": r"\v",
    "\f": r"\f", "\r": r"\r", "\x1b": r"\E",
}  # fmt: skip
_SHORTEST = 3  # a shorter one would blank out half of the log


class Masker:
    """Takes output as it arrives, gives it back without secrets."""

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in forms_of(secret)}
        ordered = sorted(forms, key=len, reverse=True)  # the longest first
        self._longest = max(map(len, ordered), default=0)
        self._forms = ordered
        self._pattern = re.compile(b"|".join(map(re.escape, ordered))) if ordered else None
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """What is certain of the output so far: the end may be the beginning of a secret."""
        if self._pattern is None:
            return data
        text = self._rest + data
        certain, parts, at = len(text) - self._open(text), [], 0
        for found in self._pattern.finditer(text):
            if found.start() >= certain:  # it may go on to be a longer one
                break
            parts += [text[at : found.start()], SHOWN]
            at = found.end()
        certain = max(certain, at)
        self._rest = text[certain:]
        return b"".join([*parts, text[at:certain]])

    def end(self) -> bytes:
        """What is left at the end."""
        text, self._rest = self._rest, b""
        return self.whole(text)

    def whole(self, data: bytes) -> bytes:
        """Output that is there at once."""
        return self._pattern.sub(SHOWN, data) if self._pattern else data

    def _open(self, text: bytes) -> int:
        """How many bytes at the end may belong to a secret whose rest is still to come."""
        longest = min(len(text), self._longest - 1)
        ends = (text[-n:] for n in range(longest, 0, -1))
        return next((len(end) for end in ends if any(f.startswith(end) for f in self._forms)), 0)


def forms_of(secret: str) -> Iterator[bytes]:
    """A secret as it may show: itself, its lines, unescaped, in a shell, base64, hex, a URL, JSON.

    Base64 depends on what stands before: the part that is the same at each of the three offsets.
    """
    plain = {secret, _unescaped(secret)}
    plain |= {line for text in set(plain) for line in text.splitlines()}
    for text in {p.strip() for p in plain}:
        if len(text) < _SHORTEST:
            continue
        data = text.encode()
        yield data
        yield from (form.encode() for form in (*_in_a_url(text), *_in_a_shell(text)))
        yield from (data.hex().encode(), data.hex().upper().encode())
        yield from (json.dumps(text, ensure_ascii=only)[1:-1].encode() for only in (True, False))
        yield from (part for part in _base64(data) if len(part) > _SHORTEST)


def _unescaped(text: str) -> str:
    """As the shell would make of it: `"a b"` shows as `a b`."""
    try:
        return "".join(shlex.split(text)) if len(shlex.split(text)) == 1 else text
    except ValueError:
        return text


def _in_a_shell(text: str) -> Iterator[str]:
    """As bash shows it: `set -x`, `export -p`, `printf %q`; and where it is not plain."""
    yield text.replace("'", "'\\''")
    yield _DOUBLE.sub(r"\\\g<0>", text)
    yield _QUOTED.sub(r"\\\g<0>", text)
    yield "".join(_escaped(c, most=127) for c in text)
    # In the locale C, each byte of what is not ASCII.
    yield "".join(_escaped(chr(byte), most=255) for byte in text.encode())


def _escaped(character: str, *, most: int) -> str:
    """A character within $'...'; those of 127 to `most` do not show."""
    number = ord(character)
    plain = f"\\{number:03o}" if number < 32 or 127 <= number <= most else character
    return _SHORT.get(character, plain)


def _in_a_url(text: str) -> Iterator[str]:
    """As curl writes it, encodeURIComponent, Python, encodeURI and forms; git, in small letters."""
    for safe in ("", "!'()*", "/", "!'()*#$&+,/:;=?@"):
        quoted = urllib.parse.quote(text, safe=safe)
        yield from (quoted, _ESCAPE.sub(lambda found: found[0].lower(), quoted))
    yield urllib.parse.quote_plus(text)


def _base64(data: bytes) -> Iterator[bytes]:
    yield base64.b64encode(data)
    yield from _wrapped(base64.b64encode(data))
    yield base64.urlsafe_b64encode(data)
    for offset in range(3):
        whole = base64.b64encode(b"\0" * offset + data)
        # The first characters depend on what comes before, the last on what comes after.
        start = (offset * 8 + 5) // 6
        end = (offset + len(data)) * 8 // 6
        yield whole[start:end]


def _wrapped(text: bytes) -> Iterator[bytes]:
    """Its lines, as `base64` (76 characters) and `openssl base64` (64) break them.

    The last four characters depend on what comes after: `echo` adds a newline.
    """
    for width in (64, 76):
        starts = range(0, len(text), width) if len(text) > width else ()
        lines = (text[at : min(at + width, len(text) - 4)] for at in starts)
        yield from (line for line in lines if len(line) > _SHORTEST * 2)

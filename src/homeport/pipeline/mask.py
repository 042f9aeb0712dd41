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
    """Takes output as it arrives, gives it back without secrets.

    A key has hundreds of forms (its lines, each in base64 and the like), and a search for one after
    the other took a daemon's time: so what is looked for is how they begin, all at once.
    """

    def __init__(self, secrets: Iterable[str]) -> None:
        forms = {form for secret in secrets for form in forms_of(secret)}
        self._longest = max(map(len, forms), default=0)
        self._by_head: dict[bytes, list[bytes]] = {}
        for form in sorted(forms, key=len, reverse=True):  # the longest first
            self._by_head.setdefault(form[:_SHORTEST], []).append(form)
        self._head = re.compile(b"(?=%s)" % _any_of(self._by_head)) if forms else None
        self._short = {head[:size] for head in self._by_head for size in range(1, _SHORTEST)}
        self._rest = b""

    def feed(self, data: bytes) -> bytes:
        """What is certain of the output so far: the end may be the beginning of a secret."""
        if self._head is None:
            return data
        text = self._rest + data
        shown, at = self._masked(text, self._opens(text))
        self._rest = text[at:]
        return shown

    def end(self) -> bytes:
        """What is left at the end."""
        text, self._rest = self._rest, b""
        return self.whole(text)

    def whole(self, data: bytes) -> bytes:
        """Output that is there at once."""
        return self._masked(data, len(data))[0] if self._head else data

    def _masked(self, text: bytes, certain: int) -> tuple[bytes, int]:
        """What begins before `certain`, without secrets, and where it ends."""
        assert self._head
        parts, at = [], 0
        for found in self._head.finditer(text, 0):
            place = found.start()
            if place >= certain:  # it may go on to be a longer one
                break
            if place >= at and (size := self._form_at(text, place)):
                parts += [text[at:place], SHOWN]
                at = place + size
        end = max(certain, at)
        return b"".join([*parts, text[at:end]]), end

    def _form_at(self, text: bytes, place: int) -> int:
        """How long the longest form is that stands at a place; 0 for none."""
        forms = self._by_head[text[place : place + _SHORTEST]]
        return next((len(form) for form in forms if text.startswith(form, place)), 0)

    def _opens(self, text: bytes) -> int:
        """Where at the end something begins that may be a secret whose rest is still to come."""
        assert self._head
        for found in self._head.finditer(text, max(len(text) - self._longest + 1, 0)):
            end = text[found.start() :]
            forms = self._by_head[end[:_SHORTEST]]
            if any(len(form) > len(end) and form.startswith(end) for form in forms):
                return found.start()
        for size in range(min(_SHORTEST - 1, len(text)), 0, -1):
            if text[-size:] in self._short:
                return len(text) - size
        return len(text)


def _any_of(words: Iterable[bytes]) -> bytes:
    """A pattern for any of these, which share their beginnings: it looks at few of them."""
    rests: dict[bytes, list[bytes]] = {}
    for word in sorted(words):
        rests.setdefault(word[:1], []).append(word[1:])
    ways = (
        re.escape(first) + (b"" if b"" in more else _any_of(more)) for first, more in rests.items()
    )
    return b"(?:%s)" % b"|".join(ways)


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

"""What somebody meant who wrote what is no host name. Pure."""

from __future__ import annotations

import re


def meant(text: str) -> str:
    """What to write in its place, to stand after `is no host name`; "" where nobody knows."""
    for pattern, what in _MEANT:
        if re.search(pattern, text):
            return f": {what}"
    found = _punycode(text)
    return f": browsers ask for it as {found}" if found else ""


_MEANT = (
    (r"^([\"']).*\1$", "write it without quotation marks, which are a part of it here"),
    (r"^[a-z]+://", "write it without what stands before it"),
    (r"[$]", "nothing was put in for the variable"),
    (r"[\s;]", "several names have commas between them"),
    (r"^[^/]+/", "a path is said apart from it, by VIRTUAL_PATH"),
    (r"^[^:]+:\d+$", "a port is said apart from it, by VIRTUAL_PORT"),
    (r"^[0-9a-f:]*::?[0-9a-f:]*$", "an IPv6 address stands in brackets"),
    (r"[^.]\.$", "write it without the dot at its end"),
)


def _punycode(text: str) -> str:
    """A name with letters that are not ASCII, as DNS and browsers have it; "" of others."""
    try:
        return "" if text.isascii() or len(text) > 253 else text.encode("idna").decode()
    except UnicodeError:
        return ""

"""What a request shows of itself: a password, and whether another site's page had it sent.

Source: RFC 7617 (Basic), RFC 6454 (Origin), https://www.w3.org/TR/fetch-metadata.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from urllib.parse import urlsplit

_ONLY_READS = ("GET", "HEAD", "OPTIONS")


def basic(header: str) -> str | None:
    """The password that an Authorization header shows; "" where it cannot be read, None without."""
    scheme, _, encoded = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[2]
    except (binascii.Error, UnicodeDecodeError):
        return ""


def is_by_another_site(method: str, headers: Mapping[str, str]) -> bool:
    """Whether a page that is not ours had a browser ask for a change.

    A browser that was told a token once, to show a page, sends it along with what any page asks
    for. It says so: in Sec-Fetch-Site where it trusts the connection, else in Origin. Programs that
    are no browsers send neither.
    """
    if method in _ONLY_READS:
        return False
    if (site := headers.get("sec-fetch-site")) is not None:
        return site not in ("same-origin", "none")
    origin = headers.get("origin")
    ours = (headers.get("host"), headers.get("x-forwarded-host"))
    return origin is not None and urlsplit(origin).netloc not in ours

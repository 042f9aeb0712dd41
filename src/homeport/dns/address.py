"""What others say the address of this box is, and whether to believe them. Pure.

One source may lie, be a captive portal's page, or have a cache of its own: two have to agree.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from homeport.dns.model import is_public

LARGEST = 4096  # bytes of a page that may say an address
_V4 = re.compile(r"(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])")
_V6 = re.compile(r"(?<![0-9A-Fa-f:])(?:[0-9A-Fa-f]{0,4}:){2,7}[0-9A-Fa-f]{0,4}(?![0-9A-Fa-f:])")


def address_in(page: str, *, v6: bool) -> str:
    """The one public address that a page names; "" where it names none, or several.

    Args:
        page: plain text, JSON or HTML.
        v6: which family is looked for.
    """
    found = {text for text in (_V6 if v6 else _V4).findall(page) if is_public(text)}
    return found.pop() if len(found) == 1 else ""


def agreed(said: Sequence[str]) -> str:
    """The address that two sources say, or the only one that was asked; "" where none is.

    Args:
        said: what each source says; "" for one that says nothing.
    """
    counted = Counter(one for one in said if one).most_common(1)
    if not counted:
        return ""
    address, times = counted[0]
    return address if times >= min(2, len(said)) else ""

"""Badges: what they say, and the flat SVG and the JSON that say it. Pure: words in, bytes out.

The style is that of Shields. Source: badges/shields, spec/SPECIFICATION.md and badge-maker.
"""

from __future__ import annotations

import functools
import html
import re
import unicodedata
from enum import Enum
from typing import assert_never

import msgspec

from homeport.model.image import BuildState

LONGEST = 64  # characters of each side: a badge stands in a line of others
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


class Colour(Enum):
    """A background that Shields knows by name."""

    BRIGHTGREEN = "#4c1"
    YELLOW = "#dfb317"
    RED = "#e05d44"
    LIGHTGREY = "#9f9f9f"
    BLUE = "#007ec6"


class Badge(msgspec.Struct, frozen=True):
    """What a badge says, and on which colour."""

    label: str
    message: str
    colour: Colour


def unknown(label: str) -> Badge:
    """What there is nothing to say of, or not to whom asks."""
    return Badge(label, "unknown", Colour.LIGHTGREY)


def build(state: BuildState | None) -> Badge:
    """How the newest build went; None where there was none."""
    return Badge("build", *_build(state))


def pulls(count: int) -> Badge:
    """How often an image was pulled."""
    return Badge("pulls", in_short(count), Colour.BLUE)


def size(count: int | None) -> Badge:
    """How many bytes a pull takes; None or none where nothing was published."""
    if not count or count < 0:
        return unknown("size")
    return Badge("size", in_bytes(count), Colour.BLUE)


def version(text: str) -> Badge:
    """The version deployed: a tag, a release or a commit; "" where nothing was."""
    if not text.strip():
        return unknown("version")
    return Badge("version", text[:7] if _COMMIT.fullmatch(text) else text, Colour.BLUE)


def endpoint(badge: Badge) -> dict[str, str | int]:
    """The badge as Shields asks for it. Source: shields.io/badges/endpoint-badge."""
    return {
        "schemaVersion": 1,
        "label": _plain(badge.label),
        "message": _plain(badge.message),
        "color": badge.colour.name.lower(),
    }


# Badges are few and asked for often; making one takes 9 us, remembering it 0.2.
@functools.lru_cache(maxsize=512)
def svg(badge: Badge) -> str:
    """The badge as an SVG image, 20 pixels high."""
    label, message = _plain(badge.label), _plain(badge.message)
    left, right = text_width(label), text_width(message)
    # The gap between the texts is 2 px narrower than the ends, as Shields has it.
    label_at, message_at = (left + 10) * 5 + 10, (left + 10) * 10 + (right + 10) * 5 - 10
    said = html.escape(f"{label}: {message}")
    return _SVG.format(
        said=said,
        width=left + right + 20,
        left=left + 10,
        right=right + 10,
        colour=badge.colour.value,
        label=_text(html.escape(label), label_at, left * 10),
        message=_text(html.escape(message), message_at, right * 10),
    )


def text_width(text: str) -> int:
    """Whole pixels that a text takes in Verdana of 11 px: odd, so that its middle is a pixel."""
    units = sum(map(_units, text))
    return (units * 11 // 2048) | 1


def in_short(count: int) -> str:
    """999, 1.2k, 12M."""
    amount = float(max(count, 0))
    for unit in ("", "k", "M", "G", "T"):
        # 999.5k would be read as 1000k.
        if amount < 999.5 or unit == "T":
            break
        amount /= 1000
    if not unit:
        return str(int(amount))
    return f"{amount:.1f}".removesuffix(".0") + unit if amount < 9.95 else f"{amount:.0f}{unit}"


def in_bytes(count: int) -> str:
    """12.3 MB, in units of 1000 as docker counts."""
    amount = float(max(count, 0))
    for unit in ("B", "kB", "MB", "GB", "TB"):
        if amount < 999.5 or unit == "TB":
            break
        amount /= 1000
    return f"{amount:.0f} {unit}" if unit == "B" or amount >= 99.95 else f"{amount:.1f} {unit}"


def _build(state: BuildState | None) -> tuple[str, Colour]:
    match state:
        case None:
            return "unknown", Colour.LIGHTGREY
        case BuildState.PENDING:
            return "pending", Colour.YELLOW
        case BuildState.BUILDING:
            return "building", Colour.YELLOW
        case BuildState.SUCCESS:
            return "passing", Colour.BRIGHTGREEN
        case BuildState.FAILED:
            return "failing", Colour.RED
        case BuildState.CANCELLED:
            return "cancelled", Colour.LIGHTGREY
        case _:
            assert_never(state)


def _plain(text: str) -> str:
    """One line of characters that XML may have, none of which hides or turns the others around."""
    text = text[: 4 * LONGEST]
    if not (text.isascii() and text.isprintable()):
        text = "".join(c if unicodedata.category(c)[0] not in "CZ" else " " for c in text)
    text = " ".join(text.split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


def _text(text: str, middle: int, length: int) -> str:
    """A text and its shadow, in tenths of a pixel. textLength: other fonts take the same room."""
    place = f'transform="scale(.1)" textLength="{length}"'
    return (
        f'<text aria-hidden="true" x="{middle}" y="150" fill="#010101" fill-opacity=".3" {place}>'
        f'{text}</text><text x="{middle}" y="140" {place}>{text}</text>'
    )


@functools.lru_cache(maxsize=1024)
def _units(character: str) -> int:
    """How far Verdana advances, in 1/2048 of its size; what it lacks comes from another font."""
    if character in _ADVANCE:
        return _ADVANCE[character]
    if unicodedata.combining(character):
        return 0
    bare = unicodedata.normalize("NFD", character)[0]
    if bare in _ADVANCE:
        return _ADVANCE[bare]
    return 2048 if unicodedata.east_asian_width(character) in "WF" else _ADVANCE["m"]


# Source: the widths that Shields measures (metabolize/anafanafo): whole units of the font.
_ADVANCE = {
    character: units
    for characters, units in (
        ("'", 550), ("il", 562), ("j", 705), (" f", 720), (",.", 745), ("!", 806), ("t", 807),
        ("I", 862), ("r", 874), ("()-/:;[\\]|", 930), ("J", 931), ('"', 940), ("cs", 1067),
        ("z", 1076), ("?", 1117), ("L", 1140), ("F", 1177), ("kvxy", 1212), ("e", 1220),
        ("a", 1230), ("P", 1235), ("o", 1243), ("Y", 1260), ("T", 1262), ("bdgpq", 1276),
        ("E", 1295), ("hnu", 1296), ("{}", 1300), ("$*0123456789_`", 1302), ("ASV", 1400),
        ("XZ", 1403), ("B", 1404), ("K", 1419), ("R", 1424), ("C", 1430), ("&", 1488),
        ("U", 1499), ("N", 1532), ("H", 1539), ("D", 1578), ("G", 1588), ("OQ", 1612),
        ("#+<=>^w~", 1676), ("M", 1726), ("m", 1992), ("W", 2025), ("@", 2048),
        ("%", 2204),
    )
    for character in characters
}  # fmt: skip

_SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="20" role="img"'
    ' aria-label="{said}"><title>{said}</title>'
    '<linearGradient id="s" x2="0" y2="100%"><stop offset="0" stop-color="#bbb"'
    ' stop-opacity=".1"/><stop offset="1" stop-opacity=".1"/></linearGradient>'
    '<clipPath id="r"><rect width="{width}" height="20" rx="3" fill="#fff"/></clipPath>'
    '<g clip-path="url(#r)"><rect width="{left}" height="20" fill="#555"/>'
    '<rect x="{left}" width="{right}" height="20" fill="{colour}"/>'
    '<rect width="{width}" height="20" fill="url(#s)"/></g>'
    '<g fill="#fff" text-anchor="middle" font-family="Verdana,Geneva,DejaVu Sans,sans-serif"'
    ' text-rendering="geometricPrecision" font-size="110">{label}{message}</g></svg>\n'
)

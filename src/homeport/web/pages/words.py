"""How a page says times, references and links, and what it does to text that may be hostile."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.parse import quote

MINUTE, HOUR, DAY = 60, 3600, 86400
_ANSI = re.compile(r"\x1b(?:\[[0-9;:?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)?)")
# What a browser does not show, or what turns around the text beside it (CVE-2021-42574).
_UNSEEN = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]"
)
_LINK = re.compile(r"(?:https?://|/)[^\x00-\x20\x7f-\x9f\"'<>\\]*")
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")


def visible(text: str) -> str:
    """The text, with a mark for each character that would hide or rearrange others."""
    return text if text.isprintable() else _UNSEEN.sub("\N{REPLACEMENT CHARACTER}", text)


def plain_log(text: str) -> str:
    """A log as a terminal would have left it: no colours, and of progress the last state."""
    lines = _ANSI.sub("", text).replace("\r\n", "\n").split("\n")
    return "\n".join(line.rstrip("\r").rpartition("\r")[2] for line in lines)


def last_lines(text: str, lines: int, characters: int) -> tuple[str, int]:
    """The end of a text, from the start of a line on, and how many lines stood before."""
    start = max(0, len(text) - characters)
    if start:
        start = text.find("\n", start) + 1 or start
    kept = text[start:].split("\n")
    missing = text.count("\n", 0, start) + max(0, len(kept) - lines)
    return "\n".join(kept[-lines:]), missing


def safe_link(link: str) -> str:
    """A link to http or to a path; "" for `javascript:` and everything else."""
    return link if _LINK.fullmatch(link) else ""


def in_path(name: str) -> str:
    """A name as a part of an address; its slashes stay."""
    return quote(visible(name), safe="/-._~")


def short_commit(commit: str) -> str:
    """As git says it by default; what is no commit stays."""
    return commit[:7] if _COMMIT.fullmatch(commit) else commit


def short_digest(digest: str) -> str:
    """As docker says it: 12 characters, without the algorithm."""
    return digest.partition(":")[2][:12] or digest


def short_ref(ref: str) -> str:
    """`main`, `tag v1`."""
    if ref.startswith("refs/tags/"):
        return f"tag {ref.removeprefix('refs/tags/')}"
    return ref.removeprefix("refs/heads/")


def duration(seconds: float) -> str:
    """0.4 s, 12 s, 3 min 20 s, 1 h 5 min."""
    if seconds < 9.95:
        return f"{max(0.0, seconds):.1f} s".replace(".0 s", " s")
    whole = round(seconds)
    if whole < MINUTE:
        return f"{whole} s"
    if whole < HOUR:
        return _two(whole // MINUTE, "min", whole % MINUTE, "s")
    return _two(whole // HOUR, "h", whole % HOUR // MINUTE, "min")


def ago(epoch: float, now: float) -> str:
    """How long since: 5 min ago; weeks and more as the day itself."""
    seconds = now - epoch
    if seconds < MINUTE:
        return "just now"
    for limit, unit, name in ((HOUR, MINUTE, "min"), (DAY, HOUR, "h"), (14 * DAY, DAY, "day")):
        if seconds < limit:
            count = int(seconds // unit)
            return f"{count} {name}{'s' if name == 'day' and count > 1 else ''} ago"
    return _moment(epoch, "%Y-%m-%d")


def exact(epoch: float) -> str:
    """2026-11-23 18:45 UTC; "" for none."""
    return _moment(epoch, "%Y-%m-%d %H:%M UTC") if epoch else ""


def machine(epoch: float) -> str:
    """For the attribute `datetime`."""
    return _moment(epoch, "%Y-%m-%dT%H:%M:%SZ")


def _two(large: int, unit: str, small: int, smaller: str) -> str:
    return f"{large} {unit} {small} {smaller}" if small else f"{large} {unit}"


def _moment(epoch: float, form: str) -> str:
    try:
        return datetime.fromtimestamp(epoch, UTC).strftime(form)
    except (OverflowError, ValueError, OSError):
        return "?"

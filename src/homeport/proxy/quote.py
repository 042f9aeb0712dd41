"""Hosts and paths of a Wish as nginx writes them: a regular expression stands in quotes. Pure."""

from __future__ import annotations

from homeport.model.wish import is_regex
from homeport.model.wish.places import location_of


def server_name(host: str) -> str:
    """A host behind `server_name`."""
    return _quoted(host) if is_regex(host) else host


def location(path: str) -> str:
    """A path behind `location`, its modifier apart."""
    modifier, rest = location_of(path)
    if is_regex(modifier):
        rest = _quoted(rest)
    return f"{modifier} {rest}" if modifier else rest


def _quoted(pattern: str) -> str:
    # nginx takes a backslash away before another, and makes a tab of `\t` (ngx_conf_read_token).
    return '"' + pattern.replace("\\", "\\\\") + '"'

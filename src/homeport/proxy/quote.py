"""Hosts and paths of a Wish as nginx writes them: a regular expression stands in quotes. Pure."""

from __future__ import annotations

import re

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


def canonical(path: str) -> tuple[str, str]:
    """What nginx tells locations apart by: two paths of the same are a fault of the whole file."""
    modifier, rest = location_of(path)
    return ("" if modifier == "^~" else modifier), rest


def dest(path: str, to: str) -> str:
    """The arguments of `rewrite` that put `to` in the place of a path that is a plain prefix."""
    prefix = re.escape(location_of(path)[1])
    return f"{_quoted(f'^{prefix}(.*)$')} {text(to + '$1', variables=True)}"


def text(value: str, *, variables: bool = False) -> str:
    """Any text as a string of nginx's; a `$` begins a variable only where that is said."""
    plain = "".join(c for c in value if c.isprintable())
    plain = plain.replace("\\", "\\\\").replace('"', '\\"')
    return '"' + (plain if variables else plain.replace("$", "${homeport_dollar}")) + '"'


def escaped(value: str) -> str:
    """What somebody wrote for nginx, its escapes included, in quotes that nothing of it ends."""
    return "'" + re.sub(r"\\.|'|\\$", lambda sign: _ESCAPED.get(sign[0], sign[0]), value) + "'"


_ESCAPED = {"'": "\\'", "\\": "\\\\"}


def _quoted(pattern: str) -> str:
    # nginx takes a backslash away before another, and makes a tab of `\t` (ngx_conf_read_token).
    return '"' + pattern.replace("\\", "\\\\") + '"'

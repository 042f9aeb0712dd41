"""Which branches are built, and which commits ask not to be. Pure.

Source: Travis CI's documentation, "Building Specific Branches" and "Skipping a Build".
"""

from __future__ import annotations

import re

from homeport.model.regex import CannotParse, compiled
from homeport.pipeline.travis.model import Branches

PAGES = "gh-pages"
_SKIP = re.compile(
    r"(?i)\[(?:(?:travis )?ci[ -]skip|skip[ -](?:travis )?ci|travis skip|skip travis)\]"
)


def builds(branches: Branches, name: str) -> bool:
    """Whether a branch, or a tag, is built. `only` beats `except`; `gh-pages` must be named."""
    if branches.only:
        wanted = [pattern for pattern in branches.only if name != PAGES or PAGES in pattern]
        return any(_names(pattern, name) for pattern in wanted)
    return name != PAGES and not any(_names(pattern, name) for pattern in branches.excluded)


def skips(message: str) -> bool:
    """Whether a commit's message says that it is not to be built: `[skip ci]` and so on."""
    return bool(_SKIP.search(message))


def _names(pattern: str, name: str) -> bool:
    """`/re/` anywhere in the name, other text as the whole; what is no regex names nothing."""
    found = re.fullmatch(r"/(.*)/(i?)", pattern, re.DOTALL)
    if not found:
        return pattern == name
    try:
        return compiled(("(?i)" if found[2] else "") + found[1]).found_in(name)
    except CannotParse:
        return False

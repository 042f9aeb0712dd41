"""Names of apps, and of refs and commits as git takes them. Pure.

Source: git-check-ref-format(1); the numbers stand for its rules.
"""

from __future__ import annotations

import re

APP_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,38}")
BRANCHES, TAGS = "refs/heads/", "refs/tags/"
LONGEST = 400  # characters; git ends where the file system does
_COMMIT = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# 3: `..`; 4, 5 and 10: what has a meaning elsewhere; 6: slashes; 7: a dot at the end; 8: `@{`.
_NEVER = re.compile(r"\.\.|[\x00-\x20\x7f~^:?*\[\\]|//|@\{|[./]$")
# 1: no part begins with a dot, or ends with `.lock`.
_PART = re.compile(r"(?:^|/)\.|\.lock(?:/|$)")


def is_ref(name: str) -> bool:
    """Whether git would take a name as that of a branch or a tag: `refs/heads/main`."""
    short = name.removeprefix(BRANCHES).removeprefix(TAGS)
    if short == name or not short or short.startswith("/") or len(name) > LONGEST:
        return False
    return not (_NEVER.search(name) or _PART.search(name)) and name.isprintable()


def is_commit(name: str) -> bool:
    """Whether a name can be that of an object: 40 or 64 hex digits."""
    return bool(_COMMIT.fullmatch(name))


def is_nobody(commit: str) -> bool:
    """Whether it stands for a ref that is not there: zeros alone."""
    return bool(commit) and not commit.strip("0")

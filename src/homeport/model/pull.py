"""A pull request. Events carry one, so that every command loads this."""

from __future__ import annotations

import msgspec


class PullRequest(msgspec.Struct, frozen=True, kw_only=True):
    """What a run tests that somebody wants to have merged. It never goes live."""

    number: int
    fork: bool  # its commit lives in another repository: it is given no secrets
    base: str = ""  # the branch that it is for
    head: str = ""  # the branch that it comes from
    slug: str = ""  # OWNER/NAME of the repository that it comes from

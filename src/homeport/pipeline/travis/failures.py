"""`jobs.allow_failures`: which jobs may fail. Pure.

Source: travis-yml, `configs/allow_failures.rb`.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Any

from homeport.pipeline.travis.draft import Accepts, Attrs, Draft
from homeport.pipeline.travis.tree import Table, frozen


def allowed(
    config: Table, drafts: Sequence[Draft], accepts: Accepts, *, branch: str
) -> list[Draft]:
    """The jobs; those that a rule matches may fail."""
    rules = Rules(config, accepts, branch=branch)
    return [
        draft.having({**draft.attrs, "allow_failure": True}) if rules.match(draft) else draft
        for draft in drafts
    ]


class Rules:
    """The rules of a file."""

    def __init__(self, config: Table, accepts: Accepts, *, branch: str) -> None:
        given = (config.get("jobs") or {}).get("allow_failures") or []
        self._rules = [rule for rule in given if isinstance(rule, Table) and rule]
        shared: list[Attrs] = (config.get("env") or {}).get("global") or []
        self._shared = {frozen(one) for one in shared}
        self._accepts, self._branch = accepts, branch

    def match(self, draft: Draft) -> bool:
        """Whether one of them matches a job."""
        own = {frozen(one) for one in draft.own}
        return any(self._matches(rule, draft, own) for rule in self._rules)

    def _matches(self, rule: Table, draft: Draft, own: set[Hashable]) -> bool:
        condition = rule.get("if")
        keys = ((key, value) for key, value in rule.items() if key != "if")
        return all(self._equals(key, value, draft, own) for key, value in keys) and (
            not condition or self._accepts(condition, draft.attrs)
        )

    def _equals(self, key: str, value: Any, draft: Draft, own: set[Hashable]) -> bool:
        if key == "branch":
            return bool(value == self._branch)
        if key == "env":
            # As Travis: what the rule names has to be there, and the job may have more.
            wanted = {frozen(one) for one in value or ()}
            return draft.own == value or wanted - own <= self._shared
        return bool(draft.attrs.get(key) == value)

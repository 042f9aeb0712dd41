"""`jobs.allow_failures`: which jobs may fail. Pure.

Source: travis-yml, `configs/allow_failures.rb`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from homeport.pipeline.travis.draft import Accepts, Attrs, Draft
from homeport.pipeline.travis.tree import Table


def allowed(
    config: Table, drafts: Sequence[Draft], accepts: Accepts, *, branch: str
) -> list[Draft]:
    """The jobs; those that a rule matches may fail."""
    rules = [rule for rule in (config.get("jobs") or {}).get("allow_failures") or [] if rule]
    shared: list[Attrs] = (config.get("env") or {}).get("global") or []

    def may_fail(attrs: Attrs) -> bool:
        return any(
            _matches(rule, attrs, shared, branch)
            and (not rule.get("if") or accepts(rule["if"], attrs))
            for rule in rules
            if isinstance(rule, Table)
        )

    return [
        draft.having({**draft.attrs, "allow_failure": True}) if may_fail(draft.attrs) else draft
        for draft in drafts
    ]


def _matches(rule: Table, attrs: Attrs, shared: list[Attrs], branch: str) -> bool:
    return all(
        _equals(key, value, attrs, shared, branch) for key, value in rule.items() if key != "if"
    )


def _equals(key: str, value: Any, attrs: Attrs, shared: list[Attrs], branch: str) -> bool:
    if key == "branch":
        return bool(value == branch)
    if key == "env":
        own = [one for one in attrs["env"] if one not in shared]
        others = [one for one in value or [] if one not in own]
        return own == value or all(one in shared for one in others)
    return bool(attrs.get(key) == value)

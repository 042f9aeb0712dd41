"""Stages: which job runs in which, and in what order. Pure.

Source: travis-yml, `configs/stages.rb`.
"""

from __future__ import annotations

from collections.abc import Sequence

from homeport.pipeline.travis.draft import Accepts, Draft, Dropped
from homeport.pipeline.travis.tree import Table

DEFAULT = "test"


def staged(
    config: Table, drafts: Sequence[Draft], accepts: Accepts, dropped: list[Dropped]
) -> tuple[list[str], list[Draft]]:
    """The stages that have jobs, in order, and the jobs that have a stage.

    A file that names no stage has none: then no job has one, either.
    """
    given: list[Table] = [one for one in config.get("stages") or [] if one.get("name")]
    if not given and not any(_stage(draft) for draft in drafts):
        return [], list(drafts)
    drafts = _assigned(given, drafts)
    names = _ordered([one["name"] for one in given] + [_stage(draft) for draft in drafts])
    conditions = _conditions(given)
    kept: list[Draft] = []
    left: list[Draft] = []
    for draft in drafts:
        condition = conditions.get(_stage(draft).lower())
        (left if condition and not accepts(condition, draft.attrs) else kept).append(draft)
    dropped += [_skipped(draft, conditions[_stage(draft).lower()]) for draft in left]
    with_jobs = {_stage(draft).lower() for draft in kept}
    return [name for name in names if name.lower() in with_jobs], kept


def _assigned(given: Sequence[Table], drafts: Sequence[Draft]) -> list[Draft]:
    """A job without a stage runs in that of the job before it."""
    named = [one["name"] for one in given] + [_stage(draft) for draft in drafts]
    stage = next((name for name in named if name.lower() == DEFAULT), DEFAULT)
    found = []
    for draft in drafts:
        stage = _stage(draft) or stage
        found.append(draft.having({**draft.attrs, "stage": stage}))
    return found


def _conditions(given: Sequence[Table]) -> dict[str, str]:
    found: dict[str, str] = {}
    for one in given:
        found.setdefault(one["name"].lower(), one.get("if") or "")
    return found


def _ordered(names: Sequence[str]) -> list[str]:
    """Each once; names are the same in any case."""
    found: dict[str, str] = {}
    for name in names:
        found.setdefault(name.lower(), name)
    return list(found.values())


def _skipped(draft: Draft, condition: str) -> Dropped:
    why = f"`if: {condition}` of stage {_stage(draft)} does not hold"
    return Dropped(what=draft.why, why=why, line=draft.mark[0])


def _stage(draft: Draft) -> str:
    found = draft.attrs.get("stage")
    return found if isinstance(found, str) else ""


def in_order(stages: Sequence[str], drafts: Sequence[Draft]) -> list[Draft]:
    """By stage; in a stage those that may fail come last."""
    numbers = {name.lower(): number for number, name in enumerate(stages)}
    return sorted(
        drafts,
        key=lambda d: (numbers.get(_stage(d).lower(), 0), bool(d.attrs.get("allow_failure"))),
    )

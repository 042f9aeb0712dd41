"""A `.travis.yml` and what happened to the jobs that run. Pure."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from typing import Any

from homeport.model.regex import CannotParse
from homeport.pipeline.travis.conditions import holds, parse
from homeport.pipeline.travis.draft import Accepts, unique
from homeport.pipeline.travis.env import Vars, pairs
from homeport.pipeline.travis.expand import Matrix, too_many
from homeport.pipeline.travis.failures import allowed
from homeport.pipeline.travis.jobs import branches_of, job_of
from homeport.pipeline.travis.load import load
from homeport.pipeline.travis.messages import NOWHERE, Level, Messages
from homeport.pipeline.travis.model import Config, Event
from homeport.pipeline.travis.normalise import normalise
from homeport.pipeline.travis.stages import in_order, staged
from homeport.pipeline.travis.tree import Table

MAX_JOBS = 200
_DEFAULT_LANGUAGE, _DEFAULT_OS, _DEFAULT_DIST = "ruby", "linux", "focal"


def plan(text: str, *, file: str, event: Event) -> Config:
    """The jobs of a file for an event, with all that is to be said about it.

    Args:
        text: the file's content.
        file: how messages name it.
        event: what happened.

    Raises:
        FileFault: it cannot be read at all, or makes more than 200 jobs.
    """
    messages = Messages(file)
    config = with_defaults(normalise(load(text, messages), messages))
    accepts = _conditions(event, messages)
    matrix = Matrix(config, accepts, file=file)
    drafts = matrix.jobs()
    stages, drafts = staged(config, drafts, accepts, matrix.dropped)
    drafts = unique(drafts, matrix.dropped)
    if len(drafts) > MAX_JOBS:
        raise too_many(len(drafts), file)
    drafts = in_order(stages, allowed(config, drafts, accepts, branch=event.branch))
    return Config(
        file=file,
        jobs=tuple(job_of(draft, number) for number, draft in enumerate(drafts, 1)),
        stages=tuple(stages),
        fast_finish=bool((config.get("jobs") or {}).get("fast_finish")),
        branches=branches_of(config),
        messages=tuple(messages),
        dropped=tuple(matrix.dropped),
    )


def with_defaults(config: Table) -> Table:
    """What a file that does not say it means: Ruby on Linux, or Objective-C on macOS."""
    if not config.get("language"):
        only_mac = set(config.get("os") or ()) == {"osx"}
        config["language"] = "objective-c" if only_mac else _DEFAULT_LANGUAGE
    if not config.get("os"):
        config["os"] = ["osx" if config["language"] == "objective-c" else _DEFAULT_OS]
    if not config.get("dist") and "linux" in config["os"]:
        config["dist"] = _DEFAULT_DIST
    return config


def _conditions(event: Event, messages: Messages) -> Accepts:
    known = _facts(event)
    last: tuple[list[Vars], dict[str, str]] = [], {}  # many are asked of one job

    def accepts(condition: str, attrs: Mapping[str, Any]) -> bool:
        nonlocal last
        own = {key: attrs[key] for key in ("os", "dist", "sudo", "language") if key in attrs}
        if last[0] is not attrs["env"]:
            env = {name: _unquoted(value) for name, value in pairs(attrs["env"])}
            last = attrs["env"], env
        try:
            return holds(str(condition), {**known, **own, "env": last[1]})
        except CannotParse as error:
            _tell(condition, error, messages)
            return False

    return accepts


def _tell(condition: str, error: CannotParse, messages: Messages) -> None:
    """Say what only came out when it was asked; what cannot be parsed was told where it stands."""
    with contextlib.suppress(CannotParse):
        parse(condition)
        messages.say(
            Level.ERROR,
            "condition_failed",
            f"`{condition}` does not hold: {error}",
            mark=NOWHERE,
            field="if",
            fix="write a simpler regular expression",
        )


def _facts(event: Event) -> dict[str, Any]:
    return {
        "type": str(event.type),
        "branch": event.branch,
        "head_branch": event.head_branch or None,
        "tag": event.tag or None,
        "commit_message": event.commit_message,
        "repo": event.repo or None,
        "head_repo": event.head_repo or None,
        "sender": event.sender or None,
        "fork": event.fork,
    }


def _unquoted(value: str) -> str:
    quoted = len(value) > 1 and value[0] == value[-1] and value[0] in "'\""
    return value[1:-1] if quoted else value

"""The matrix: from the keys of a file to its jobs. Pure.

The order of the steps decides what comes out. Source: travis-yml, `matrix.rb`.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Hashable, Iterable
from dataclasses import replace
from typing import Any

from homeport.errors import FileFault
from homeport.pipeline.travis.axes import AXES, AXIS_OS, languages_of
from homeport.pipeline.travis.draft import Accepts, Attrs, Draft, Dropped, unique
from homeport.pipeline.travis.messages import NOWHERE
from homeport.pipeline.travis.tree import Listing, Table, as_text, frozen

ONLY = "the only job of the matrix"
MAX_PRODUCT = 1_000  # of the axes, before `exclude` takes its part

# What concerns the whole file, and no job of it.
_OF_THE_FILE = {"jobs", "import", "stages", "notifications", "version", "allow_failure", "env"}


class Matrix:
    """The jobs of a file in its normal form, and what it has dropped."""

    def __init__(self, config: Table, accepts: Accepts, *, file: str) -> None:
        self._config, self._accepts, self._file = config, accepts, file
        env = config.get("env") or {}
        self._global = _distinct(env.get("global") or [])
        self._sets: list[Attrs] = env.get("jobs") or []
        self._axes = {key: config[key] for key in AXES if self._expands(key)}
        self._rules = list(self._entries("exclude"))
        self.dropped: list[Dropped] = []
        given = {key: config[key] for key in AXES if config.get(key)}
        self._tell_unsupported(given, config["language"], 0)

    def jobs(self) -> list[Draft]:
        """Those that are left when all is said."""
        drafts = self._with_included(self._expanded())
        if not drafts:
            drafts = [Draft(attrs={}, why=ONLY)]
        drafts = [self._complete(draft) for draft in drafts]
        drafts = [draft for draft in drafts if not self._excluded(draft)]
        drafts = unique([self._supported(draft) for draft in drafts], self.dropped)
        return [draft for draft in drafts if self._wanted(draft)]

    # --- the product ---

    def _expands(self, key: str) -> bool:
        return bool(self._config.get(key)) and supports(key, self._config)

    def _expanded(self) -> list[Draft]:
        axes = dict(self._axes)
        if self._config.get("env"):
            axes["env"] = self._sets or [{}]
        if not axes:
            return []
        size = math.prod(len(values) for values in axes.values())
        if size > MAX_PRODUCT:
            raise too_many(size, self._file)
        return [_cell(axes, cell) for cell in itertools.product(*_numbered(axes))]

    def _with_included(self, drafts: list[Draft]) -> list[Draft]:
        included = self._included()
        if included and len(drafts) == 1:
            # A matrix of one cell is what the included jobs have in common, and no job of its own.
            if self._axes.keys() - {"os"} or self._sets:
                why = "gives way to the jobs that are included"
                self.dropped.append(Dropped(what=ONLY, why=why, line=0))
            return included
        if len(drafts) + len(included) > MAX_PRODUCT:
            raise too_many(len(drafts) + len(included), self._file)
        return drafts + included

    def _included(self) -> list[Draft]:
        found: list[Draft] = []
        stage = None
        for index, entry in self._entries("include"):
            stage = entry.get("stage") or stage
            mark = self._mark("include", index)
            attrs = {**entry, "stage": stage} if stage else dict(entry)
            found.append(Draft(attrs=attrs, why=f"included at line {mark[0]}", mark=mark))
        return found

    def _entries(self, name: str) -> Iterable[tuple[int, Table]]:
        entries = (self._config.get("jobs") or {}).get(name) or []
        return [(n, entry) for n, entry in enumerate(entries) if isinstance(entry, Table) and entry]

    def _mark(self, name: str, index: int) -> tuple[int, int]:
        entries = self._config["jobs"][name]
        return entries.mark(index) if isinstance(entries, Listing) else NOWHERE

    # --- what each job gets from the file ---

    def _complete(self, draft: Draft) -> Draft:
        shared = {
            key: value
            for key, value in self._config.items()
            if key not in AXES and key not in _OF_THE_FILE and value not in ("", [], {}, None)
        }
        firsts = {key: values[0] for key, values in self._axes.items()}
        attrs = {**firsts, **shared, **draft.attrs}
        self._tell_unsupported(draft.attrs, attrs["language"], draft.mark[0])
        own = self._own(draft.attrs.get("env"))
        attrs["env"] = [*self._global.values(), *own]
        return replace(draft, attrs=attrs, own=own)

    def _own(self, env: list[Attrs] | None) -> list[Attrs]:
        """The sets of variables of a job, but for those that the whole file shares."""
        sets = _distinct(self._sets[:1] if env is None else env)
        return [one for key, one in sets.items() if key not in self._global]

    # --- what is left out ---

    def _excluded(self, draft: Draft) -> bool:
        for index, rule in self._rules:
            if self._matches(rule, draft):
                line = self._mark("exclude", index)[0]
                self._drop(draft, f"excluded at line {line}")
                return True
        return False

    def _matches(self, rule: Table, draft: Draft) -> bool:
        condition = rule.get("if")
        if not all(_equals(key, value, draft) for key, value in rule.items() if key != "if"):
            return False
        return not condition or self._accepts(condition, draft.attrs)

    def _supported(self, draft: Draft) -> Draft:
        attrs = {key: value for key, value in draft.attrs.items() if supports(key, draft.attrs)}
        return draft.having(attrs)

    def _wanted(self, draft: Draft) -> bool:
        condition = draft.attrs.get("if")
        if condition is None or self._accepts(condition, draft.attrs):
            return True
        self._drop(draft, f"`if: {condition}` does not hold")
        return False

    def _tell_unsupported(self, given: Attrs, language: str, line: int) -> None:
        """Say which keys a language has nothing to do with; `line` is 0 for those of the file."""
        for key in given:
            languages = languages_of(key)
            if languages is not None and language not in languages:
                why = f"language {language} does not know it"
                place = line or self._config.mark(key)[0]
                self.dropped.append(Dropped(what=key, why=why, line=place))

    def _drop(self, draft: Draft, why: str) -> None:
        self.dropped.append(Dropped(what=draft.why, why=why, line=draft.mark[0]))


def _equals(key: str, value: Any, draft: Draft) -> bool:
    if key == "env":
        return bool(draft.own == value)
    if key == "stage" and draft.attrs.get("stage") is None:
        return as_text(value).lower() == "test"
    return _listed(draft.attrs.get(key)) == _listed(value)


def supports(key: str, attrs: Attrs) -> bool:
    """Whether a key counts for the language and the systems of a job, or of a file."""
    languages, systems = languages_of(key), AXIS_OS.get(key)
    if languages is not None and attrs["language"] not in languages:
        return False
    return systems is None or any(name in systems for name in _listed(attrs["os"]))


def too_many(size: int, file: str) -> FileFault:
    """The refusal of a matrix that is too large."""
    hint = "at most 200: name the combinations that matter in jobs.include, or exclude some"
    return FileFault(f"makes {size} jobs", file=file, field="jobs", hint=hint)


def _distinct(sets: Iterable[Attrs]) -> dict[Hashable, Attrs]:
    """Each set of variables once; an empty one says nothing."""
    return {frozen(one): one for one in sets if one}


def _listed(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _numbered(axes: Attrs) -> list[list[tuple[int, Any]]]:
    return [list(enumerate(values, 1)) for values in axes.values()]


def _cell(axes: Attrs, cell: tuple[tuple[int, Any], ...]) -> Draft:
    attrs = {key: value for key, (_, value) in zip(axes, cell, strict=True)}
    if "env" in attrs:
        attrs["env"] = [attrs["env"]] if attrs["env"] else []
    return Draft(attrs=attrs, why=_why(axes, cell))


def _why(axes: Attrs, cell: tuple[tuple[int, Any], ...]) -> str:
    """`python 2.7 x env 1 of 3`: of the axes that have more than one value."""
    words = [
        f"env {at} of {len(axes[key])}" if key == "env" else f"{key} {_short(value)}"
        for key, (at, value) in zip(axes, cell, strict=True)
        if len(axes[key]) > 1
    ]
    return " x ".join(words) or ONLY


def _short(value: Any) -> str:
    return as_text(value) if not isinstance(value, dict) else ", ".join(value)

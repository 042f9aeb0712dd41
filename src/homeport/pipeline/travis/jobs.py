"""What the matrix has made, as the jobs of the model. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from homeport.pipeline.travis.axes import VERSIONS
from homeport.pipeline.travis.caches import FLAGS
from homeport.pipeline.travis.draft import Attrs, Draft
from homeport.pipeline.travis.env import SECURE, Vars
from homeport.pipeline.travis.model import Branches, Cache, Git, Job, Variable
from homeport.pipeline.travis.schema import PHASES
from homeport.pipeline.travis.tree import Table, as_text

_WHOLE = 0


def job_of(draft: Draft, number: int) -> Job:
    """The job of a draft."""
    attrs = draft.attrs
    return Job(
        number=f"1.{number}",
        stage=attrs.get("stage"),
        name=attrs.get("name"),
        language=attrs["language"],
        os=attrs["os"],
        arch=attrs.get("arch"),
        dist=attrs.get("dist") or "",
        sudo=attrs.get("sudo"),
        allow_failure=bool(attrs.get("allow_failure")),
        versions={key: attrs[key] for key in VERSIONS if attrs.get(key) is not None},
        env=tuple(variables_of(attrs["env"])),
        phases={phase: commands_of(attrs[phase]) for phase in PHASES if phase in attrs},
        services=tuple(attrs.get("services") or ()),
        addons=_table(attrs.get("addons")),
        deploy=tuple(one for one in attrs.get("deploy") or () if isinstance(one, dict)),
        cache=cache_of(attrs.get("cache") or {}),
        git=git_of(attrs.get("git")),
        condition=attrs.get("if") or "",
        raw=attrs,
        why=draft.why,
        line=draft.mark[0],
    )


def commands_of(given: Iterable[Any]) -> tuple[str, ...]:
    """The commands of a phase; what YAML took for a mapping as it was written."""
    return tuple(
        ", ".join(f"{key}: {value}" for key, value in one.items()) if isinstance(one, dict) else one
        for one in given
    )


def variables_of(sets: Iterable[Vars]) -> Iterable[Variable]:
    """The ordered variables of a job."""
    for one in sets:
        for name, value in one.items():
            if isinstance(value, dict):
                yield Variable(name=name, value=value[SECURE], encrypted=True)
            else:
                alone = name == SECURE and len(one) == 1
                yield Variable(name=name, value=value, encrypted=alone)


def cache_of(given: Attrs) -> Cache:
    """`cache` in its normal form, taken apart."""
    flags = {name: value is True for name, value in given.items() if name in FLAGS}
    return Cache(directories=tuple(given.get("directories") or ()), flags=flags)


def git_of(given: Any) -> Git:
    """`git`; `depth: false` is the whole history."""
    found = _table(given)
    return Git(
        depth=_commits(found.get("depth"), Git().depth),
        submodules=_is_on(found.get("submodules"), default=True),
        submodules_depth=_commits(found.get("submodules_depth"), _WHOLE),
        strategy=as_text(found.get("strategy") or "clone"),
        quiet=_is_on(found.get("quiet"), default=False),
        lfs_skip_smudge=_is_on(found.get("lfs_skip_smudge"), default=False),
        sparse_checkout=as_text(found.get("sparse_checkout") or ""),
        autocrlf="" if found.get("autocrlf") is None else as_text(found["autocrlf"]),
    )


def branches_of(config: Table) -> Branches:
    """`branches`."""
    found = _table(config.get("branches"))
    only = [one for one in found.get("only") or () if isinstance(one, str)]
    excluded = [one for one in found.get("except") or () if isinstance(one, str)]
    return Branches(only=tuple(only), excluded=tuple(excluded))


def _table(given: Any) -> Mapping[str, Any]:
    return given if isinstance(given, dict) else {}


def _commits(given: Any, default: int) -> int:
    """How many commits: all for `false`, the default for what is no number."""
    if given is False or (isinstance(given, str) and given in ("no", "off")):
        return _WHOLE
    number = as_text(given)
    return int(number) if number.isascii() and number.isdigit() and len(number) < 10 else default


def _is_on(given: Any, *, default: bool) -> bool:
    if given is None:
        return default
    return given is True or given in ("yes", "on")

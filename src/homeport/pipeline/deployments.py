"""`deploy:` with `provider: script`: what a job does once it has passed, and where. Pure.

Other providers are not carried out: what passed is deployed by homeport itself.
Source: docs.travis-ci.com, "Deployment", "Script Deployment"; travis-build, its conditions.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from homeport.pipeline.bash.program import Deployment
from homeport.pipeline.travis.model import Job

_ALIASES = {"node": "node_js", "nodejs": "node_js", "ruby": "rvm"}
_RUNTIMES = (
    "d", "dart", "elixir", "ghc", "go", "haxe", "jdk", "julia", "mono", "node_js", "otp_release",
    "perl", "php", "python", "r", "rust", "rvm", "scala",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where a job runs, as far as a deployment asks for it."""

    branch: str
    tag: str = ""
    live: bool  # whether what is pushed there goes live: Travis's `master`


def deployments(job: Job, place: Place) -> list[Deployment]:
    """What a job deploys, in its order; what is not for this place says why."""
    return [_deployment(one, job, place) for one in job.deploy if is_script(one)]


def is_script(deploy: Mapping[str, Any]) -> bool:
    """Whether it is carried out."""
    return deploy.get("provider") == "script"


def left_out(job: Job) -> list[str]:
    """The providers of a job that are not."""
    return [str(one.get("provider") or "?")[:40] for one in job.deploy if not is_script(one)]


def _deployment(deploy: Mapping[str, Any], job: Job, place: Place) -> Deployment:
    where = deploy.get("on")
    where = where if isinstance(where, Mapping) else {}
    reason = next(_against(where, job, place), "")
    return Deployment(
        commands=() if reason else _texts(deploy.get("script")),
        conditions=_texts(where.get("condition")),
        reason=reason,
    )


def _against(where: Mapping[str, Any], job: Job, place: Place) -> Iterator[str]:
    """Why a deployment is not for this place. `repo` is always this one: forks deploy nothing."""
    tags = where.get("tags")
    if tags is not None and _true(tags) != bool(place.tag):
        yield "it is for tags" if _true(tags) else "it is not for tags"
    elif not (_true(tags) or _true(where.get("all_branches")) or _is_there(where, place)):
        yield f"this branch is not permitted: {place.tag or place.branch}"
    for key, wanted in where.items():
        axis = _ALIASES.get(key, key)
        if axis in _RUNTIMES and str(job.versions.get(axis)) not in _texts(wanted):
            yield f"it is for {key} {', '.join(_texts(wanted))}"


def _is_there(where: Mapping[str, Any], place: Place) -> bool:
    wanted = _texts(where.get("branch"))
    return (place.tag or place.branch) in wanted if wanted else place.live and not place.tag


def _texts(found: Any) -> Sequence[str]:
    """One, a list, or a table of which the keys count."""
    if found is None:
        return ()
    if isinstance(found, Mapping | list | tuple):
        return tuple(str(one) for one in found)
    return (str(found),)


def _true(found: Any) -> bool:
    return str(found).lower() == "true"

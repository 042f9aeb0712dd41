"""The receipt of a deploy: what was done, how long it took, and the way back. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from homeport.model.container import base_name
from homeport.model.figures import Figures
from homeport.model.plan import CreateContainer, Plan, RemoveContainer

if TYPE_CHECKING:
    from homeport.model.app import Release, Run


def receipt_of(
    run: Run,
    release: Release,
    plan: Plan,
    *,
    urls: list[str],
    seconds: float,
    stages: Mapping[str, float],
    cached: Mapping[str, str],
    rollback_to: int,
) -> dict[str, Any]:
    """What a deploy amounts to, as data. Times are seconds."""
    return {
        "run": run.number,
        "release": release.number,
        "commit": release.commit,
        "message": release.message,
        "push_to_live": round(seconds, 3),
        "stages": {name: round(value, 3) for name, value in stages.items()},
        "builds": dict(cached),
        "started": _targets(plan, CreateContainer),
        "replaced": _targets(plan, RemoveContainer),
        "rollback_to": rollback_to,
        "urls": urls,
    }


def with_figures(receipt: Mapping[str, Any], figures: Figures) -> dict[str, Any]:
    """The receipt, with what visitors met meanwhile."""
    requests = {
        "served": figures.served,
        "failed": figures.failed,
        "longest_pause": round(figures.pause, 3),
    }
    return {**receipt, "requests": requests}


def lines_of_stack(plan: Plan, figures: Figures, *, seconds: float) -> list[str]:
    """What became of a stack that no app has, as a person reads it."""
    moved = {
        "started": _targets(plan, CreateContainer),
        "replaced": _targets(plan, RemoveContainer),
    }
    counted = figures.served + figures.failed + figures.pause
    receipt = with_figures({**moved, "urls": [counted] if counted else []}, figures)
    return [
        f"live after     {seconds:.2f} s",
        f"replaced       {_replaced(receipt)}",
        *_requests(receipt),
    ]


def lines_of(receipt: Mapping[str, Any], *, app: str) -> list[str]:
    """The receipt, as a person reads it at the end of a push."""
    stages = ", ".join(f"{name} {value:.2f}" for name, value in receipt["stages"].items())
    lines = [
        f"release {receipt['release']}   {receipt['commit'][:12]} {receipt['message']}",
        f"push to live   {receipt['push_to_live']:.2f} s" + (f" ({stages})" if stages else ""),
        *(f"built          {name}: {text}" for name, text in receipt["builds"].items()),
        f"replaced       {_replaced(receipt)}",
        *_requests(receipt),
    ]
    if receipt["rollback_to"]:
        lines.append(f"the way back   homeport rollback {app}  (to {receipt['rollback_to']})")
    return lines


def _requests(receipt: Mapping[str, Any]) -> list[str]:
    found = receipt.get("requests")
    if not found or not receipt["urls"]:
        return []
    counted = f"{found['served']} served, {found['failed']} failed"
    return [f"meanwhile      {counted}, longest pause {found['longest_pause']:.2f} s"]


def _replaced(receipt: Mapping[str, Any]) -> str:
    if not receipt["started"] and not receipt["replaced"]:
        return "nothing: what runs is as this release wants it"
    old, new = (", ".join(receipt[key]) or "nothing" for key in ("replaced", "started"))
    return f"{old} by {new}"


def _targets(plan: Plan, kind: type[CreateContainer | RemoveContainer]) -> list[str]:
    names = (s.action.target for s in plan.steps if isinstance(s.action, kind))
    return [base_name(name) for name in names]

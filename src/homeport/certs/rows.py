"""Certificates as rows, for people and programs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.certs.model import Held
from homeport.certs.plan import Plan, Seen, Step, Verb, renew_at


def rows(plan: Plan, seen: Seen, here: Mapping[str, str]) -> list[dict[str, Any]]:
    """A row for each certificate that is wanted or there: how it is, and what becomes of it."""
    steps = {step.wanted.key: step for step in plan.steps}
    wanted = [_wanted(step, seen, here) for step in plan.steps]
    return wanted + [_left(held) for key, held in sorted(seen.held.items()) if key not in steps]


def _wanted(step: Step, seen: Seen, here: Mapping[str, str]) -> dict[str, Any]:
    one, held = step.wanted, seen.held.get(step.wanted.key)
    attempt = seen.attempts.get(one.key)
    elsewhere = next((why for name in one.names if (why := here.get(name))), "")
    return {
        "names": list(one.names),
        "issuer": one.directory,
        "owner": one.owner,
        **_life(held, seen),
        "next": step.verb.value,
        "why": elsewhere if step.verb is Verb.LOOK and elsewhere else step.why,
        "trouble": f"{attempt.step}: {attempt.reason}" if attempt else "",
        "hint": attempt.hint if attempt else "",
    }


def _left(held: Held) -> dict[str, Any]:
    return {
        "names": list(held.names),
        "issuer": held.directory,
        "owner": "",
        **_life(held, Seen()),
        "renewal": None,
        "next": "",
        "why": "nobody asks for it any more",
        "trouble": "",
        "hint": "",
    }


def _life(held: Held | None, seen: Seen) -> dict[str, Any]:
    if held is None:
        return {"until": None, "serial": "", "renewal": None}
    renewal = renew_at(held, seen.windows.get(held.renewal_id))
    return {"until": held.not_after, "serial": held.serial, "renewal": renewal}

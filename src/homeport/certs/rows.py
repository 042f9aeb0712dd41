"""Certificates as rows, for people and programs. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from homeport.certs.model import Held, Ignored, Wanted
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
        **_life(held, seen, one.renew_after),
        "next": step.verb.value,
        "why": elsewhere if step.verb is Verb.LOOK and elsewhere else step.why,
        "trouble": f"{attempt.step}: {attempt.reason}" if attempt else "",
        "hint": attempt.hint if attempt else "",
        "ignored": [str(ignored) for ignored in ignored_of(one, held)],
    }


def ignored_of(one: Wanted, held: Held | None) -> tuple[Ignored, ...]:
    """What of a container's variables is not carried out, as far as that is known by now."""
    if not (one.chain and held and held.chain) or one.chain.lower() in held.chain.lower():
        return one.ignored
    reason = f"the authority offers no chain that ends so; this one ends in {held.chain}"
    return (*one.ignored, Ignored(variable="ACME_PREFERRED_CHAIN", reason=reason))


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
        "ignored": [],
    }


def _life(held: Held | None, seen: Seen, after: float = 0.0) -> dict[str, Any]:
    if held is None:
        return {"until": None, "serial": "", "renewal": None, "chain": ""}
    renewal = renew_at(held, seen.windows.get(held.renewal_id), after)
    return {
        "until": held.not_after,
        "serial": held.serial,
        "renewal": renewal,
        "chain": held.chain,
    }

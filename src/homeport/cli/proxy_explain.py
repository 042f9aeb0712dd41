"""`homeport proxy explain`: the daemon observes, DNS is asked here, and the two are judged."""

from __future__ import annotations

import sys
from typing import Any
from urllib.parse import quote

import click
import msgspec

from homeport.cli import show
from homeport.cli.client import connect
from homeport.proxy.explain import Explanation, explain
from homeport.proxy.names import authorities
from homeport.proxy.seen import Names, Observation


def explain_host(host: str, *, ask_authorities: bool, as_json: bool) -> None:
    """Print why a host answers what it answers, and end: 1 where something is wrong."""
    found = connect().get(f"/api/proxy/explain/{quote(host.strip(), safe='')}")
    observed = msgspec.convert(found["observation"], Observation)
    if ask_authorities:
        # Here and not in the daemon, which would keep what the library takes.
        names = observed.names or Names()
        names = msgspec.structs.replace(names, authorities=authorities(observed.host))
        observed = msgspec.structs.replace(observed, names=names)
    explanation = explain(observed)
    if as_json:
        show.data(_data(observed, explanation))
    else:
        _print(explanation)
    sys.exit(int(explanation.failed))


def _data(observed: Observation, explanation: Explanation) -> dict[str, Any]:
    return {
        "explanation": msgspec.to_builtins(explanation),
        "observation": msgspec.to_builtins(observed),
    }


def _print(explanation: Explanation) -> None:
    """A line for each finding, as `homeport doctor` prints them."""
    click.echo(explanation.answers)
    for finding in explanation.findings:
        click.echo(f"{finding.verdict:<5} {finding.check:<10} {finding.text}")
        if finding.hint:
            click.echo(f"      hint: {finding.hint}")

"""`homeport proxy explain`: the daemon observes, DNS and TLS are asked here, and it is judged."""

from __future__ import annotations

import sys
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

import click
import msgspec

from homeport.cli import show
from homeport.cli.client import connect
from homeport.proxy.dropin.state import ask, is_here
from homeport.proxy.explain import Explanation, explain, host_name
from homeport.proxy.handshake import shake_hands
from homeport.proxy.names import authorities
from homeport.proxy.seen import Observation


def explain_host(host: str, *, ask_authorities: bool, as_json: bool) -> None:
    """Print why a host answers what it answers, and end: 1 where something is wrong."""
    observed = _looked_at(msgspec.convert(_observed(host), Observation), ask_authorities)
    explanation = explain(observed)
    if as_json:
        show.data(_data(observed, explanation))
    else:
        _print(explanation)
        _print_lately(observed)
    sys.exit(int(explanation.failed))


def _observed(host: str) -> Any:
    """By the daemon; in the image homeport-proxy by what runs there."""
    if is_here():
        return ask("explain", host_name(host))
    return connect().get(f"/api/proxy/explain/{quote(host.strip(), safe='')}")["observation"]


def _looked_at(observed: Observation, ask_authorities: bool) -> Observation:
    """What is looked at here and not in the daemon, which would keep what the libraries take."""
    names, https = observed.names, observed.https
    if names and ask_authorities:
        names = msgspec.structs.replace(names, authorities=authorities(observed.host))
    handshake = shake_hands(https.address, https.number, observed.host)
    return msgspec.structs.replace(observed, names=names, handshake=handshake)


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


def _print_lately(observed: Observation) -> None:
    for past in observed.lately:
        moment = datetime.fromtimestamp(past.at, UTC).isoformat()
        click.echo(f"{show.age(moment):>9}  {past.text}")

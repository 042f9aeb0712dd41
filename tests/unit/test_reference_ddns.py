"""docs/reference-ddns.md has every flag, protocol and difference, as the tests compare them."""

from __future__ import annotations

import os
import re
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from homeport.dns.ddclient.options import FLAGS, OURS, Takes
from homeport.dns.ddclient.protocols.base import Proof
from homeport.dns.ddclient.protocols.known import PROTOCOLS
from tests.engine.ddclient_answers import FAULTS, cases
from tests.engine.ddclient_differences import DIFFERENCES
from tests.engine.test_ddclient_newer import LINES

PAGE = Path(__file__).parents[2] / "docs/reference-ddns.md"
NOWHERE: Any = SimpleNamespace(plain="", tls="")
COMPARED = cases(NOWHERE)


def table(head: str, rows: list[list[str]]) -> str:
    columns = "|".join("-" * 3 for _ in head.split(" | "))
    lines = [f"| {head} |", f"|{columns}|", *(f"| {' | '.join(row)} |" for row in rows)]
    return "\n".join(lines)


def flags() -> str:
    shown = {Takes.TEXT: " VALUE", Takes.NUMBER: " NUMBER", Takes.SWITCH: "", Takes.NOTHING: ""}
    rows = [[f"`-{name}{shown[takes]}`", text] for name, (takes, text) in FLAGS.items()]
    rows += [[f"`--{name}{shown[takes]}`", text] for name, (takes, text) in OURS.items()]
    return table("flag | meaning", rows)


def protocols() -> str:
    rows = []
    for name, protocol in sorted(PROTOCOLS["4.0"].items()):
        first = PROTOCOLS["3.10"].get(name, protocol)
        kinds = COMPARED[name].kinds if name in COMPARED else {}
        answers = ", ".join(kind for kind in kinds if kind not in FAULTS)
        verified = f"verified: {first.proof}" if first.proof else "**unverified**"
        rows.append([f"`{name}`", first.since, verified, answers, first.note])
    return table("protocol | since | proof | answers compared | note", rows)


def differences() -> str:
    rows = [[f"**{d.name}**", d.ddclient, d.ours, d.why] for d in DIFFERENCES]
    return table("what | ddclient 3.10.0 | homeport ddns | why", rows)


@pytest.mark.parametrize("make", [flags, protocols, differences], ids=lambda make: make.__name__)
def test_the_tables_are_what_the_tests_compare(make: Any) -> None:
    text, name = PAGE.read_text(), make.__name__
    whole = f"<!-- {name} -->\n{make()}\n<!-- /{name} -->"
    if os.environ.get("HOMEPORT_WRITE_DOCS"):
        found = re.compile(rf"<!-- {name} -->.*<!-- /{name} -->", re.DOTALL)
        PAGE.write_text(found.sub(lambda _: whole, text))
    assert whole in PAGE.read_text()


def test_what_is_called_verified_is_compared_with_ddclient_and_nothing_else_is() -> None:
    verified = {n for n, p in PROTOCOLS["3.10"].items() if p.proof is Proof.DDCLIENT}
    assert verified == set(COMPARED)
    recorded = {n for n, p in PROTOCOLS["4.0"].items() if p.proof is Proof.RECORDED}
    assert recorded <= set(LINES)

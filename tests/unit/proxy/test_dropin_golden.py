"""What becomes of containers in default.conf: a file for each case, input above the dashes.

`HOMEPORT_GOLDEN=write pytest ...` writes what there is now below them, for somebody to read.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import yaml

from homeport.model.tls import Certificate
from homeport.proxy.dropin.files import Files
from tests.unit.proxy.dropin_cases import NOW, container, page_of

FOLDER = Path(__file__).parents[2] / "golden/proxy/dropin"
LINE = "-" * 70 + "\n"


@pytest.mark.parametrize("case", sorted(FOLDER.glob("*.txt")), ids=lambda path: path.stem)
def test_containers_become_this_configuration(case: Path) -> None:
    given, _, expected = case.read_text().partition(LINE)
    made = rendered(yaml.safe_load(given))
    if os.environ.get("HOMEPORT_GOLDEN") == "write":
        case.write_text(given + LINE + made)
    assert expected == made


def rendered(given: dict) -> str:  # type: ignore[type-arg]
    """The hosts' blocks; the head, too, where the case is about the proxy's own variables."""
    names = given.get("files", {})
    files = Files(
        vhosts=frozenset(names.get("vhost.d", ())),
        htpasswd=frozenset(names.get("htpasswd", ())),
        certs=frozenset(names.get("certs", ())),
        proxy_conf=bool(names.get("proxy.conf")),
        error_page=bool(names.get("50x.html")),
        challenges=frozenset(names.get("challenges", ())),
    )
    page = page_of(
        [container(name, **(said or {})) for name, said in given["containers"].items()],
        env={key: str(value) for key, value in given.get("proxy", {}).items()},
        files=files,
        hold=given.get("hold", ""),
        starting=given.get("starting", ()),
        certificates={
            name: Certificate(**{"name": name, "not_after": NOW + 1, **(said or {})})
            for name, said in given.get("certificates", {}).items()
        },
    )
    shown = page.text(1) if given.get("head") else "\n".join(text for _, text in page.blocks)
    return shown.strip("\n") + "\n"

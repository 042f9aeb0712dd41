"""What Compose complains of, as faults and warnings of our own."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from homeport.engine.places import located
from homeport.errors import FileFault, RequestError, Unavailable

_PLACE = re.compile(r"(?:yaml: )?line (\d+)(?:, column (\d+))?: (.*)")
_FIELD = re.compile(r"^((?:services|networks|volumes|secrets|configs)\.[\w.\-\[\]]+):? (.*)")


def fault(text: str, files: Sequence[Path]) -> RequestError | Unavailable:
    """Compose's complaint, with file, line and field where it names them."""
    lines = [line for line in text.strip().splitlines() if "level=warning" not in line]
    said = lines[-1] if lines else "docker compose could not read it"
    if "'compose' is not a docker command" in text or "unknown shorthand flag" in text:
        return Unavailable(
            "docker's compose plugin is not installed", hint="script/bootstrap installs it"
        )
    name = next((f for f in map(str, files) if f in said), str(files[0]))
    said = said.replace(f"{name}: ", "").removeprefix("validating ").strip()
    if place := _PLACE.search(said):
        return FileFault(
            place[3], file=Path(name).name, line=int(place[1]), column=int(place[2] or 0)
        )
    if field := _FIELD.search(said):
        return located(FileFault(field[2], file=Path(name).name, field=field[1]), files)
    return FileFault(said.rstrip("."), file=Path(name).name)


def warnings_in(text: str) -> list[str]:
    """Compose's warnings, each once."""
    found = re.findall(r'level=warning msg="((?:[^"\\]|\\.)*)"', text)
    # `version` is in most files that people have, and has no effect: nobody needs to be told.
    told = [w.replace('\\"', '"') for w in found if "attribute `version` is obsolete" not in w]
    return list(dict.fromkeys(told))

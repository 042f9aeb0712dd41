"""What Compose's hashes will be: it is asked for them where its way was not seen yet."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from homeport.stack.hashes import Known, explained, foreseen


class Foresight:
    """How the plugin hashed the services of a project when it was asked last."""

    def __init__(self, file: Path, plugin: str) -> None:
        """`file` remembers it; `plugin` tells one version of the plugin from another."""
        self._file, self._plugin = file, plugin

    def hashes(self, services: Mapping[str, Any]) -> dict[str, str] | None:
        """What it would say of these; None where that is not known."""
        try:
            found = json.loads(self._file.read_bytes())
        except (OSError, ValueError):
            return None
        if found["plugin"] != self._plugin:
            return None
        known = Known(rule=frozenset(found["rule"]), keys=frozenset(found["keys"]))
        return foreseen(services, known)

    def learn(self, services: Mapping[str, Any], hashes: Mapping[str, str]) -> None:
        """Remember its way, where it is one of those that are known; else forget it."""
        known = explained(services, hashes)
        if known is None:
            self._file.unlink(missing_ok=True)
            return
        self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        content = {"plugin": self._plugin, "rule": sorted(known.rule), "keys": sorted(known.keys)}
        beside = self._file.with_suffix(f".{os.getpid()}.new")
        beside.write_text(json.dumps(content))
        beside.replace(self._file)

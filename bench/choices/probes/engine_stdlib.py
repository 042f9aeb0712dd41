"""The floor of the Engine clients: the standard library, synchronous. LABEL, and `inspect`."""

from __future__ import annotations

import http.client
import json
import socket
import sys
from typing import Any
from urllib.parse import quote

from bench.choices.probes.report import report


class Engine(http.client.HTTPConnection):
    """HTTP over the Engine's socket."""

    def connect(self) -> None:
        """Connect to a path instead of a host."""
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.connect("/var/run/docker.sock")

    def fetch(self, path: str) -> Any:
        """One call, read whole."""
        self.request("GET", path)
        return json.loads(self.getresponse().read())


def main(label: str, inspect: bool) -> None:
    """List, then inspect."""
    engine = Engine("engine")
    filters = quote(json.dumps({"label": [label]}))
    found = engine.fetch(f"/containers/json?all=1&filters={filters}")
    for container in found if inspect else ():
        engine.fetch(f"/containers/{container['Id']}/json")
    report(containers=len(found))


if __name__ == "__main__":
    main(sys.argv[1], "inspect" in sys.argv[2:])

"""A network namespace of a test's own: links, addresses and programs in it leave nothing behind."""

from __future__ import annotations

import json
import subprocess
import sys
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Namespace:
    """One."""

    name: str = field(default_factory=lambda: f"hp{uuid.uuid4().hex[:8]}")

    def ip(self, command: str) -> None:
        """`ip -n NAME COMMAND`."""
        subprocess.run(["ip", "-n", self.name, *command.split()], check=True, capture_output=True)

    def popen(self, code: str, *arguments: str) -> subprocess.Popen[str]:
        """A Python program in it; what it says can be read a line at a time."""
        command = ["ip", "netns", "exec", self.name, sys.executable, "-uc", code, *arguments]
        return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)

    def run(self, code: str, *arguments: str) -> Any:
        """What a Python program in it prints: JSON."""
        with self.popen(code, *arguments) as program:
            assert program.stdout
            said = program.stdout.read()
        assert program.returncode == 0, said
        return json.loads(said)


@contextmanager
def namespace(*links: str) -> Iterator[Namespace]:
    """One with these links, each of which is up and leads nowhere."""
    made = Namespace()
    subprocess.run(["ip", "netns", "add", made.name], check=True)
    try:
        made.ip("link set lo up")
        for link in links:
            made.ip(f"link add {link} type veth peer name {link}-far")
            made.ip(f"link set {link}-far up")
            made.ip(f"link set {link} up")
        yield made
    finally:
        subprocess.run(["ip", "netns", "del", made.name], check=True)

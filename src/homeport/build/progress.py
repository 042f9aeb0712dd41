"""What BuildKit's plain progress tells. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

_STEP = re.compile(r"^#(\d+) \[(?!internal)[^\]]*\d+/\d+\]")
_CACHED = re.compile(r"^#(\d+) CACHED")


@dataclass(slots=True)
class Progress:
    """Counts the steps of a build as its lines arrive."""

    steps: set[str] = field(default_factory=set)
    cached: set[str] = field(default_factory=set)

    def feed(self, line: str) -> None:
        """Take one line."""
        if found := _STEP.match(line):
            self.steps.add(found[1])
        elif found := _CACHED.match(line):
            self.cached.add(found[1])


def cause(lines: list[str]) -> str:
    """The sentence that says why a build failed: BuildKit's own, without its prefixes."""
    for line in reversed(lines):
        if line.startswith("ERROR: "):
            text = line.removeprefix("ERROR: ").removeprefix("failed to solve: ")
            return text.strip().rstrip(".")
    return lines[-1] if lines else "the build printed nothing"

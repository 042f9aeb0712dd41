"""The environment that holds every candidate: .venv-choices, from requirements/choices.txt."""

from __future__ import annotations

import hashlib
import json
import subprocess
import sys
import time
from pathlib import Path

from bench.lab import ROOT, environment, run, say

VENV = ROOT / ".venv-choices"
PYTHON = VENV / "bin/python"
_REQUIREMENTS = ROOT / "requirements/choices.txt"


def ensure() -> None:
    """Make it, or make it anew where the requirements changed."""
    stamp = VENV / ".installed"
    wanted = hashlib.sha256(_REQUIREMENTS.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    say(f"installing {_REQUIREMENTS.name} into {VENV.name}")
    run(sys.executable, "-m", "venv", "--clear", VENV)
    run(PYTHON, "-m", "pip", "install", "-q", "--require-hashes", "-r", _REQUIREMENTS)
    stamp.write_text(wanted)


def timed(*argv: str | Path) -> tuple[float, str]:
    """Milliseconds that the interpreter ran with these arguments; its output."""
    start = time.perf_counter()
    done = subprocess.run(
        [PYTHON, *argv],
        cwd=ROOT,
        env=probes_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return (time.perf_counter() - start) * 1000, done.stdout


def probe(name: str, *arguments: str) -> dict[str, float]:
    """Run a probe; what it reported, and `whole`, the milliseconds that its process took."""
    whole, output = timed("-m", f"bench.choices.probes.{name}", *arguments)
    return {"whole": whole, **json.loads(output)}


def probes_environment() -> dict[str, str]:
    """Candidates come from .venv-choices, homeport's own modules from here."""
    return environment(PYTHONPATH=str(ROOT / "src"))

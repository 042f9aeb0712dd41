"""The demo site passes its own tests, with the Python and the Flask that it is deployed with."""

from __future__ import annotations

import subprocess
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest

SITE = Path(__file__).parents[2] / "examples/demo-site"


@pytest.fixture(scope="module")
def image() -> Iterator[str]:
    name = f"homeport-test/demo-site:{uuid.uuid4().hex[:8]}"
    docker("build", "--quiet", "--tag", name, str(SITE))
    yield name
    docker("rmi", name)


def docker(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["docker", *arguments], check=True, capture_output=True, text=True)


def test_the_demo_site_passes_its_own_tests(image: str) -> None:
    run = docker(
        *("run", "--rm", "--network=none", f"--volume={SITE}:/app:ro", "--env=PYTHONPATH=src"),
        *(image, "python3", "-m", "unittest", "discover", "-s", "tests"),
    )
    assert run.stderr.strip().endswith("OK")


def test_the_demo_site_does_not_run_as_root(image: str) -> None:
    assert docker("run", "--rm", "--network=none", image, "id", "-un").stdout == "site\n"

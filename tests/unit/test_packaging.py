"""What is pinned, and what a skip means, are promises of the repository, tested like its code."""

from __future__ import annotations

import importlib
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PINS = sorted((ROOT / "requirements").glob("*.txt"))


def test_the_pinned_dependencies_are_those_of_the_package() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    lines = (ROOT / "requirements/runtime.in").read_text().splitlines()
    assert sorted(project["dependencies"]) == [line for line in lines if not line.startswith("#")]


@pytest.mark.parametrize("pins", PINS, ids=lambda path: path.name)
def test_every_pin_has_hashes(pins: Path) -> None:
    unpinned = [
        block.split("\n")[0]
        for block in re.split(r"\n(?=[^\s#])", pins.read_text())[1:]
        if not re.match(r"[\w.-]+==\S+ \\\n    --hash=sha256:[0-9a-f]{64}\b", block)
    ]
    assert unpinned == []


@pytest.mark.parametrize("pins", PINS, ids=lambda path: path.name)
def test_no_pin_says_where_it_came_from(pins: Path) -> None:
    assert re.findall(r"\S*://\S*|--(?:extra-)?index\S*|--find-links.*", pins.read_text()) == []


_IMPORTS_OF_DDNS = """
import importlib, pkgutil, sys
import homeport.cli.ddns, homeport.dns.ddclient as room, homeport.dns.router
for module in pkgutil.walk_packages(room.__path__, f"{room.__name__}."):
    importlib.import_module(module.name)
files = {n.partition(".")[0]: getattr(m, "__file__", "") or "" for n, m in sys.modules.items()}
print(*sorted(name for name, file in files.items() if "site-packages" in file))
"""


def test_homeport_ddns_needs_no_library_that_its_image_has_not() -> None:
    """dnspython, which the image has, is loaded where a zone is updated by RFC 2136."""
    words = [sys.executable, "-c", _IMPORTS_OF_DDNS]
    needed = subprocess.run(words, capture_output=True, text=True, check=True).stdout.split()
    found = re.search(r"kept = /\^\(([a-z|]+)\)==/ \} kept' runtime.txt >ddns", _dockerfile())
    assert found
    assert (
        {"click"} == set(needed) - {"_distutils_hack"} == set(found[1].split("|")) - {"dnspython"}
    )


def _dockerfile() -> str:
    return (ROOT / "Dockerfile").read_text()


def test_a_skip_fails_where_every_part_is_required(tmp_path: Path) -> None:
    (tmp_path / "tests").mkdir()
    shutil.copy(ROOT / "tests/conftest.py", tmp_path)
    shutil.copy(ROOT / "tests/turns.py", tmp_path / "tests")
    (tmp_path / "test_part.py").write_text(
        "import pytest\n\ndef test_it():\n    pytest.skip('no nginx')\n"
    )
    (tmp_path / "test_module.py").write_text(
        "import pytest\n\npytest.skip('no module', allow_module_level=True)\n"
    )

    lax, strict = run_pytest(tmp_path, require_all="0"), run_pytest(tmp_path, require_all="1")

    assert (0, "2 skipped") == (lax.returncode, counts(lax))
    assert (1, "1 failed, 1 error") == (strict.returncode, counts(strict))
    assert "test_it skipped: no nginx" in strict.stdout
    assert "test_module.py skipped: no module" in strict.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ([], "which registry?"),
        (["--images", "homeport-dns", "x.org"], "homeport has no image homeport-dns"),
        (["--platforms", "linux/mips", "x.org"], "homeport has no images for linux/mips"),
        (["--push", "x.org"], "unknown option: --push"),
    ],
)
def test_what_cannot_be_released_is_refused_before_anything_is_built(
    words: list[str], said: str
) -> None:
    argv = [str(ROOT / "script/release"), *words]
    done = subprocess.run(argv, check=False, capture_output=True, text=True)
    assert 2 == done.returncode
    assert said in done.stderr


def run_pytest(folder: Path, *, require_all: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-p",
            "no:cacheprovider",
            "--continue-on-collection-errors",
        ],
        cwd=folder,
        env={
            **os.environ,
            "HOMEPORT_REQUIRE_ALL": require_all,
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "TMPDIR": str(folder),  # it waits for no turn of another run
        },
        capture_output=True,
        text=True,
        check=False,
    )


def counts(run: subprocess.CompletedProcess[str]) -> str:
    return run.stdout.strip().splitlines()[-1].strip("= ").partition(" in ")[0]


def test_what_scripts_take_from_the_package_is_there() -> None:
    """No type checker reads a script of the shell: `script/release` asked for what was gone."""
    line = re.compile(r"^from (homeport[\w.]*) import (.+)$", re.MULTILINE)
    texts = [path.read_text() for path in sorted((ROOT / "script").iterdir()) if path.is_file()]
    found = [(module, names.split(", ")) for text in texts for module, names in line.findall(text)]
    assert found
    missing = [
        f"{module}.{name}"
        for module, names in found
        for name in names
        if not hasattr(importlib.import_module(module), name)
    ]
    assert [] == missing

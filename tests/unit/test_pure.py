"""What says that it is pure is: it reaches no loop, no process, no socket, no Engine."""

from __future__ import annotations

import ast
import tomllib
from pathlib import Path

import grimp
import pytest

ROOT = Path(__file__).parents[2]
SOURCE = ROOT / "src"


@pytest.fixture(scope="module")
def graph() -> grimp.ImportGraph:
    """Who imports whom."""
    return grimp.build_graph("homeport", include_external_packages=True)


@pytest.fixture(scope="module")
def forbidden(graph: grimp.ImportGraph) -> set[str]:
    """What the contract of import-linter forbids to those that decide, with all below it."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (contract,) = [found for found in settings["contracts"] if found["id"] == "decide"]
    named = [name for name in contract["forbidden_modules"] if name in graph.modules]
    below = [graph.find_descendants(name) for name in named if name.startswith("homeport.")]
    return set(named).union(*below)


def pure_modules() -> list[str]:
    """Those whose docstring says so."""
    found = []
    for path in sorted(SOURCE.glob("homeport/**/*.py")):
        if "Pure" in (ast.get_docstring(ast.parse(path.read_text())) or ""):
            parts = path.relative_to(SOURCE).with_suffix("").parts
            found.append(".".join(parts).removesuffix(".__init__"))
    return found


def test_what_says_that_it_is_pure_reaches_nothing_that_acts(
    graph: grimp.ImportGraph, forbidden: set[str]
) -> None:
    modules = pure_modules()
    reached = {name: graph.find_upstream_modules(name) & forbidden for name in modules}
    assert {} == {name: found for name, found in reached.items() if found}
    assert len(modules) > 200


def test_a_module_that_acts_would_be_seen(graph: grimp.ImportGraph, forbidden: set[str]) -> None:
    for name in ("homeport.engine.docker", "homeport.pipeline.serve", "homeport.stack.observe"):
        assert graph.find_upstream_modules(name) & forbidden, name

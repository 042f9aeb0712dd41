"""What holds for every test: which parts it needs, and what it means when one is missing."""

from __future__ import annotations

import functools
import os
import subprocess
from collections.abc import Generator
from pathlib import Path

import hypothesis
import pytest

from tests.turns import turn

# A machine that is busy takes long for anything: how long one example takes is no finding.
hypothesis.settings.register_profile("homeport", deadline=None)
hypothesis.settings.load_profile("homeport")

TESTS = Path(__file__).parent
REQUIRE_ALL = os.environ.get("HOMEPORT_REQUIRE_ALL", "0") not in ("", "0")
MARKED_FOLDERS = ("engine", "e2e", "browser", "long")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A test is marked by the folder it stands in, so that nobody has to think of it."""
    for item in items:
        folder = item.path.relative_to(TESTS).parts[0] if TESTS in item.path.parents else ""
        if folder in MARKED_FOLDERS:
            item.add_marker(folder)
        if folder == "long":
            item.add_marker("alone")
        if shares_with_its_module(item):
            item.add_marker(pytest.mark.xdist_group(item.nodeid.partition("::")[0]))


def shares_with_its_module(item: pytest.Item) -> bool:
    """Whether what it needs is made once for its module: one worker runs all of that then."""
    found = getattr(item, "_fixtureinfo", None)
    definitions = found.name2fixturedefs.values() if found else ()
    return any(fixture.scope == "module" for several in definitions for fixture in several)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Tests that use the Engine, of whichever run, take their turns; unit tests need none."""
    alone = any(item.iter_markers("alone"))
    if not alone and TESTS / "unit" in item.path.parents:
        return (yield)
    with turn(alone=alone):
        return (yield)


def pytest_runtest_setup(item: pytest.Item) -> None:
    if any(item.iter_markers("engine")) or any(item.iter_markers("e2e")):
        why = engine_is_missing()
        if why:
            pytest.skip(why)


@functools.cache
def engine_is_missing() -> str:
    """Why there is no Engine to test with; empty when it answers."""
    try:
        subprocess.run(["docker", "version"], check=True, capture_output=True, timeout=10)
    except FileNotFoundError:
        return "docker is not installed"
    except subprocess.SubprocessError:
        return "no Docker Engine answers"
    return ""


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """With HOMEPORT_REQUIRE_ALL, a skip is a failure: the part that it misses should be here."""
    report = yield
    if REQUIRE_ALL and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"HOMEPORT_REQUIRE_ALL is set, and {item.nodeid} skipped: {why(report)}"
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """The same for a module that skips itself as a whole."""
    report = yield
    if REQUIRE_ALL and report.skipped:
        report.outcome = "failed"
        reason = f"HOMEPORT_REQUIRE_ALL is set, and {collector.nodeid} skipped: {why(report)}"
        report.longrepr = reason
    return report


def why(report: pytest.TestReport | pytest.CollectReport) -> str:
    """The reason that was given to skip()."""
    if isinstance(report.longrepr, tuple):
        return report.longrepr[2].removeprefix("Skipped: ")
    return str(report.longrepr)

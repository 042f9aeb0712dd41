"""What is done without click is what click would have asked for."""

import subprocess
import sys
from pathlib import Path

import pytest

from homeport.cli import stack
from homeport.cli.ahead import Asked, certain, counts

SURE = [
    [],
    ["-f", "compose.yaml"],
    ["-f", "a.yaml", "--file", "b.yaml", "-p", "blog"],
    ["--project-name", "blog", "-p", "shop"],
    ["-f", "-p", "-p", "-f"],
]


@pytest.mark.parametrize("words", SURE)
def test_a_plan_is_asked_for_as_click_would(words: list[str]) -> None:
    given = ["--json", *words]
    found = stack.plan.make_context("plan", list(given)).params
    files, name = tuple(map(str, found["files"])), found["name"]
    wanted = Asked("plan", files, name, {}, frozenset({"--json"}))
    assert wanted == certain(["stack", "plan", *given])


@pytest.mark.parametrize("words", SURE)
def test_up_is_asked_for_as_click_would(words: list[str]) -> None:
    given = [*words, "--no-build", "--scale", "web=2", "--scale", "api=0"]
    found = stack.up.make_context("up", list(given)).params
    files, name = tuple(map(str, found["files"])), found["name"]
    wanted = Asked("up", files, name, counts(found["scale"]), frozenset({"--no-build"}))
    assert wanted == certain(["stack", "up", *given])


@pytest.mark.parametrize(
    "words",
    [
        ["stack"],
        ["stack", "down", "-p", "blog"],
        ["stack", "up", "--help"],
        ["stack", "up", "--json"],
        ["stack", "up", "-f"],
        ["stack", "up", "-fcompose.yaml"],
        ["stack", "up", "--file=compose.yaml"],
        ["stack", "up", "--scale", "web"],
        ["stack", "plan", "--scale", "web=2"],
        ["deploy", "blog"],
    ],
)
def test_what_is_not_certain_is_left_to_click(words: list[str]) -> None:
    assert certain(words) is None


def test_a_fault_ends_it_as_it_ends_every_command(tmp_path: Path) -> None:
    for words in (["plan"], ["plan", "--file=x", "-p", "y"][:1], ["up", "-p", ""]):
        done = homeport(tmp_path, "stack", *words)
        told = (
            "error: there is no compose file here\nhint: name one with -f, or a project with -p\n"
        )
        assert (2, told) == (done.returncode, done.stderr)


def test_what_click_has_to_say_is_said_by_click(tmp_path: Path) -> None:
    done = homeport(tmp_path, "stack", "up", "--scale", "web")
    assert (2, True) == (done.returncode, "--scale web: write it as SERVICE=N" in done.stderr)


def homeport(folder: Path, *words: str) -> subprocess.CompletedProcess[str]:
    argv = [sys.executable, "-m", "homeport", *words]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)

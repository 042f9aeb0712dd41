"""What is begun before click is imported is what click then asks for."""

import subprocess
import sys
from pathlib import Path

import pytest

from homeport.cli import stack
from homeport.cli.ahead import options_of

SURE = [
    [],
    ["-f", "compose.yaml"],
    ["-f", "a.yaml", "--file", "b.yaml", "-p", "blog"],
    ["--project-name", "blog", "-p", "shop"],
    ["-f", "-p", "-p", "-f"],
]


@pytest.mark.parametrize("words", SURE)
def test_options_are_those_that_click_finds(words: list[str]) -> None:
    for command, more in ((stack.plan, ["--json"]), (stack.up, ["--no-build", "--scale", "web=2"])):
        given = [*more, *words]
        found = command.make_context(str(command.name), list(given)).params
        assert (found["files"], found["name"]) == options_of(["stack", str(command.name), *given])


@pytest.mark.parametrize(
    "words",
    [
        ["stack"],
        ["stack", "down", "-p", "blog"],
        ["stack", "up", "--help"],
        ["stack", "up", "-f"],
        ["stack", "up", "-fcompose.yaml"],
        ["stack", "up", "--file=compose.yaml"],
        ["deploy", "blog"],
    ],
)
def test_what_is_not_certain_is_left_to_click(words: list[str]) -> None:
    assert options_of(words) is None


def test_a_fault_of_what_was_begun_is_told_once(tmp_path: Path) -> None:
    argv = [sys.executable, "-m", "homeport", "stack", "plan"]
    done = subprocess.run(argv, cwd=tmp_path, capture_output=True, text=True, check=False)
    told = "error: there is no compose file here\nhint: name one with -f, or a project with -p\n"
    assert (2, told) == (done.returncode, done.stderr)

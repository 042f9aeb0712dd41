"""A job's program, run by the real bash: what fails it, and what does not."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from homeport.pipeline.bash.program import Deployment, Pack, Variable, Work, program


@dataclass
class Ended:
    """How a job ended."""

    status: int
    result: str
    said: str


def run(
    folder: Path,
    phases: Mapping[str, Sequence[str]],
    *variables: Variable,
    deployments: Sequence[Deployment] = (),
) -> Ended:
    """Run a job to its end."""
    result = folder / "result"
    (folder / "program").write_text(
        program(Work(variables=variables, phases=phases, deployments=deployments))
    )
    done = subprocess.run(
        ["bash", str(folder / "program")],
        cwd=folder,
        env={
            "PATH": os.environ["PATH"],
            "HOMEPORT_RESULT": str(result),
            "HOMEPORT_RETRY_PAUSE": "0",
        },
        check=False,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=30,
    )
    told = result.read_text().strip() if result.exists() else ""
    return Ended(done.returncode, told, done.stdout)


# Each row is a row of Travis's own documentation.
CASES: list[tuple[str, dict[str, list[str]], str]] = [
    ("all is well", {"script": ["true"]}, "passed"),
    ("install fails", {"install": ["false"], "script": ["touch ran"]}, "errored"),
    ("before_install fails", {"before_install": ["exit_with() { return 3; }", "exit_with"],
                              "script": ["touch ran"]}, "errored"),
    ("script fails", {"script": ["false", "true"]}, "failed"),
    ("after_success fails", {"script": ["true"], "after_success": ["false"]}, "passed"),
    ("after_failure runs", {"script": ["false"], "after_failure": ["false"]}, "failed"),
    ("nothing to run", {"install": ["true"]}, "errored"),
]  # fmt: skip


@pytest.mark.parametrize(("phases", "result"), [c[1:] for c in CASES], ids=[c[0] for c in CASES])
def test_what_fails_a_job(tmp_path: Path, phases: dict[str, list[str]], result: str) -> None:
    ended = run(tmp_path, phases)
    assert result == ended.result
    assert (result == "passed") == (ended.status == 0)
    assert not (tmp_path / "ran").exists()


def test_exit_in_after_success_fails_the_job(tmp_path: Path) -> None:
    assert 1 == run(tmp_path, {"script": ["true"], "after_success": ["exit 1"]}).status


def test_exit_0_in_script_passes_it_after_a_failure(tmp_path: Path) -> None:
    assert 0 == run(tmp_path, {"script": ["false", "false || exit 0"]}).status


def test_later_commands_of_script_run_after_one_that_failed(tmp_path: Path) -> None:
    ended = run(tmp_path, {"script": ["false", "echo still here"]})
    assert "still here" in ended.said
    assert 'The command "false" exited with 1.' in ended.said


def test_everything_is_one_process(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        {
            "before_install": [
                "mkdir sub && cd sub",
                "export FOUND=yes",
                "say() { echo said $1; }",
            ],
            "script": ["pwd", "echo $FOUND", "say it"],
        },
    )
    assert f"{tmp_path}/sub" in ended.said
    assert "yes\n" in ended.said
    assert "said it\n" in ended.said


def test_set_e_lasts(tmp_path: Path) -> None:
    ended = run(tmp_path, {"script": ["set -e", "false", "echo not reached"]})
    assert "not reached" not in ended.said.replace("$ echo not reached", "")
    assert 0 != ended.status


def test_a_block_of_the_article_runs_as_it_stands(tmp_path: Path) -> None:
    block = 'if [ "$PUSH" == "yes" ]; then\n  echo pushing\nelse\n  echo not pushing\nfi\n'
    variable = Variable(name="PUSH", value="yes")
    ended = run(tmp_path, {"script": ["true"], "after_success": [block]}, variable)
    assert "\npushing\n" in ended.said


def test_variables_see_those_before_them_and_secrets_are_not_shown(tmp_path: Path) -> None:
    ended = run(
        tmp_path,
        {"script": ["echo $BOTH $THIRD"]},
        Variable(name="ONE", value="1"),
        Variable(name="BOTH", value='"$ONE and $(echo 2)"'),
        Variable(name="THIRD", value="$ONE `x`", literal=True),
        Variable(name="KEY", value="hidden", secret=True),
    )
    assert "1 and 2 $ONE `x`\n" in ended.said
    assert 'export BOTH="$ONE and $(echo 2)"' in ended.said
    assert "export KEY=[secure]" in ended.said
    assert "hidden" not in ended.said


def test_deploy_runs_after_success_alone(tmp_path: Path) -> None:
    around = {"before_deploy": ["WORD=two"], "after_deploy": ["echo after $WORD", "false"]}
    phases = {"script": ["true"], **around, "after_script": ["echo last"]}
    script = (Deployment(commands=["echo deployed $WORD; WORD=three", "cd / # there"]),)
    ended = run(tmp_path, phases, deployments=script)
    lines = [x for x in ended.said.splitlines() if x.startswith(("deployed", "after", "last"))]
    assert ("passed", ["deployed two", "after two", "last"]) == (ended.result, lines)
    assert "$ echo after" not in run(tmp_path, phases).said
    failing = run(tmp_path, phases | {"script": ["false"]}, deployments=script)
    assert ("failed", False) == (failing.result, "deployed two" in failing.said)
    assert "last\n" in failing.said


def test_a_deployment_that_fails_is_an_error_of_its_job(tmp_path: Path) -> None:
    script = (Deployment(commands=["exit 3", "echo never"]),)
    ended = run(tmp_path, {"script": ["true"]}, deployments=script)
    assert (3, "errored", False) == (ended.status, ended.result, "never\n" in ended.said)


@pytest.mark.parametrize(
    ("conditions", "deploys"),
    [
        (["$WORD = one"], True),
        (["$WORD = two"], False),
        (["$WORD = one", "-n $WORD && $WORD =~ ^o"], True),
        (["$WORD = one", "-z $WORD"], False),
        (["$WORD = one ]]; then"], False),
        (["("], False),
    ],
)
def test_conditions_of_a_deployment_are_bash(
    tmp_path: Path, conditions: list[str], deploys: bool
) -> None:
    script = (Deployment(commands=["echo deployed"], conditions=conditions),)
    word = Variable(name="WORD", value="one")
    ended = run(tmp_path, {"script": ["true"]}, word, deployments=script)
    said = ("deployed\n" in ended.said, "because a condition does not hold" in ended.said)
    assert ("passed", (deploys, not deploys)) == (ended.result, said)


@pytest.mark.parametrize("word", ["skip", "ignore"])
def test_a_phase_that_is_skipped_does_nothing(tmp_path: Path, word: str) -> None:
    assert "passed" == run(tmp_path, {"install": [word], "script": ["true"]}).result


def test_a_command_is_tried_three_times(tmp_path: Path) -> None:
    flaky = "try() { echo x >>tries; [ $(wc -l <tries) = 3 ]; }"
    assert "passed" == run(tmp_path, {"script": [flaky, "travis_retry try"]}).result
    ended = run(tmp_path, {"install": ["travis_retry false"], "script": ["true"]})
    assert "failed 3 times" in ended.said
    assert "errored" == ended.result


def test_a_silent_command_is_waited_for_and_its_status_kept(tmp_path: Path) -> None:
    ended = run(tmp_path, {"script": ["travis_wait 1 sh -c 'echo long; exit 4'"]})
    assert 4 == ended.status
    assert "long\n" in ended.said


def test_terminate_ends_the_job_with_that_status(tmp_path: Path) -> None:
    ended = run(tmp_path, {"script": ["travis_terminate 7", "echo later"]})
    assert (7, "errored") == (ended.status, ended.result)


def test_what_a_file_says_is_no_more_than_a_command_of_its_own(tmp_path: Path) -> None:
    """Quotes and newlines do not reach the program around it."""
    ended = run(tmp_path, {"script": ["echo 'it'\"'\"'s' \"fine\"\necho two"]})
    assert "it's fine\ntwo\n" in ended.said


def test_what_a_job_keeps_is_there_for_the_next(tmp_path: Path) -> None:
    archive = tmp_path / "cache.tar"
    packs = [Pack(file=str(archive), names=["~/.kept", "$WHERE", "missing"], whatever=True)]
    make = "mkdir -p $HOME/.kept $WHERE; echo 1 >$HOME/.kept/one; echo 2 >$WHERE/two; cd /; false"
    said = {}
    for name, script in (("first", make), ("second", "cat ~/.kept/one $WHERE/two")):
        folder = tmp_path / name
        folder.mkdir()
        work = Work(
            variables=[
                Variable(name="HOME", value=str(tmp_path / "home" / name)),
                Variable(name="TRAVIS_BUILD_DIR", value=str(folder)),
                Variable(name="WHERE", value="a\\ folder"),
            ],
            phases={"script": [script.replace("$WHERE", '"$WHERE"')]},
            unpacks=[str(archive)],
            packs=packs,
        )
        (folder / "program").write_text(program(work))
        done = subprocess.run(
            ["bash", "program"],
            cwd=folder,
            env={"PATH": os.environ["PATH"], "HOMEPORT_RESULT": str(folder / "result")},
            check=False,
            capture_output=True,
            text=True,
        )
        said[name] = done.stdout
        # What is in a home of its own is not the next one's: the archive has the whole path.
        (tmp_path / "home" / "second").parent.mkdir(exist_ok=True)
        if name == "first":
            (tmp_path / "home" / "second").symlink_to(tmp_path / "home" / "first")
    assert "what was kept is back" not in said["first"]
    assert "what was kept is back\n" in said["second"]
    assert "1\n2\n" in said["second"]


def test_a_workspace_is_left_by_a_job_that_passed_alone(tmp_path: Path) -> None:
    for name, script in (("passes", "true"), ("fails", "false")):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "made").write_text("made")
        archive = folder / "left.tar"
        work = Work(
            variables=[Variable(name="TRAVIS_BUILD_DIR", value=str(folder))],
            phases={"script": [script]},
            packs=[Pack(file=str(archive), names=["made"])],
        )
        (folder / "program").write_text(program(work))
        env = {"PATH": os.environ["PATH"], "HOMEPORT_RESULT": str(folder / "result")}
        subprocess.run(["bash", "program"], cwd=folder, env=env, check=False)
        assert (name == "passes") == archive.exists()


def test_what_a_command_complains_of_stands_before_what_the_next_one_says(tmp_path: Path) -> None:
    """Through one stream: of two, nobody could tell their order."""
    commands = ["echo one; echo wrong >&2", "echo two; echo wronger >/dev/stderr"]
    (tmp_path / "program").write_text(program(Work(phases={"script": commands})))
    env = {"PATH": os.environ["PATH"], "HOMEPORT_RESULT": str(tmp_path / "result")}
    done = subprocess.run(
        ["bash", str(tmp_path / "program")], env=env, check=True, capture_output=True, text=True
    )
    said = [line for line in done.stdout.splitlines() if line in ("one", "wrong", "two", "wronger")]
    assert (["one", "wrong", "two", "wronger"], "") == (said, done.stderr)

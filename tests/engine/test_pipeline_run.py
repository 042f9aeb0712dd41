"""`homeport pipeline run`: the jobs of a working tree, in the containers of the box."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

pytestmark = pytest.mark.engine
FILE = """
language: generic
services: docker
env: [WORD=one, WORD=two]
script:
  - echo "said $WORD on $TRAVIS_BRANCH"; cat changed
  - git status --short
  - docker build -t made . && docker push made
  - test "$WORD" = one
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A repository whose working tree has changed since its commit."""
    folder = tmp_path / "site"
    folder.mkdir()
    (folder / ".travis.yml").write_text(FILE)
    (folder / "Dockerfile").write_text("FROM busybox:stable\n")
    (folder / ".gitignore").write_text("ignored\n")
    (folder / "changed").write_text("before\n")
    for command in (
        ("init", "-q", "-b", "topic"),
        ("add", "."),
        ("-c", "user.name=a", "-c", "user.email=a@b", "commit", "-qm", "first"),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    (folder / "changed").write_text("after\n")
    (folder / "ignored").write_text("")
    return folder


def started(folder: Path, *arguments: str) -> subprocess.Popen[str]:
    """The command, in a folder."""
    # Tests that a shell runs in its background ignore SIGINT, and so would all that they start.
    argv = ["env", "--default-signal=INT", sys.executable, "-m", "homeport", "pipeline", "run"]
    argv += arguments
    env = {**os.environ, "HOMEPORT_STATE_DIR": str(folder.parent / "state")}
    pipe = subprocess.PIPE
    return subprocess.Popen(argv, cwd=folder, env=env, stdout=pipe, stderr=pipe, text=True)


def ran(folder: Path, *arguments: str) -> tuple[int, str, str]:
    """Its exit status, what it printed, and what it said meanwhile."""
    process = started(folder, *arguments)
    out, said = process.communicate(timeout=120)
    return process.returncode, out, said


def ours() -> list[str]:
    """What is left of local jobs on the Engine."""
    command = ["docker", "ps", "-aq", "--filter", "name=homeport-local-"]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()


def test_the_jobs_run_on_the_working_tree_as_it_is(tree: Path) -> None:
    status, out, said = ran(tree)
    assert 1 == status
    rows = [line.split()[:2] for line in out.splitlines()[1:]]
    assert [["1.1", "passed"], ["1.2", "failed"]] == sorted(rows)
    assert "[1.1] said one on topic" in said
    assert "[1.1] after" in said
    assert "[1.1]  M changed" in said
    assert "ignored" not in said
    assert "made:latest is not pushed: this is a run of a working tree" in said


def test_one_job_alone_with_a_variable_that_is_not_shown(tree: Path) -> None:
    (tree / ".travis.yml").write_text(FILE + '  - test "$TOKEN" = s3cr3t-value; echo "$TOKEN"\n')
    status, out, said = ran(tree, "--job", "1", "--env", "TOKEN=s3cr3t-value", "--branch", "other")
    assert 0 == status, said
    assert [["1.1", "passed"]] == [line.split()[:2] for line in out.splitlines()[1:]]
    assert "said one on other" in said
    assert "s3cr3t-value" not in said.replace('"$TOKEN" = s3cr3t-value', "")


def test_a_folder_without_git_has_jobs_too(tree: Path) -> None:
    subprocess.run(["rm", "-rf", ".git"], cwd=tree, check=True)
    (tree / ".travis.yml").write_text("language: generic\nscript: cat changed\n")
    status, _out, said = ran(tree)
    assert 0 == status, said
    assert "[1.1] after" in said


STAGES = """
language: generic
jobs:
  include:
    - stage: build
      script: echo built >made
      workspaces: {create: {name: built, paths: [made]}}
    - stage: use
      script: cat made part/inner
      workspaces: {use: built}
"""


def test_workspaces_go_from_stage_to_stage_and_submodules_are_there_as_they_are(
    tree: Path,
) -> None:
    (tree / ".travis.yml").write_text(STAGES)
    inner = tree.parent / "inner"
    inner.mkdir()
    (inner / "inner").write_text("committed\n")
    who = ("-c", "user.name=a", "-c", "user.email=a@b", "-c", "protocol.file.allow=always")
    for folder, command in (
        (inner, ("init", "-q")),
        (inner, ("add", ".")),
        (inner, (*who, "commit", "-qm", "inner")),
        (tree, (*who, "submodule", "add", "-q", str(inner), "part")),
    ):
        subprocess.run(["git", *command], cwd=folder, check=True)
    (tree / "part/inner").write_text("changed within\n")
    status, _out, said = ran(tree)
    assert 0 == status, said
    assert "[1.2] built\n[1.2] changed within\n" in said


def test_a_job_that_is_not_there_is_named(tree: Path) -> None:
    status, _out, said = ran(tree, "--job", "1.7")
    assert 0 < status
    assert "error: there is no job 1.7\nhint: the jobs are 1.1, 1.2\n" in said


def test_an_interrupted_run_leaves_nothing(tree: Path) -> None:
    (tree / ".travis.yml").write_text("language: generic\nscript: echo waits; sleep 600\n")
    process = started(tree)
    assert process.stderr
    while "waits" not in process.stderr.readline():
        assert process.poll() is None
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=60)
    assert 0 < process.returncode
    deadline = time.monotonic() + 30
    while ours():
        assert time.monotonic() < deadline


def test_a_file_of_whose_jobs_none_runs_here_has_not_passed(tree: Path) -> None:
    (tree / ".travis.yml").write_text("language: generic\nos: osx\nscript: 'true'\n")
    status, out, said = ran(tree)
    assert (1, "no job runs\n") == (status, out or said.splitlines(keepends=True)[-1])
    assert "jobs for osx are not run: this box has Linux" in said

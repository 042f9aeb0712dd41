"""`homeport pipeline plan`: data on stdout, what is said about the file on stderr."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from homeport.cli.main import homeport
from homeport.errors import FileFault, NotFound

FILE = """\
langauge: python
python: [2.7, 3.6]
jobs:
  include:
    - {stage: deploy, python: 3.7, script: ./deploy}
  exclude:
    - python: 2.7
  allow_failures:
    - python: 3.6
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / ".travis.yml"
    path.write_text(FILE)
    return path


def run(*arguments: str | Path) -> tuple[str, str]:
    result = CliRunner().invoke(
        homeport, ["pipeline", "plan", *map(str, arguments)], catch_exceptions=False
    )
    return result.stdout, result.stderr


def test_people_see_why_each_job_exists_and_what_is_left_out(file: Path) -> None:
    out, said = run(file)
    assert [
        "JOB  STAGE   LANGUAGE    OS     ENVIRONMENT  WHY",
        "1.1  test    python 3.6  linux  -            python 3.6; may fail",
        "1.2  deploy  python 3.7  linux  -            included at line 5",
    ] == out.splitlines()
    assert [
        f"{file}:1:1: warning: langauge: langauge is read as language (write language)",
        "left out: python 2.7: excluded at line 7",
        "2 jobs in 2 stages: test, deploy",
    ] == said.splitlines()


def test_programs_get_the_jobs_the_stages_and_the_messages(file: Path) -> None:
    found = json.loads(run(file.parent, "--json")[0])
    assert ["jobs", "messages", "stages"] == sorted(found)
    assert {
        "number": "1.2",
        "stage": "deploy",
        "name": None,
        "language": "python",
        "os": "linux",
        "arch": None,
        "allow_failure": False,
        "versions": {"python": "3.7"},
        "env": [],
        "phases": {"script": ["./deploy"]},
    } == found["jobs"][1]
    assert [
        {
            "level": "warning",
            "code": "repaired_key",
            "file": str(file),
            "line": 1,
            "column": 1,
            "field": "langauge",
            "text": "langauge is read as language",
            "fix": "write language",
        }
    ] == found["messages"]


def test_secrets_are_not_shown_to_people(tmp_path: Path) -> None:
    path = tmp_path / ".travis.yml"
    path.write_text("language: shell\nenv: {global: [{secure: YWJj}, {A: {secure: YWJj}}, B=1]}\n")
    out, _ = run(path)
    assert "A=* B=1" in out
    assert "YWJj" not in out


def test_a_branch_that_is_left_out_is_told(tmp_path: Path) -> None:
    path = tmp_path / ".travis.yml"
    path.write_text("language: shell\nbranches: {only: [release]}\nif: branch = release\n")
    assert "warning: branches: leaves master out: a push to it runs none of these" in run(path)[1]
    assert "1.1" in run(path, "--branch", "release")[0]


def test_a_file_that_is_not_there_and_one_that_is_no_text(tmp_path: Path) -> None:
    with pytest.raises(NotFound, match="is not there"):
        run(tmp_path)
    (tmp_path / ".travis.yml").write_bytes(b"language: ruby\nname: \xff\n")
    with pytest.raises(FileFault, match=r"\.travis\.yml:2: is no UTF-8"):
        run(tmp_path)

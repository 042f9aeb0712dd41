"""What a job knows of itself."""

from __future__ import annotations

import os
import subprocess

from homeport.pipeline.variables import About, variables


def test_a_job_knows_its_commit_its_number_and_its_version() -> None:
    about = About(
        slug="blog", branch="main", commit="c" * 40, message="$(id)", before="b" * 40, run=12,
        number="12.3", versions={"python": "2.7", "os": "linux"}, folder="/home/travis/build/blog",
    )  # fmt: skip
    found = {v.name: v.value for v in variables(about)}
    expected = {
        "CI": "true", "TRAVIS": "true", "TRAVIS_BRANCH": "main", "TRAVIS_TAG": "",
        "TRAVIS_COMMIT": "c" * 40, "TRAVIS_COMMIT_MESSAGE": "$(id)",
        "TRAVIS_COMMIT_RANGE": f"{'b' * 12}...{'c' * 12}", "TRAVIS_PULL_REQUEST": "false",
        "TRAVIS_BUILD_NUMBER": "12", "TRAVIS_JOB_NUMBER": "12.3", "TRAVIS_PYTHON_VERSION": "2.7",
        "TRAVIS_SECURE_ENV_VARS": "false", "RAILS_ENV": "test", "RACK_ENV": "test",
        "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8", "USER": "root",
    }  # fmt: skip
    assert expected == {name: found[name] for name in expected}
    assert "TRAVIS_OS_VERSION" not in found


def test_a_message_of_a_megabyte_keeps_no_program_from_being_started() -> None:
    about = About(
        slug="a", branch="main", commit="", message="\N{EURO SIGN}" * 400_000, run=1,
        number="1.1", versions={}, folder="/",
    )  # fmt: skip
    message = next(v.value for v in variables(about) if v.name == "TRAVIS_COMMIT_MESSAGE")
    assert "\N{EURO SIGN}" * 21_845 == message
    env = {"PATH": os.environ["PATH"], "TRAVIS_COMMIT_MESSAGE": message}
    assert 0 == subprocess.run(["true"], env=env, check=False).returncode


def test_none_of_them_is_evaluated() -> None:
    about = About(
        slug="a", branch="main", commit="", message="`id` $(id) 'x'", run=1, number="1.1",
        versions={}, folder="/",
    )  # fmt: skip
    line = next(v.line for v in variables(about) if v.name == "TRAVIS_COMMIT_MESSAGE")
    assert "export TRAVIS_COMMIT_MESSAGE='`id` $(id) '\"'\"'x'\"'\"''" == line

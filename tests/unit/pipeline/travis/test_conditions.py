"""`if`: conditions hold or do not, and what is none is refused."""

from __future__ import annotations

import pytest

from homeport.model.regex import CannotParse
from homeport.pipeline.travis.conditions import MAX_LENGTH, holds

DATA = {
    "type": "push",
    "branch": "master",
    "repo": "acme/site",
    "os": "linux",
    "fork": False,
    "tag": None,
    "sudo": True,
    "commit_message": "Fix [deploy] it\nall",
    "env": {"DEPLOY": "true", "EMPTY": "", "NAME": "master"},
}


@pytest.mark.parametrize(
    "condition",
    [
        "true",
        "branch = master",
        "branch == 'master'",
        'branch = "master"',
        "branch != develop",
        "BRANCH = master AND type = push",
        "type = push and branch = master",
        "branch = other OR type = push",
        "branch = other || type = push",
        "branch = master && !(type = cron)",
        "NOT branch = other",
        "NOT NOT branch = master",
        "! branch = other",
        "NOT (branch = other OR type = cron)",
        # NOT binds closer than AND, and AND closer than OR.
        "NOT branch = other AND type = push",
        "type = push OR type = cron AND branch = other",
        "branch IN (develop, master)",
        "branch in (develop,master)",
        "branch NOT IN (develop, other)",
        "tag IS NOT present",
        "tag IS blank",
        "branch IS present",
        "fork IS false",
        "sudo IS true",
        "branch =~ ^mas",
        "branch =~ /^mas.*r$/",
        "branch ~= ^m",
        "branch !~ ^dev",
        "tag !~ .*",
        r"commit_message =~ /\[deploy\]/",
        "commit_message =~ ^all",
        "commit_message =~ /(?<name>Fix)/",
        "env(DEPLOY) = true",
        "env(DEPLOY) IS true",
        "env(NAME) = branch",
        "env(EMPTY) IS blank",
        "env(MISSING) IS blank",
        "branch = env(NAME)",
        "branch =~ env(NAME)",
        "concat(acme, '/', site) = repo",
        "repo = acme/site AND \\\n  branch = master",
        "branch =~ ^*master",
    ],
)
def test_it_holds(condition: str) -> None:
    assert holds(condition, DATA)


@pytest.mark.parametrize(
    "condition",
    [
        "branch = develop",
        "type = push AND branch = other",
        "NOT branch = master",
        "tag IS present",
        "tag =~ .*",
        "tag = ''",
        "fork IS true",
        "fork",
        "branch NOT IN (master)",
        "env(MISSING)",
        "sender = somebody",
        "(type = push OR type = cron) AND branch = other",
    ],
)
def test_it_does_not_hold(condition: str) -> None:
    assert not holds(condition, DATA)


@pytest.mark.parametrize(
    ("condition", "said"),
    [
        ("", "at column 1: a value is missing"),
        ("branch = = master", "at column 10: a value is missing"),
        ("branch = master master", "at column 17: master was not expected"),
        ("(branch = master", "at column 17: ) is missing"),
        ("branch IS nothing", "at column 11: present, blank, true or false is missing"),
        ("branch IN ()", "at column 12: a value is missing"),
        ("branch =~", "at column 10: a regular expression is missing"),
        ("env(A, B) = 1", "at column 10: env() has one name"),
        ("(" * 60, "it is nested more than 40 deep"),
        ("a" * (MAX_LENGTH + 1), "it is longer than 4000 characters"),
        ("branch =~ /(/", "( is no regular expression: ( is not closed"),
    ],
)
def test_what_is_no_condition_is_refused(condition: str, said: str) -> None:
    with pytest.raises(CannotParse) as refused:
        holds(condition, DATA)
    assert str(refused.value).startswith(said)

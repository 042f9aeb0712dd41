"""Which image tags a push is built as: Docker Hub's rules."""

from __future__ import annotations

import pytest

from homeport.build.rules import Rule, Target, read_notation, read_rules, targets
from homeport.errors import FileFault, RequestError

MAIN, TOPIC, TAG = "refs/heads/main", "refs/heads/feature/log-in", "refs/tags/v1.2.3"


def names(ref: str, *rules: Rule, deploys: bool = False) -> list[str]:
    return [target.tag for target in targets(ref, rules, deploys=deploys)]


def test_without_rules_the_deploy_branch_is_latest_and_others_have_their_name() -> None:
    assert names(MAIN, deploys=True) == ["latest"]
    assert names(TOPIC) == ["feature-log-in"]
    assert names(TAG) == ["v1.2.3"]
    assert names("refs/notes/commits") == []


def test_one_push_can_match_several_rules() -> None:
    rules = (
        Rule(source="tag", name=r"/^v(\d+)\.(\d+)\.(\d+)$/", tag=r"{\1}.{\2}"),
        Rule(source="tag", name=r"/^v(\d+)\./", tag=r"{\1}"),
        Rule(source="tag", name="/^v/", tag="{sourceref}"),
        Rule(source="branch", name="main", tag="edge"),
    )
    assert names(TAG, *rules) == ["1.2", "1", "v1.2.3"]
    assert names(MAIN, *rules, deploys=True) == ["edge"]
    assert names(TOPIC, *rules) == []


def test_a_pattern_that_python_would_not_finish_is_decided_at_once() -> None:
    rule = Rule(source="branch", name="/^(a+)+$/", tag=r"{\1}")
    assert names(f"refs/heads/{'a' * 60}!", rule) == []
    assert names("refs/heads/aaa", rule) == ["aaa"]


def test_a_rule_that_is_off_builds_nothing() -> None:
    assert names(MAIN, Rule(name="main", tag="latest", autobuild=False)) == []


def test_a_rule_names_a_dockerfile_and_a_context() -> None:
    rule = Rule(name="main", tag="tools", dockerfile="tools/Dockerfile", context="/", cache=False)
    expected = Target(tag="tools", dockerfile="tools/Dockerfile", context="/", cache=False)
    assert targets(MAIN, [rule], deploys=True) == (expected,)


def test_two_rules_for_one_tag_are_one_build_and_the_first_says_how() -> None:
    rules = (Rule(name="main", tag="latest", dockerfile="a"), Rule(tag="latest", dockerfile="b"))
    assert targets(MAIN, rules, deploys=True) == (Target(tag="latest", dockerfile="a"),)


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        ([{"source": "commit"}], "neither branch nor tag"),
        ([{"name": "/(/"}], "no regular expression"),
        ([{"dockerfile": "../../etc/passwd"}], "inside of the repository"),
        ([{"branch": "main"}], "branch"),
        ("latest", "no list of rules"),
        ([{"name": "/" + "a" * 300 + "/"}], "longer than"),
    ],
)
def test_a_rule_that_cannot_be_is_named(given: object, complaint: str) -> None:
    with pytest.raises(FileFault, match=complaint) as fault:
        read_rules(given)
    assert "x-homeport.builds" in str(fault.value.field)


def test_a_key_that_no_rule_has_is_named_with_those_that_there_are() -> None:
    with pytest.raises(FileFault, match="is not known") as fault:
        read_rules([{"name": "main"}, {"type": "branch"}])
    assert "x-homeport.builds[1].type" == fault.value.field
    assert "known: source, name, tag, dockerfile" in fault.value.hint
    with pytest.raises(FileFault) as fault:
        read_rules([{"tag": ["latest"]}])
    assert "x-homeport.builds[0].tag" == fault.value.field


def test_a_tag_that_cannot_be_names_its_rule() -> None:
    with pytest.raises(RequestError, match="no tag of an image") as fault:
        names(MAIN, Rule(name="main", tag=r"{\1}"))
    assert "main" in fault.value.hint


def test_rules_can_be_said_on_the_command_line() -> None:
    found = read_notation(r"branch main latest; tag /^v(.*)$/ {\1} docker/Dockerfile /")
    assert found == (
        Rule(source="branch", name="main", tag="latest"),
        Rule(
            source="tag", name="/^v(.*)$/", tag=r"{\1}", dockerfile="docker/Dockerfile", context="/"
        ),
    )
    with pytest.raises(RequestError, match="no rule"):
        read_notation("branch main")

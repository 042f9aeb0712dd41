"""docs/reference-gen.md says every function, fact and key of `homeport gen`, and none else."""

from __future__ import annotations

import re
from pathlib import Path

import msgspec

from homeport.proxy.gen import facts
from homeport.proxy.gen.configfile import KEYS
from homeport.proxy.gen.functions import FUNCTIONS, OURS

TEXT = (Path(__file__).parents[2] / "docs/reference-gen.md").read_text()
# docker-gen's own (internal/template/template.go) and those of Sprig that its README lists.
DOCKER_GEN = {
    *("closest", "coalesce", "comment", "contains", "dict", "dir", "eval", "exists", "first"),
    *("fromYaml", "groupBy", "groupByKeys", "groupByLabel", "groupByLabelWithDefault"),
    *("groupByMulti", "groupByWithDefault", "hasPrefix", "hasSuffix", "include", "intersect"),
    *("json", "keys", "last", "parseBool", "parseJson", "queryEscape", "replace", "sha1"),
    *("sortObjectsByKeysAsc", "sortObjectsByKeysDesc", "sortStringsAsc", "sortStringsDesc"),
    *("split", "splitN", "toLower", "toUpper", "toYaml", "trim", "trimPrefix", "trimSuffix"),
    *("values", "when", "where", "whereAll", "whereAny", "whereExist", "whereLabelDoesNotExist"),
    *("whereLabelExists", "whereLabelValueMatches", "whereNot", "whereNotExist"),
}


def rows(heading: str) -> list[list[str]]:
    """The rows of the tables below a heading, heads left out."""
    level = heading.partition(" ")[0]
    text = TEXT.split(f"\n{heading}\n")[1]
    text = re.split(rf"\n#{{2,{len(level)}}} ", text)[0]
    tables = re.findall(r"^\|(?:-+\|)+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for table in tables
        for line in table.splitlines()
    ]


def codes(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def words(heading: str) -> set[str]:
    """The names that the first column begins with."""
    return {re.split(r"[ (]", code)[0] for row in rows(heading) for code in codes(row[0])}


def test_every_function_of_docker_gens_has_one_here_and_is_documented() -> None:
    assert DOCKER_GEN - {"eval"} == set(FUNCTIONS)
    assert DOCKER_GEN | set(OURS) == words("### Functions")


def test_each_function_is_documented_by_the_name_that_it_has_in_jinja() -> None:
    named = [(codes(row[0])[0], codes(row[1])[0]) for row in rows("### Functions") if len(row) > 2]
    wrong = [go for go, ours in named if not ours.startswith((f"{go.split()[0]}(", "{%"))]
    assert [] == wrong


def test_every_field_of_a_container_and_of_the_engine_is_documented() -> None:
    container = set(facts.Facts.__struct_fields__) | {"PublishedAddresses"}
    assert container == words("### A container")
    kinds: list[type[msgspec.Struct]] = [
        *(facts.Address, facts.Network, facts.Image, facts.Mount, facts.Volume, facts.Engine)
    ]
    inside = {name for kind in kinds for name in kind.__struct_fields__}
    assert set() == inside - set(codes(TEXT))


def test_every_key_of_the_configuration_file_is_documented() -> None:
    assert set(KEYS) == words("## Configuration file")

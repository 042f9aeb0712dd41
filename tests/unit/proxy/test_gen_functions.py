"""The functions that templates of docker-gen's know, in Jinja."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from homeport.errors import FileFault
from homeport.proxy.gen.facts import Address, Facts, Health, Network, State, Strings
from homeport.proxy.gen.functions import FUNCTIONS, OURS, filters
from homeport.proxy.gen.template import READY, Template, environment


def container(name: str, *, labels: dict[str, str] | None = None, **env: str) -> Facts:
    return Facts(
        ID=name * 8,
        Name=name,
        State=State(Running=True, Health=Health(Status="healthy")),
        Env=Strings(env),
        Labels=Strings(labels or {}),
        Addresses=(Address(Port="5000", Proto="tcp"),),
        Networks=(Network(Name="web", IP=f"10.0.0.{len(name)}"),),
    )


CONTAINERS = [
    container("a", HOST="x.example,y.example", labels={"com.example.tier": "front"}),
    container("bb", HOST="y.example", labels={"com.example.tier": "back", "n": "10"}),
    container("ccc", labels={"n": "9"}),
]
NAMES = "{% for c in found %}{{ c.Name }} {% endfor %}"


def rendered(expression: str) -> str:
    template = environment([Path()]).from_string("{{ " + expression + " }}")
    return template.render(containers=CONTAINERS)


def names(expression: str) -> list[str]:
    made = environment([Path()]).from_string("{% set found = " + expression + " %}" + NAMES)
    return made.render(containers=CONTAINERS).split()


@pytest.mark.parametrize(
    ("expression", "expected"),
    {
        'closest(["a.example", "example"], "www.a.example")': "a.example",
        'closest(["x"], "www")': "",
        'coalesce(none, "b", "c")': "b",
        'comment("#", "one\\n\\ntwo")': "# one\n#\n# two",
        '"one" | comment("#")': "# one",
        'contains({"a": 1}, "a")': "True",
        'contains("abc", "a")': "False",
        'containers[0].Env | contains("HOST")': "True",
        'dict("a", 1, "b", 2).b': "2",
        'exists("/proc/self")': "True",
        '(dir("/proc/self") | contains("x"))': "False",
        'dir("/nowhere")': "[]",
        'include("/nowhere")': "",
        "first([])": "None",
        "first([3, 4])": "3",
        "[3, 4] | last": "4",
        'fromYaml("a: [1, 2]").a[1]': "2",
        'toYaml({"b": 1, "a": 2})': "a: 2\nb: 1",
        'hasPrefix("www.", "www.a")': "True",
        '"www.a" | hasPrefix("www.")': "True",
        'hasSuffix(".a", "www.a")': "True",
        'intersect(["b", "a", "c"], ["c", "b"]) | join(",")': "b,c",
        'json({"a": [1]})': '{"a":[1]}',
        "json(containers[0].State)": '{"Running":true,"Health":{"Status":"healthy"}}',
        'keys({"b": 1, "a": 2}) | join(",")': "a,b",
        'values({"b": 1, "a": 2}) | join(",")': "2,1",
        'parseBool("T")': "True",
        'parseBool("0")': "False",
        'parseJson("[1, 2]")[1]': "2",
        'queryEscape("a b&c")': "a+b%26c",
        'replace("aaa", "a", "b", 2)': "bba",
        '"aaa" | replace("a", "b", -1)': "bbb",
        'sha1("/api")': "ada91241341ae792ecf0a59cad28616a77bab856",
        'split("a,b", ",") | join("|")': "a|b",
        'splitN("a,b,c", ",", 2) | join("|")': "a|b,c",
        'splitN("a,b,c", ",", -1) | join("|")': "a|b|c",
        'splitN("a", ",", 0)': "[]",
        'sortStringsDesc(["a", "c", "b"]) | join("")': "cba",
        'sortStringsAsc(["a", "c", "b"]) | join("")': "abc",
        'toLower("A")': "a",
        'toUpper("a")': "A",
        'trim(" a ")': "a",
        'trimPrefix("a", "ab")': "b",
        '"ab" | trimSuffix("b")': "a",
        'when(true, "a", "b")': "a",
        'quoted("say \\"it\\"")': '"say \\"it\\""',
        'containers[0].Env.NOT_THERE ~ "."': ".",
        'containers[0].Labels["not.there"] ~ "."': ".",
    }.items(),
)
def test_texts_lists_and_maps(expression: str, expected: str) -> None:
    assert expected == rendered(expression)


@pytest.mark.parametrize(
    ("expression", "expected"),
    {
        'groupBy(containers, "Env.HOST")["y.example"]': ["bb"],
        'groupByMulti(containers, "Env.HOST", ",")["y.example"]': ["a", "bb"],
        'groupByWithDefault(containers, "Env.HOST", "none").none': ["ccc"],
        'groupByLabel(containers, "com.example.tier").front': ["a"],
        'groupByLabelWithDefault(containers, "com.example.tier", "front").front': ["a", "ccc"],
        'containers | where("Name", "bb")': ["bb"],
        'containers | whereNot("Name", "bb")': ["a", "ccc"],
        'containers | whereExist("Env.HOST")': ["a", "bb"],
        'containers | whereNotExist("Env.HOST")': ["ccc"],
        'containers | whereExist("Nothing.There")': [],
        'containers | whereAny("Env.HOST", ",", ["x.example", "z"])': ["a"],
        'containers | whereAll("Env.HOST", ",", ["x.example", "y.example"])': ["a"],
        'containers | whereLabelExists("n")': ["bb", "ccc"],
        'containers | whereLabelDoesNotExist("n")': ["a"],
        'containers | whereLabelValueMatches("com.example.tier", "^fr")': ["a"],
        'containers | sortObjectsByKeysAsc("Labels.n")': ["a", "bb", "ccc"],
        'containers | sortObjectsByKeysDesc("Labels.n")': ["ccc", "bb", "a"],
    }.items(),
)
def test_containers_are_chosen_grouped_and_sorted(expression: str, expected: list[str]) -> None:
    assert expected == names(expression)


def test_groups_come_in_the_order_of_their_names() -> None:
    found = 'groupByKeys(containers, "Env.HOST") | join(" ")'
    assert "x.example,y.example y.example" == rendered(found)


def test_every_function_is_a_filter_too() -> None:
    assert {**FUNCTIONS, **OURS}.keys() == filters().keys()


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        ("one\n{{ nobody }}", 2, "'nobody' is undefined"),
        ("{{ containers[0].Nmae }}", 1, "'homeport.proxy.gen.facts.Facts object' has no attribute"),
        ("\n\n{% for %}", 3, "Expected an expression, got 'end of statement block'"),
        ("\n{{ groupBy(containers, 'Labels') }}", 2, "Labels is no text, and cannot be grouped by"),
        ("{{ 'maybe' | parseBool }}", 1, "'maybe' is neither true nor false"),
        ("{{ 'a$b' | quoted }}", 1, "'a$b' cannot stand in a string of nginx's"),
        (
            "{{ containers.append(1) }}",
            1,
            "access to attribute 'append' of 'list' object is unsafe.",
        ),
        ("{{ ''.__class__ }}", 1, "access to attribute '__class__' of 'str' object is unsafe."),
        ("{% import 'other.tmpl' as other %}", 0, "there is no template other.tmpl"),
        ("\n{{ range $i := $ }}{{ end }}", 2, "is a Go template"),
    ],
)
def test_what_is_wrong_with_a_template_is_told_with_its_line(
    tmp_path: Path, text: str, line: int, said: str
) -> None:
    file = tmp_path / "x.tmpl"
    file.write_text(text)
    with pytest.raises(FileFault) as error:
        Template(str(file)).render({"containers": CONTAINERS})
    fault = error.value
    assert (str(file), line, said) == (fault.file, fault.line, fault.said[: len(said)])


def test_a_template_imports_those_that_are_named_with_it(tmp_path: Path) -> None:
    other = tmp_path / "elsewhere"
    other.mkdir()
    (other / "o.tmpl").write_text("{% macro hello(c) %}hello {{ c.Name }}{% endmacro %}")
    (tmp_path / "m.tmpl").write_text(
        "{% import 'o.tmpl' as o %}{{ o.hello(containers[0]) }}{% do [] | first %}"
    )
    context: dict[str, Any] = {"containers": CONTAINERS}
    assert "hello a" == Template(f"{tmp_path}/m.tmpl;{other}/o.tmpl").render(context)


def test_a_template_that_changed_is_read_again(tmp_path: Path) -> None:
    import os

    file = tmp_path / "x.tmpl"
    file.write_text("one")
    template = Template(str(file))
    assert "one" == template.render({})
    file.write_text("two")
    os.utime(file, (1, 1))
    assert "two" == template.render({})


def test_ready_templates_parse() -> None:
    for file in READY.glob("*.tmpl"):
        assert Template(str(file)).render({"containers": [], "networks": None})

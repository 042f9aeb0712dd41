"""Whatever a file, a cache or an answer says: faults are told, and nothing breaks."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from homeport.dns.ddclient.cache import body, parse
from homeport.dns.ddclient.lint import lines, lint
from homeport.dns.ddclient.model import Answer, Host, Outcome, Wanted
from homeport.dns.ddclient.protocols.known import PROTOCOLS
from homeport.dns.ddclient.settle import settle
from tests.unit.dns.ddclient.files import file_of, parse_flags

WORDS = st.sampled_from(
    [
        "use=web",
        "login=me",
        "password='a",
        "b'",
        "password=x,",
        "protocol=hetzner",
        "protocol=nsupdate",
        "zone=a.b",
        "protocol=porkbun",
        "apikey=k",
        "secretapikey=s",
        "ttl=5m",
        "ttl=0",
        "ttl=x",
        "server=a.b:9",
        "a.example.org",
        "b,,",
        ",",
        "\\",
        "#",
        "'",
        '"',
        "=",
        "==",
        "password=",
        "host=",
        "protocol=namecheap",
        "wtime=1",
        "dynurl=x",
        "ip=::1",
        "daemon=1x",
    ]
)
TEXTS = st.lists(
    st.one_of(WORDS, st.sampled_from(["\n", "\r\n", "\\\n", ", "]), st.text(max_size=4)),
    max_size=25,
).map(" ".join)
ODD = [
    '{"result": 1}',
    '{"result": [null, {"id": 7}]}',
    '{"zones": {"a": 1}}',
    '{"records": ["x", {"name": "h"}]}',
    '{"domain_records": [3]}',
    '{"success": "ok", "records": [{}]}',
    '[{"data": null}]',
    "[1, 2]",
    "{}",
    "null",
    "good",
    "a|b|c\n",
    '<SUCCESS CODE="200">',
    "w99999999999d",
    '{"records": 5}',
    '{"domain_records": {"a": 1}}',
    '{"status": "SUCCESS", "records": [1]}',
    '{"zones": [{"name": "example.org", "id": 1}], "records": [{"id": {}}], "record": []}',
    '{"result": [{"name": "example.org", "id": 1}, {"name": "h.example.org", "id": 2}]}',
]
SAID = st.one_of(st.text(max_size=60), st.sampled_from(ODD))


@settings(max_examples=300, deadline=None)
@given(text=TEXTS)
def test_any_file_is_read_settled_and_linted(text: str) -> None:
    for compat in ("3.10", "4.0"):
        file = file_of(text, compat)
        settled = settle(file, parse_flags([]), {}, compat=compat)
        assert lines(lint(text, file, settled), "conf") is not None


@settings(max_examples=200, deadline=None)
@given(text=st.one_of(TEXTS, st.text()))
def test_any_cache_is_read_and_written(text: str) -> None:
    cache = parse(f"## ddclient-3.10.0\n{text}\n", "3.10")
    assert body(cache.hosts) is not None


@settings(max_examples=300, deadline=None)
@given(
    name=st.sampled_from(sorted(PROTOCOLS["4.0"])),
    compat=st.sampled_from(["3.10", "4.0"]),
    answers=st.lists(st.tuples(st.sampled_from([0, 200, 200, 200, 302, 401, 429, 500]), SAID)),
)
def test_any_answer_has_an_outcome_for_the_host(
    name: str, compat: str, answers: list[tuple[int, str]]
) -> None:
    assert_outcome(name, compat, answers)


@pytest.mark.parametrize("name", sorted(PROTOCOLS["4.0"]))
def test_an_answer_of_another_shape_has_an_outcome(name: str) -> None:
    for first in ODD:
        for second in ODD:
            answers = [(200, first), (200, second), (200, second)]
            for compat in ("3.10", "4.0"):
                assert_outcome(name, compat, answers)


def assert_outcome(name: str, compat: str, answers: list[tuple[int, str]]) -> None:
    protocol = PROTOCOLS[compat].get(name, PROTOCOLS["4.0"][name])
    values = {key: word.default for key, word in protocol.keywords.items()}
    values |= {"login": "me", "password": "pw", "zone": "example.org", "ttl": None}
    values["ttl"] = protocol.keywords["ttl"].default if "ttl" in protocol.keywords else None
    wanted = Wanted(ip="8.8.4.4", v4="8.8.4.4", v6="2001:4860::8")
    host = Host(name="h.example.org", protocol=name, values=values, wanted=wanted)
    outcomes = conversed(protocol.talk([host], 1_000_000_000), answers)
    assert {"h.example.org"} == {outcome.host for outcome in outcomes}


def conversed(talk: object, answers: list[tuple[int, str]]) -> list[Outcome]:
    """The talk, answered with these and then with nothing."""
    left = list(answers)
    try:
        next(talk)  # type: ignore[call-overload]
        while True:
            status, text = left.pop(0) if left else (0, "")
            talk.send(Answer(status=status, text=text))  # type: ignore[attr-defined]
    except StopIteration as end:
        return list(end.value)

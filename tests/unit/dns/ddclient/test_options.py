"""ddclient's command line, as Perl's Getopt::Long takes it."""

from __future__ import annotations

import pytest

from homeport.dns.ddclient.options import parse
from homeport.errors import RequestError


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["-daemon=300"], {"daemon": "300"}),
        (["--daemon", "5m"], {"daemon": "5m"}),
        (["-ssl", "--debug"], {"ssl": "1", "debug": "1"}),
        (["-nossl", "--no-verbose"], {"ssl": "0", "verbose": "0"}),
        (["-verb"], {"verbose": "1"}),
        (["-FILE", "/x"], {"file": "/x"}),
        (["-password", "-dashed"], {"password": "-dashed"}),
        (["-noexec"], {"exec": "0"}),
        (["-timeout=20"], {"timeout": "20"}),
        (["explain", "a.example.org"], {"explain": "a.example.org"}),
        (["--lint", "--"], {"lint": "1"}),
        ([], {}),
    ],
)
def test_a_command_line_says(words: list[str], expected: dict[str, str]) -> None:
    assert expected == parse(words).values


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["-wat"], "-wat is no flag of ddclient's"),
        (["stray"], "'stray' is no flag of ddclient's"),
        (["--", "stray"], "'stray' is no flag of ddclient's"),
        (["-ssl=yes"], "-ssl takes no value"),
        (["-file"], "-file needs a value"),
        (["-timeout=soon"], "-timeout needs a number"),
        (["-if"], "-if needs a value"),
        (["-mai"], "-mai can be -mail, -mail-failure"),
    ],
)
def test_a_slip_is_told(words: list[str], message: str) -> None:
    with pytest.raises(RequestError) as refused:
        parse(words)
    assert message == refused.value.message

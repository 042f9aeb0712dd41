"""What --lint says of a file."""

from __future__ import annotations

import pytest

from homeport.dns.ddclient.lint import Bound, lint
from tests.unit.dns.ddclient.files import ONE, file_of, settled_of


def faults(text: str) -> list[tuple[int, str]]:
    """Lines and what is wrong with them."""
    return [(f.line, f.text) for f in lint(text, file_of(text), settled_of(text)).faults]


def test_a_file_that_is_right_has_no_faults() -> None:
    assert [] == faults(ONE)


def test_each_value_has_the_line_that_said_it_and_secrets_are_not_shown() -> None:
    found = lint(ONE, file_of(ONE), settled_of(ONE)).bound
    expected = [
        ("ip", "8.8.4.4", 1),
        ("use", "ip", 1),
        ("login", "me", 2),
        ("password", "***", 2),
        ("server", "dyn.example.org", 2),
    ]
    assert [
        Bound(line=line, host="a.example.org", key=key, value=value)
        for key, value, line in expected
    ] == list(found)


@pytest.mark.parametrize(
    ("text", "line", "said"),
    [
        (
            "protocol=namecheap, login=sample.com\npassword=your dynamic dns password\ntest\n",
            2,
            "the password ends at the first blank, and what follows is the host dynamic with "
            "the login dns and another password",
        ),
        ("login=me, password=s3cr3t, a.b.org\n", 1, "the comma behind the password belongs to it"),
        (
            "use=ip, ip=8.8.4.4\nprotocol=woima, login=me, password='x' a.b.org\n",
            2,
            "a.b.org: the service of protocol woima has ended",
        ),
        (
            "usev4=webv4\nlogin=me, password='x' a.b.org\n",
            1,
            "a.b.org: webv4=googledomains, which is what nothing means, has ended",
        ),
        (
            "login=me,password=s3cr3t a.b.org\n",
            1,
            "no blank stands before 'password=': its value is read as 'dummy', as ddclient does",
        ),
        (
            'login=me, password="s3cr3t" a.b.org\n',
            1,
            "double quotes do not quote a password: they belong to it",
        ),
        (
            "login = me\npassword=p a.b.org\n",
            1,
            "blanks around the = of 'login': it is read as the name of a host",
        ),
        (
            "login=me password=p a.b.org\nuse=web\n",
            1,
            "a.b.org stands before use: they do not hold for it",
        ),
        (
            "protocol=duckdns password='a&b' home\n",
            1,
            "the password of home goes into the address of a request as it stands",
        ),
        ("login=me password=p home\n", 1, "'home' is no full name of a host"),
        ("wat=1, login=me password=p a.b.org\n", 1, "unknown keyword 'wat', left out"),
        ("login=me password=p a.b.org \\\n", 1, "the file ends where a line should go on"),
    ],
)
def test_what_its_author_cannot_have_meant_is_told(text: str, line: int, said: str) -> None:
    assert (line, said) in faults(text)

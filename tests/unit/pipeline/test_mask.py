"""Secrets never show, however they are written and wherever the output is cut."""

from __future__ import annotations

import base64
import re
import subprocess
import time
import urllib.parse

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.pipeline.mask import Masker, forms_of

SECRET = "s3cr3t/with+more=&ü"


def masked(data: bytes, *secrets: str, size: int = 1) -> bytes:
    """Output that arrives in pieces."""
    masker = Masker(secrets)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    return b"".join([masker.feed(piece) for piece in pieces]) + masker.end()


@pytest.mark.parametrize("size", [1, 2, 3, 7, 1000])
@pytest.mark.parametrize(
    "shown",
    [
        SECRET,
        urllib.parse.quote(SECRET, safe=""),
        base64.b64encode(SECRET.encode()).decode(),
        base64.urlsafe_b64encode(SECRET.encode()).decode(),
    ],
)
def test_a_secret_is_replaced_as_it_is_in_base64_and_in_a_url(shown: str, size: int) -> None:
    text = f"login {shown} done\n".encode()
    assert b"login [secure] done\n" == masked(text, SECRET, size=size)


# Each is what a program makes of `p/w "d"!é` when it writes a URL, or JSON.
@pytest.mark.parametrize(
    "shown",
    [
        "p%2Fw%20%22d%22%21%C3%A9",  # curl --data-urlencode, jq @uri
        "p%2Fw%20%22d%22!%C3%A9",  # encodeURIComponent
        "p/w%20%22d%22%21%C3%A9",  # urllib.parse.quote
        "p/w%20%22d%22!%C3%A9",  # encodeURI
        "p%2fw%20%22d%22%21%c3%a9",  # git credential-store
        "p%2Fw+%22d%22%21%C3%A9",  # a form
        'p/w \\"d\\"!é',
        'p/w \\"d\\"!\\u00e9',
    ],
)
def test_a_secret_is_replaced_whichever_program_writes_it_into_a_url(shown: str) -> None:
    assert b"url=[secure]&x\n" == masked(f"url={shown}&x\n".encode(), 'p/w "d"!é', size=3)


@pytest.mark.parametrize("locale", ["C", "C.UTF-8"])
@pytest.mark.parametrize(
    "secret", ["it's a $secret;", "p4ss w/rd+ünï&<x>'\"", "tab\tand\\ü\x01end"]
)
@pytest.mark.parametrize(
    "command",
    [
        'set -x; : "$S"',
        'printf "%s\\n" "${S@Q}"',
        'printf "%q\\n" "$S"',
        "declare -p S",
        "export -p",
    ],
)
def test_a_secret_is_replaced_as_bash_quotes_it(command: str, secret: str, locale: str) -> None:
    env = {"S": secret, "LC_ALL": locale}
    told = subprocess.run(
        ["bash", "-c", f"exec 2>&1; {command}"], env=env, check=True, stdout=subprocess.PIPE
    ).stdout
    assert b"[secure]" in masked(told, secret, size=1000), told


@pytest.mark.parametrize("upper", [False, True])
def test_a_secret_is_replaced_in_hex(upper: bool) -> None:
    shown = SECRET.encode().hex()
    text = f"x{shown.upper() if upper else shown}0a".encode()
    assert b"x[secure]0a" == masked(text, SECRET, size=5)


@pytest.mark.parametrize("before", ["", "u", "us", "use", "user:"])
def test_the_header_of_basic_authentication_does_not_show_it(before: str) -> None:
    header = base64.b64encode(f"{before}{SECRET}".encode())
    assert SECRET[4:].encode() not in base64.b64decode(
        masked(header, SECRET).replace(b"[secure]", b"") + b"==="
    )


@pytest.mark.parametrize("command", ["base64", "base64 -w 64", "openssl base64"])
@pytest.mark.parametrize("length", [50, 60, 200])
def test_base64_in_lines_does_not_show_it(command: str, length: int) -> None:
    secret = "".join(chr(33 + at * 7 % 90) for at in range(length))
    said = subprocess.run(
        command.split(), input=f"{secret}\n".encode(), capture_output=True, check=True
    ).stdout
    left = masked(said, secret, size=5).replace(b"[secure]", b"").split()
    assert [] == [line for line in left if len(line) > 8]


def test_the_longest_secret_is_replaced_first_also_at_an_edge() -> None:
    for size in range(1, 12):
        assert b"a [secure] b [secure] c" == masked(
            b"a token b token-more c", "token", "token-more", size=size
        )


def test_each_line_of_a_key_and_what_the_shell_makes_of_it() -> None:
    key = "first line\nsecond line"
    assert b"[secure]\nother\n[secure]\n" == masked(b"second line\nother\nfirst line\n", key)
    assert b"password=[secure]" == masked(b"password=a b", '"a b"')


def test_without_secrets_nothing_waits() -> None:
    assert b"as it is" == Masker([]).feed(b"as it is")


def test_what_is_very_short_is_left() -> None:
    assert b"a 1 b" == masked(b"a 1 b", "1")


@given(
    st.binary(max_size=80),
    st.lists(st.text("abc", min_size=3, max_size=6), max_size=3),
    st.integers(1, 9),
)
def test_where_it_is_cut_changes_nothing(data: bytes, secrets: list[str], size: int) -> None:
    text = bytes(b"abc"[byte % 3] for byte in data)
    shown = masked(text, *secrets, size=size)
    assert Masker(secrets).whole(text) == shown
    assert not [secret for secret in secrets if secret.encode() in shown]


def plainly(data: bytes, secrets: list[str]) -> bytes:
    """The same, searched for one form after the other at each place."""
    forms = sorted({f for s in secrets for f in forms_of(s)}, key=len, reverse=True)
    return re.sub(b"|".join(map(re.escape, forms)), b"[secure]", data) if forms else data


@given(
    st.binary(max_size=60),
    st.lists(st.text("ab+/", min_size=3, max_size=5), max_size=3),
    st.integers(1, 9),
)
def test_it_is_what_a_search_for_one_form_after_the_other_makes(
    data: bytes, secrets: list[str], size: int
) -> None:
    text = bytes(b"ab+/%2FBhY"[byte % 10] for byte in data)
    assert plainly(text, secrets) == masked(text, *secrets, size=size)


def test_a_key_of_fifty_lines_holds_no_output_up() -> None:
    """The daemon masks: it did 140 lines a second with such a key, and nothing else meanwhile."""
    lines = ["".join(chr(48 + (row * 31 + at * 7) % 70) for at in range(64)) for row in range(50)]
    masker, began = Masker(["\n".join(lines)]), time.perf_counter()
    for _ in range(2000):
        masker.feed(b"a line of what a job says of itself, and of nobody else\n")
    assert time.perf_counter() - began < 2
    assert b"x [secure]\n" == masker.feed(f"x {lines[7]}\n".encode()) + masker.end()

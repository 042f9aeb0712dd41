"""Addresses in texts, and which of them are believed."""

from __future__ import annotations

import pytest

from homeport.dns.ddclient.believe import Found, in_answer, in_text
from homeport.dns.ddclient.model import Answer
from homeport.dns.ddclient.text import extract_ipv4, extract_ipv6, skipped


@pytest.mark.parametrize(
    ("text", "v4", "v6"),
    [
        ("Your address: 8.8.4.4.", "8.8.4.4", ""),
        ("<b>008.8.04.4</b>", "8.8.4.4", ""),
        ("_1.2.3.4_", "1.2.3.4", ""),
        ("256.1.1.1 is none", "", ""),
        ("1.2.3", "", ""),
        ("at 2001:0db8::1 now", "", "2001:db8::1"),
        ("64:ff9b::192.0.2.13", "192.0.2.13", "64:ff9b::192.0.2.13"),
        ("12:34:56 o'clock", "", ""),
    ],
)
def test_the_first_address_of_each_family(text: str, v4: str, v6: str) -> None:
    assert (v4, v6) == (extract_ipv4(text), extract_ipv6(text))


@pytest.mark.parametrize(
    ("pattern", "left"),
    [("ip address", " 2.2.2.2"), ("", "1.1.1.1\nIP\tAddress 2.2.2.2"), ("absent", None)],
)
def test_what_stands_before_a_pattern_is_skipped(pattern: str, left: str | None) -> None:
    text = "1.1.1.1\nIP\tAddress 2.2.2.2"
    assert (text if left is None else left) == skipped(text, pattern)


@pytest.mark.parametrize("status", [302, 404, 500])
def test_a_page_that_is_not_2xx_is_not_believed(status: int) -> None:
    found = in_answer(Answer(status=status, text="8.8.4.4"), "page", "", False, "")
    assert Found(why=f"page answers with status {status}: not believed") == found


def test_a_pattern_that_is_none_is_told() -> None:
    assert "'(' is no regular expression" in in_text("8.8.4.4", "page", "(", "").why

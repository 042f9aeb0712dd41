"""Which address is believed."""

from __future__ import annotations

import pytest

from homeport.dns.address import address_in, agreed


@pytest.mark.parametrize(
    ("page", "v4", "v6"),
    [
        ("93.184.215.14\n", "93.184.215.14", ""),
        ("2606:2800:21f::1\n", "", "2606:2800:21f::1"),
        ('{"ip": "93.184.215.14"}', "93.184.215.14", ""),
        ("<html>Your IP is 93.184.215.14, again 93.184.215.14</html>", "93.184.215.14", ""),
        ("from 93.184.215.14 via 93.184.215.15", "", ""),
        ("192.168.1.2", "", ""),
        ("100.64.0.7", "", ""),
        ("version 1.2.3.4.5", "", ""),
        ("999.1.1.1", "", ""),
        ("12:30:59", "", ""),
        ("please log in", "", ""),
        ("", "", ""),
    ],
)
def test_a_page_says_one_public_address_or_none(page: str, v4: str, v6: str) -> None:
    assert (v4, v6) == (address_in(page, v6=False), address_in(page, v6=True))


@pytest.mark.parametrize(
    ("said", "believed"),
    [
        (["a", "a", "b"], "a"),
        (["a", "", "a"], "a"),
        (["a", "b", "c"], ""),
        (["a", "", ""], ""),
        (["a"], "a"),
        (["", ""], ""),
        ([], ""),
    ],
)
def test_two_have_to_agree_where_there_are_two(said: list[str], believed: str) -> None:
    assert believed == agreed(said)

"""ddclient's cache, and ours beside it."""

from __future__ import annotations

import pytest

from homeport.dns.ddclient import manners
from homeport.dns.ddclient.cache import body, parse, render
from homeport.dns.ddclient.manners import Entry, Manners

LINE = "atime=2000000000,host=a.example.org,ip=8.8.4.4,mtime=2000000000,status=good a.example.org\n"
HOSTS = {
    "a.example.org": {
        "atime": "2000000000",
        "host": "a.example.org",
        "ip": "8.8.4.4",
        "mtime": "2000000000",
        "status": "good",
    }
}


def test_a_cache_comes_back_as_it_was_written() -> None:
    text = render(HOSTS, 2000000000, "3.10")
    assert text.startswith("## ddclient-3.10.0\n## last updated at ")
    assert text.endswith(f" (2000000000)\n{LINE}")
    assert HOSTS == parse(text, "3.10").hosts
    assert LINE == body(HOSTS)


@pytest.mark.parametrize("stamp", ["## ddclient-3.9.1", "## ddclient-3.11.2", "## ddclient-4.0.0"])
def test_the_cache_of_any_version_is_read(stamp: str) -> None:
    assert HOSTS == parse(f"{stamp}\n{LINE}", "3.10").hosts


def test_a_last_line_without_its_end_is_left_out_and_told() -> None:
    cache = parse(f"## ddclient-3.10.0\n{LINE}atime=20000,host=b.exa", "3.10")
    assert (HOSTS, 1) == (cache.hosts, len(cache.notes))


@pytest.mark.parametrize("text", ["x", "\0\n", "{}", "## other-1.0\nhost=a a\n"])
def test_what_is_no_cache_counts_as_empty_and_is_told(text: str) -> None:
    cache = parse(text, "3.10")
    assert ({}, 1) == (cache.hosts, len(cache.notes))


def test_manners_come_back_as_they_were_written() -> None:
    kept = Manners(salt="s", hosts={"a": Entry(sign="x", refused="nohost", troubles=2, until=9)})
    assert kept == manners.parse(manners.render(kept), "other")


@pytest.mark.parametrize("text", ["", "{", "[]", '{"salt": "s"}', '{"salt": 1, "hosts": {"a": 3}}'])
def test_manners_that_are_broken_count_as_none(text: str) -> None:
    assert Manners(salt="new") == manners.parse(text, "new")

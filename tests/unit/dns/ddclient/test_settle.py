"""What holds: a host's line, the command line, the globals, the defaults."""

from __future__ import annotations

import pytest

from homeport.errors import RequestError
from tests.unit.dns.ddclient.files import ONE, file_of, settled_of


def values(text: str, *keys: str, compat: str = "3.10") -> dict[str, tuple[str | None, ...]]:
    """Some values of each host."""
    hosts = settled_of(text, compat=compat).hosts.values()
    return {host.name: tuple(host.values[key] for key in keys) for host in hosts}


def test_a_host_takes_the_globals_that_stand_before_it() -> None:
    text = "login=early\npassword=p\na.example.org\nlogin=late\nb.example.org\n"
    assert {"a.example.org": ("early",), "b.example.org": ("late",)} == values(text, "login")


def test_of_a_host_that_stands_there_twice_3_10_takes_the_last_and_4_the_first() -> None:
    text = "password=p, login=one a.example.org\nlogin=two password=q a.example.org\n"
    assert {"a.example.org": ("two",)} == values(text, "login")
    assert {"a.example.org": ("one",)} == values(text, "login", compat="4.0")


def test_4_takes_secrets_from_the_environment() -> None:
    text = "login=me, password_env=TOKEN a.example.org\n"
    assert {"a.example.org": ("from-outside",)} == values(text, "password", compat="4.0")
    assert ["unknown keyword 'password_env', left out"] == [n.text for n in file_of(text).notes]


def test_a_host_without_what_its_protocol_needs_is_left_out_and_told() -> None:
    settled = settled_of("protocol=cloudflare, password=p a.example.org\n")
    assert {} == settled.hosts
    expected = "a.example.org: zone '' is no fully qualified host name, the host is left out"
    assert [expected] == [note.text for note in settled.notes]


def test_the_command_line_counts_more_than_globals_and_less_than_a_host() -> None:
    settled = settled_of(f"cache=/from/file\n{ONE}", "-cache=/from/flag", "-use=web")
    (host,) = settled.hosts.values()
    assert ("/from/flag", "ip", "web") == (
        settled.get("cache"),
        settled.get("use", host),
        settled.get("use"),
    )


@pytest.mark.parametrize(("given", "seconds"), [("300", 300), ("5m", 300), ("5", 60), ("0", 0)])
def test_a_daemon_looks_at_least_every_minute(given: str, seconds: int) -> None:
    assert seconds == settled_of(ONE, f"-daemon={given}").daemon


def test_retry_and_host_exclude_one_another() -> None:
    with pytest.raises(RequestError, match="exclude one another"):
        settled_of(ONE, "-retry", "-host=a.example.org")

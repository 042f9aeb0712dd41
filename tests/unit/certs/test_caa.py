"""Whether a zone's CAA records let an authority sign."""

from __future__ import annotations

import pytest

from homeport.certs.caa import Caa, Signer, climb, why_forbidden

ME = Signer(identities=("letsencrypt.org",), account="https://ca/acct/1", proof="dns")


def records(*said: str) -> tuple[Caa, ...]:
    """As a zone file has them: flags, tag, value."""
    parts = (one.split(" ", 2) for one in said)
    return tuple(Caa(critical=flags == "128", tag=tag, value=value) for flags, tag, value in parts)


def test_the_names_that_are_asked_the_nearest_first() -> None:
    expected = ["a.b.example.org", "b.example.org", "example.org", "org"]
    assert expected == list(climb("a.b.example.org"))
    assert expected[1:] == list(climb("*.b.example.org"))


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("a.example.org", ()),
        ("a.example.org", ("0 issue letsencrypt.org",)),
        ("a.example.org", ("0 issue other.example", "0 issue LetsEncrypt.org")),
        ("a.example.org", ("0 issuewild other.example", "0 iodef mailto:me@example.org")),
        ("*.example.org", ("0 issue other.example", "0 issuewild letsencrypt.org")),
        ("*.example.org", ("0 issue letsencrypt.org",)),
        ("a.example.org", ("0 issue letsencrypt.org; validationmethods=http-01,dns-01",)),
        ("a.example.org", ("0 issue letsencrypt.org; accounturi=https://ca/acct/1",)),
        ("a.example.org", ("0 whatever x",)),
    ],
)
def test_what_lets_it(host: str, said: tuple[str, ...]) -> None:
    assert "" == why_forbidden(host, "example.org", records(*said), ME)


@pytest.mark.parametrize(
    ("host", "said", "others"),
    [
        ("a.example.org", ("0 issue ;",), "nobody"),
        ("a.example.org", ("0 issue other.example",), "other.example"),
        ("*.example.org", ("0 issue letsencrypt.org", "0 issuewild ;"), "nobody"),
        (
            "a.example.org",
            ("0 issue letsencrypt.org; validationmethods=http-01",),
            "letsencrypt.org; validationmethods=http-01",
        ),
        (
            "a.example.org",
            ("0 issue letsencrypt.org; accounturi=https://ca/acct/2",),
            "letsencrypt.org; accounturi=https://ca/acct/2",
        ),
    ],
)
def test_what_forbids_it(host: str, said: tuple[str, ...], others: str) -> None:
    expected = f"the CAA records of example.org let {others} sign for {host}"
    found = why_forbidden(host, "example.org", records(*said), ME)
    assert f"{expected}, and not letsencrypt.org by dns-01" == found


def test_what_is_critical_and_not_known_forbids() -> None:
    found = why_forbidden("a.example.org", "example.org", records("128 future x"), ME)
    assert "a CAA record of example.org is critical and says what nobody knows: future" == found

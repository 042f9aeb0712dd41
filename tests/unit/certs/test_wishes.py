"""Who gets a certificate: acme-companion's variables as they stand, and what is routed."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homeport.certs.model import Wanted
from homeport.certs.wishes import DIRECTORIES, Asking, Defaults, is_ours, is_public, wanted

LIVE, STAGING = DIRECTORIES["letsencrypt"], DIRECTORIES["staging"]
NOTHING = Defaults()
ON = Defaults(directory=LIVE, email="me@example.org")


def asking(*hosts: str, **env: str) -> Asking:
    """A container of the blog."""
    return Asking(owner="blog", hosts=hosts, env=env)


def ordered(*asked: Asking, defaults: Defaults = NOTHING) -> list[Wanted]:
    """What is wanted."""
    return list(wanted(asked, defaults))


def made(*names: str, **more: str) -> Wanted:
    """A certificate for the blog by Let's Encrypt."""
    given = {"directory": LIVE, "owner": "blog", **more}
    return Wanted(names=names, **given)


def test_nobody_gets_one_who_does_not_ask_where_no_authority_is_set() -> None:
    assert [] == ordered(asking("a.example.org"))


def test_every_public_host_gets_its_own_where_one_is_set() -> None:
    hosts = ("a.example.org", "b.example.org", "blog.localhost", "*.example.org", "[::1]")
    found = ordered(asking(*hosts), defaults=ON)
    expected = [
        made("a.example.org", email="me@example.org"),
        made("b.example.org", email="me@example.org"),
        made("*.example.org", email="me@example.org", challenge="dns"),
    ]
    assert expected == found


def test_nohttps_says_no_and_cert_name_names_another() -> None:
    for env in ({"HTTPS_METHOD": "nohttps"}, {"CERT_NAME": "shared"}):
        assert [] == ordered(asking("a.example.org", **env), defaults=ON)


def test_letsencrypt_host_names_several_in_one() -> None:
    env = {"LETSENCRYPT_HOST": "a.example.org, B.example.org,", "LETSENCRYPT_EMAIL": "a@b.org"}
    found = ordered(asking("a.example.org", "b.example.org", **env), defaults=ON)
    assert [made("a.example.org", "b.example.org", email="a@b.org")] == found


def test_acme_host_goes_before_letsencrypt_host() -> None:
    env = {
        "ACME_HOST": "a.example.org",
        "ACME_EMAIL": "new@b.org",
        "LETSENCRYPT_HOST": "b.example.org",
        "LETSENCRYPT_EMAIL": "old@b.org",
    }
    assert [made("a.example.org", email="new@b.org")] == ordered(asking(**env))


@pytest.mark.parametrize("name", ["LETSENCRYPT_SINGLE_DOMAIN_CERTS", "ACME_SINGLE_DOMAIN_CERTS"])
def test_single_domain_certs(name: str) -> None:
    found = ordered(asking(LETSENCRYPT_HOST="a.example.org,b.example.org", **{name: "true"}))
    assert [made("a.example.org"), made("b.example.org")] == found


def test_letsencrypt_test_goes_before_acme_ca_uri() -> None:
    own = {"LETSENCRYPT_HOST": "a.example.org", "ACME_CA_URI": "https://ca.example/dir"}
    found = [
        ordered(asking(**own))[0].directory,
        ordered(asking(**own, LETSENCRYPT_TEST="true"))[0].directory,
        ordered(asking(**{**own, "ACME_CA_URI": "file:///etc/passwd"}))[0].directory,
    ]
    assert ["https://ca.example/dir", STAGING, LIVE] == found


def test_keysize_profile_and_challenge() -> None:
    env = {
        "LETSENCRYPT_HOST": "a.example.org",
        "LETSENCRYPT_KEYSIZE": "4096",
        "ACME_CERT_PROFILE": "shortlived",
        "ACME_CHALLENGE": "DNS-01",
    }
    expected = made("a.example.org", key_type="4096", profile="shortlived", challenge="dns")
    assert [expected] == ordered(asking(**env))
    odd = {**env, "LETSENCRYPT_KEYSIZE": "12", "ACME_CHALLENGE": "carrier pigeon"}
    assert ("ec-256", "http") == (
        ordered(asking(**odd))[0].key_type,
        ordered(asking(**odd))[0].challenge,
    )


def test_what_cannot_be_a_name_asks_for_nothing() -> None:
    hosts = ("a;b.example.org", "printer", "192.0.2.1", "blog.home.arpa", "x.local", "../../etc")
    assert [] == [w for host in hosts for w in ordered(asking(LETSENCRYPT_HOST=host), defaults=ON)]


def test_never_is_never() -> None:
    defaults = Defaults(never=True, wildcard="example.org", directory=LIVE)
    assert [] == ordered(
        asking("a.example.org", LETSENCRYPT_HOST="a.example.org"), defaults=defaults
    )


def test_the_wildcard_of_the_domain_is_good_for_its_hosts() -> None:
    asked = asking("a.example.org", "deep.a.example.org", "example.org", "a.example.net")
    found = ordered(asked, defaults=replace(ON, wildcard="example.org"))
    email = "me@example.org"
    expected = [
        made("example.org", "*.example.org", email=email, challenge="dns", owner=""),
        made("deep.a.example.org", email=email),
        made("a.example.net", email=email),
    ]
    assert expected == found


def test_a_wildcard_that_fails_keeps_no_host_from_its_own() -> None:
    defaults = replace(ON, wildcard="example.org")
    star = ordered(defaults=defaults)[0]
    found = wanted([asking("a.example.org")], defaults, failing={star.key})
    assert (made("a.example.org", email="me@example.org"),) == found


def test_a_name_is_in_one_certificate() -> None:
    both = asking("a.example.org", LETSENCRYPT_HOST="a.example.org,b.example.org")
    other = Asking(owner="shop", hosts=("b.example.org",), env={})
    found = ordered(other, both, defaults=ON)
    assert [("a.example.org", "b.example.org")] == [w.names for w in found]


@pytest.mark.parametrize(
    ("local", "method", "names"),
    [
        ("asked", "", []),
        ("asked", "redirect", ["blog.localhost"]),
        ("asked", "nohttps", []),
        ("on", "", ["blog.localhost"]),
        ("on", "nohttps", []),
        ("off", "redirect", []),
    ],
)
def test_local_names_are_served_by_the_boxs_own_authority(
    local: str, method: str, names: list[str]
) -> None:
    env = {"HTTPS_METHOD": method} if method else {}
    found = ordered(asking("blog.localhost", "printer", **env), defaults=Defaults(local=local))
    assert [("local", (name,)) for name in names] == [(w.directory, w.names) for w in found]


def test_which_names_are_whose() -> None:
    names = ("localhost", "a.localhost", "nas.home.arpa", "x.internal", "notlocalhost", "a.org")
    assert [True, True, True, True, False, False] == [is_ours(name) for name in names]
    public = ("a.org", "*.a.org", "a.test", "a.onion", "127.0.0.1", "a", "www.*", "~^a\\.org$")
    expected = [True, True, False, False, False, False, False, False]
    assert expected == [is_public(name) for name in public]

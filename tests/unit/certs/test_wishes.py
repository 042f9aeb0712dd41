"""Who gets a certificate: acme-companion's variables as they stand, and what is routed."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from msgspec.structs import replace as replaced

from homeport.certs.asking import DIRECTORIES, Asking, Defaults
from homeport.certs.model import Wanted
from homeport.certs.names import is_ours, is_public
from homeport.certs.wishes import wanted

LIVE, STAGING = DIRECTORIES["letsencrypt"], DIRECTORIES["staging"]
NOTHING = Defaults()
ON = Defaults(directory=LIVE, email="me@example.org")


def asking(*hosts: str, **env: str) -> Asking:
    """A container of the blog."""
    return Asking(owner="blog", hosts=hosts, env=env)


def ordered(*asked: Asking, defaults: Defaults = NOTHING) -> list[Wanted]:
    """What is wanted."""
    return list(wanted(asked, defaults))


def made(*names: str, **more: Any) -> Wanted:
    """A certificate for the blog by Let's Encrypt."""
    given: dict[str, Any] = {"directory": LIVE, "owner": "blog", **more}
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


def test_who_says_an_odd_word_is_told() -> None:
    env = {
        "LETSENCRYPT_HOST": "a.example.org,nas.lan",
        "LETSENCRYPT_KEYSIZE": "12",
        "ACME_CHALLENGE": "carrier pigeon",
        "ACME_CA_URI": "file:///etc/passwd",
        "ACME_RENEW_AFTER": "soon",
        "ACME_EAB_KID": "half",
    }
    expected = [
        "ACME_CA_URI: it is no URL that begins with https://",
        "ACME_HOST: this authority signs no nas.lan",
        "ACME_CHALLENGE: 'CARRIER PIGEON' is none of HTTP-01, DNS-01",
        "ACME_EAB_KID: ACME_EAB_KID and ACME_EAB_HMAC_KEY belong together",
        "ACME_KEYSIZE: '12' is none of ec-256, ec-384, 2048, 3072, 4096",
        "ACME_RENEW_AFTER: it is no number of days",
    ]
    (found,) = ordered(asking(**env))
    assert expected == [str(one) for one in found.ignored]
    assert made("a.example.org") == replaced(found, ignored=())


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [
        ("ACME_PRE_HOOK", "echo start", "nothing that a container says is run by a shell here"),
        ("ACME_POST_HOOK", "curl x | sh", "nothing that a container says is run by a shell here"),
        ("ACME_OCSP", "true", "Let's Encrypt has ended OCSP"),
        ("ACME_OCSP", "false", ""),
    ],
)
def test_hooks_and_ocsp_are_refused_by_name_and_the_certificate_comes(
    name: str, value: str, told: str
) -> None:
    (found,) = ordered(asking(LETSENCRYPT_HOST="a.example.org", **{name: value}))
    assert made("a.example.org") == replaced(found, ignored=())
    assert [name] * bool(told) == [one.variable for one in found.ignored]
    assert all(one.reason.startswith(told) and one.hint for one in found.ignored)


def test_preferred_chain_renew_after_and_keys_that_stay() -> None:
    env = {
        "LETSENCRYPT_HOST": "a.example.org",
        "ACME_PREFERRED_CHAIN": "ISRG Root X1",
        "ACME_RENEW_AFTER": "30",
        "ACME_RENEW_PRIVATE_KEYS": "false",
    }
    expected = replaced(
        made("a.example.org"), chain="ISRG Root X1", renew_after=30 * 86400.0, same_key=True
    )
    assert [expected] == ordered(asking(**env))


def test_an_external_account_of_a_containers_own_goes_before_the_boxs() -> None:
    defaults = replace(ON, binding=("box", "box-key"))
    own = {"ACME_EAB_KID": "mine", "ACME_EAB_HMAC_KEY": "my-key"}
    elsewhere = {"LETSENCRYPT_HOST": "c.example.org", "ACME_CA_URI": "https://ca.example/dir"}
    found = ordered(
        asking(LETSENCRYPT_HOST="a.example.org", **own),
        asking("b.example.org"),
        asking(**elsewhere),
        defaults=defaults,
    )
    assert [("mine", "my-key"), ("", ""), ("box", "box-key")] == [
        (one.key_id, one.secrets.binding) for one in found
    ]


def test_what_is_secret_is_never_printed() -> None:
    env = {
        "LETSENCRYPT_HOST": "a.example.org",
        "ACME_EAB_KID": "kid",
        "ACME_EAB_HMAC_KEY": "s3cret",
        "ZEROSSL_API_KEY": "s3cret",
        "ACME_CHALLENGE": "DNS-01",
        "ACMESH_DNS_API_CONFIG": "{DNS_API: dns_cf, CF_Token: s3cret}",
    }
    (found,) = ordered(asking(**env))
    assert ("kid", "s3cret", "s3cret") == (
        found.key_id,
        found.secrets.binding,
        found.secrets.zerossl,
    )
    assert ("cloudflare", {"token": "s3cret"}) == (found.dns, found.secrets.dns)
    assert "s3cret" not in f"{found!r} {found}"


def test_a_container_that_wants_it_is_restarted_and_so_are_its_replicas() -> None:
    env = {"ACME_HOST": "a.example.org", "LETSENCRYPT_RESTART_CONTAINER": "true"}
    three = [Asking(owner="blog", hosts=(), env=env, container=one) for one in ("1", "2")]
    three.append(Asking(owner="blog", hosts=(), env={"ACME_HOST": "a.example.org"}, container="3"))
    (found,) = ordered(*three)
    assert ("1", "2") == found.restarts


def test_nobody_is_named_to_the_staging_area() -> None:
    (found,) = ordered(
        asking(ACME_HOST="a.example.org", ACME_EMAIL="a@b.org", LETSENCRYPT_TEST="true")
    )
    assert (STAGING, "") == (found.directory, found.email)


def test_an_authority_of_ones_own_signs_names_that_no_public_one_does() -> None:
    own = replace(ON, directory="https://ca.internal/acme/directory")
    hosts = ("nas.lan", "printer", "192.0.2.1")
    assert [("nas.lan",)] == [one.names for one in ordered(asking(*hosts), defaults=own)]
    asked = asking(ACME_HOST="nas.lan,box.internal")
    assert [("nas.lan", "box.internal")] == [w.names for w in ordered(asked, defaults=own)]
    assert [] == ordered(asking("nas.lan"), defaults=ON)


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

"""Which certificate a host has, and what its container may ask of TLS."""

from __future__ import annotations

import ssl
from dataclasses import replace

import pytest

from homeport.model.tls import Certificate, Terms, terms_of
from homeport.model.wish import SSL_POLICIES, HttpsMethod, Options, VerifyClient
from homeport.proxy.tls import policies
from homeport.proxy.tls.choose import Chosen, choose, covers, expires_next

NOW = 1_000_000.0


def files(*names: str, **values: str) -> dict[str, Certificate]:
    """Certificates that are good for a day."""
    made = (Certificate(name=name, names=(name,), not_after=NOW + 86400) for name in names)
    return {found.name: replace(found, fault=values.get("fault", "")) for found in made}


def chosen(host: str, there: dict[str, Certificate], **terms: object) -> Chosen:
    """What is chosen for a host that asks for this."""
    return choose(host, Terms(**terms), there, now=NOW)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("host", "name"),
    [
        ("a.b.example.org", "a.b.example.org"),
        ("x.a.b.example.org", "a.b.example.org"),
        ("c.example.org", "example.org"),
        ("*.example.org", "example.org"),
        ("example.com", "default"),
        ("org", "default"),
        (r"~^a\.example\.org$", "default"),
    ],
)
def test_the_nearest_name_is_taken_then_the_default(host: str, name: str) -> None:
    there = files("a.b.example.org", "example.org", "default")
    assert Chosen(certificate=there[name], http=False, redirect=True) == chosen(host, there)


def test_a_certificate_may_be_named_and_the_default_not_trusted() -> None:
    there = files("a.org", "shared", "default")
    assert there["shared"] == chosen("a.org", there, certificate="shared").certificate
    missing = Chosen(certificate=None, why_not="there is no gone.crt with its .key (CERT_NAME)")
    assert missing == chosen("a.org", there, certificate="gone", default_certificate=False)
    none = Chosen(certificate=None, why_not="there is no certificate for it")
    assert none == chosen("b.org", there, default_certificate=False)


@pytest.mark.parametrize(
    ("method", "http", "redirect", "bare"),
    [
        (HttpsMethod.REDIRECT, False, True, True),
        (HttpsMethod.NOREDIRECT, True, False, True),
        (HttpsMethod.NOHTTP, False, False, True),
    ],
)
def test_port_80_by_the_method_with_and_without_a_certificate(
    method: HttpsMethod, http: bool, redirect: bool, bare: bool
) -> None:
    there = files("a.org")
    with_one = Chosen(certificate=there["a.org"], http=http, redirect=redirect)
    assert with_one == chosen("a.org", there, method=method)
    without = Chosen(certificate=None, http=bare, why_not="there is no certificate for it")
    assert without == chosen("a.org", {}, method=method)
    strict = chosen("a.org", {}, method=method, http_without_certificate=False)
    assert (method is HttpsMethod.NOREDIRECT) == strict.http


def test_a_host_that_wants_no_https_has_none() -> None:
    found = chosen("a.org", files("a.org"), method=HttpsMethod.NOHTTPS)
    assert (None, True) == (found.certificate, found.http)


def test_one_that_cannot_be_used_is_not_replaced_by_another_name() -> None:
    """The visitors of a.b.org would be shown the certificate of b.org."""
    there = files("b.org", "default") | files("a.b.org", fault="it does not match its key")
    why_not = "a.b.org.crt cannot be used: it does not match its key"
    assert Chosen(certificate=None, why_not=why_not) == chosen("a.b.org", there)
    expired = {"a.org": replace(files("a.org")["a.org"], not_after=NOW - 1)}
    assert Chosen(certificate=None, why_not="a.org.crt has expired") == chosen("a.org", expired)


def test_when_the_next_one_expires() -> None:
    soon = replace(files("a.org")["a.org"], not_after=NOW + 5)
    past = replace(soon, not_after=NOW - 5)
    assert NOW + 5 == expires_next([past, soon, *files("b.org").values()], NOW)
    assert 0 == expires_next([past], NOW)


def test_the_names_of_a_certificate() -> None:
    found = [
        covers(("a.org", "*.b.org"), host) for host in ("a.org", "x.b.org", "b.org", "x.y.b.org")
    ]
    assert [True, True, False, False] == found


def test_of_what_several_containers_say_the_first_counts() -> None:
    one = Options(https_method=HttpsMethod.NOHTTP, http3=True, trust_default_cert=False)
    two = Options(https_method=HttpsMethod.NOHTTPS, hsts="off", verify_client=VerifyClient.OPTIONAL)
    assert Terms() == terms_of([])
    assert Terms(
        method=HttpsMethod.NOHTTP,
        http3=True,
        default_certificate=False,
        hsts="",
        verify=VerifyClient.OPTIONAL,
    ) == terms_of([one, two])


@pytest.mark.parametrize("name", sorted(SSL_POLICIES))
def test_every_policy_is_one_that_openssl_takes(name: str) -> None:
    policy = policies.POLICIES[name]
    if policy.ciphers:
        ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER).set_ciphers(policy.openssl)
    assert set(SSL_POLICIES) == set(policies.POLICIES)
    assert {"TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"} >= set(policy.protocols)

"""ACMESH_DNS_API_CONFIG: acme.sh's providers and their variables, as ours."""

from __future__ import annotations

import pytest

from homeport.certs.dns_api import Unknown, read_dns_api
from homeport.dns.providers.known import OPTIONS

KEY = "hmac-sha256:home:c2VjcmV0"


@pytest.mark.parametrize(
    ("said", "provider", "options"),
    [
        ("", "", {}),
        ("{'DNS_API': 'dns_cf', 'CF_Token': 'a', 'CF_Account_ID': 'b'}", "cloudflare", ["token"]),
        ("DNS_API: dns_dgon\nDO_API_KEY: a\nDNS_SLEEP: 60", "digitalocean", ["token"]),
        ('{"DNS_API": "dns_gandi_livedns", "GANDI_LIVEDNS_TOKEN": "a"}', "gandi", ["token"]),
        ("{DNS_API: dns_gd, GD_Key: a, GD_Secret: b}", "godaddy", ["key", "secret"]),
        ("{DNS_API: dns_hetzner, HETZNER_Token: a}", "hetzner-dns", ["token"]),
        ("{DNS_API: dns_hetznercloud, HETZNER_TOKEN: a}", "hetzner", ["token"]),
        (
            "{DNS_API: dns_porkbun, PORKBUN_API_KEY: a, PORKBUN_SECRET_API_KEY: b}",
            "porkbun",
            ["key", "secret_key"],
        ),
        (
            "{DNS_API: dns_aws, AWS_ACCESS_KEY_ID: a, AWS_SECRET_ACCESS_KEY: b}",
            "route53",
            ["key", "secret"],
        ),
    ],
)
def test_providers_and_what_they_are_told(said: str, provider: str, options: list[str]) -> None:
    found, given = read_dns_api(said)
    assert (provider, list(options)) == (found, list(given))
    assert list(given) == list(OPTIONS.get(provider, ())), "what the provider must have"


def test_a_token_is_taken_as_it_is_written() -> None:
    _, given = read_dns_api("{DNS_API: dns_cf, CF_Token: 0123e5}")
    assert {"token": "0123e5"} == given


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", {"server": "192.0.2.1:53"}),
        (", NSUPDATE_SERVER_PORT: 5353", {"server": "192.0.2.1:5353"}),
        (", NSUPDATE_ZONE: example.org", {"server": "192.0.2.1:53", "zone": "example.org"}),
    ],
)
def test_nsupdate_is_told_its_key_itself(more: str, expected: dict[str, str]) -> None:
    said = f"{{DNS_API: dns_nsupdate, NSUPDATE_SERVER: 192.0.2.1, NSUPDATE_KEY: '{KEY}'{more}}}"
    key = {"key_name": "home", "key": "c2VjcmV0", "algorithm": "hmac-sha256"}
    assert ("rfc2136", {**expected, **key}) == read_dns_api(said)


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("[1, 2]", "it is no mapping of names to values"),
        ("{", "it is no mapping of names to values"),
        ("x" * 10_001, "it is no mapping of names to values"),
        ("{DNS_API: dns_cf, CF_Token: {a: b}}", "it is no mapping of names to texts"),
        ("{DNS_API: dns_cf, CF_Key: s3cret, CF_Email: a@b}", "dns_cf needs CF_Token"),
        ("{DNS_API: dns_cf, CF_Token: s3cret, API: x}", "dns_cf is not told API here"),
        ("{DNS_API: dns_nsupdate, NSUPDATE_SERVER: a}", "dns_nsupdate needs NSUPDATE_KEY"),
        (
            "{DNS_API: dns_nsupdate, NSUPDATE_SERVER: a, NSUPDATE_KEY: /etc/dns.key}",
            "NSUPDATE_KEY is no [ALGORITHM:]NAME:SECRET; a file cannot be read here",
        ),
    ],
)
def test_what_cannot_be_is_said_without_a_secret(said: str, why: str) -> None:
    with pytest.raises(Unknown) as caught:
        read_dns_api(said)
    assert why == str(caught.value)


def test_a_provider_that_is_not_spoken_names_those_that_are() -> None:
    with pytest.raises(Unknown, match=r"DNS_API is none that is spoken here: dns_aws, dns_cf, "):
        read_dns_api("{DNS_API: dns_euserv, EUSERV_Username: s3cret}")

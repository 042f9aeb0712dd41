"""docs/reference-proxy.md has every feature of nginx-proxy's, and what shows it."""

from __future__ import annotations

import re
from pathlib import Path

from tests.unit.test_capabilities import functions

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs/reference-proxy.md").read_text()
# nginx-proxy 1.11: its README, and what its template reads.
OF_CONTAINERS = {
    *("VIRTUAL_HOST", "VIRTUAL_PORT", "VIRTUAL_PATH", "VIRTUAL_DEST", "VIRTUAL_PROTO"),
    *("VIRTUAL_ROOT", "VIRTUAL_HOST_MULTIPORTS", "EXTERNAL_HTTP_PORT", "EXTERNAL_HTTPS_PORT"),
    *("NETWORK_ACCESS", "HTTPS_METHOD", "HSTS", "SSL_POLICY", "CERT_NAME", "SERVER_TOKENS"),
    *("ENABLE_HTTP_ON_MISSING_CERT", "ACME_HTTP_CHALLENGE_LOCATION"),
}
LABELS = {
    *("loadbalance", "keepalive", "http2.enable", "http3.enable", "non-get-redirect", "nginx"),
    *("ssl_verify_client", "trust-default-cert", "debug-endpoint"),
}
OF_THE_PROXY = {
    *("DEFAULT_HOST", "DEFAULT_ROOT", "HTTP_PORT", "HTTPS_PORT", "ENABLE_HTTP2", "ENABLE_HTTP3"),
    *("ENABLE_IPV6", "PREFER_IPV6_NETWORK", "ENABLE_PROXY_PROTOCOL", "TRUST_DOWNSTREAM_PROXY"),
    *("TRUST_DEFAULT_CERT", "LOG_FORMAT", "LOG_FORMAT_ESCAPE", "LOG_JSON", "DISABLE_ACCESS_LOGS"),
    *("RESOLVERS", "DHPARAM_BITS", "DHPARAM_SKIP", "SHA1_UPSTREAM_NAME", "DEBUG_ENDPOINT"),
    *("DOCKER_CONTAINER_FILTERS", "NGINX_CONTAINER_LABEL", "NGINX_CONTAINER", "NON_GET_REDIRECT"),
    *("DOCKER_HOST", "ACME_HTTP_CHALLENGE_ACCEPT_UNKNOWN_HOST"),
}
FILES = {
    *("proxy.conf", "conf.d/*.conf", "toplevel.conf.d/*.conf", "network_internal.conf"),
    *("vhost.d/default", "vhost.d/default_location", "vhost.d/HOST", "vhost.d/HOST_location"),
    *("vhost.d/HOST_PATH_location", "vhost.d/HOST_location_override"),
    *("vhost.d/HOST_PATH_location_override", "htpasswd/HOST", "htpasswd/HOST_PATH"),
    *("certs/HOST.crt", "certs/HOST.key", "certs/HOST.chain.pem", "certs/HOST.dhparam.pem"),
    *("certs/HOST.ca.crt", "certs/HOST.crl.pem", "certs/default.crt"),
}

# acme-companion: its reference of environment variables.
OF_ACME_CONTAINERS = {
    *("ACME_HOST", "ACME_EMAIL", "ACME_CA_URI", "ACME_CHALLENGE", "ACMESH_DNS_API_CONFIG"),
    *("ACME_CERT_PROFILE", "ACME_EAB_KID", "ACME_EAB_HMAC_KEY", "ACME_KEYSIZE", "ACME_OCSP"),
    *("ACME_POST_HOOK", "ACME_PRE_HOOK", "ACME_PREFERRED_CHAIN", "ACME_RENEW_AFTER"),
    *("ACME_RENEW_PRIVATE_KEYS", "ACME_RESTART_CONTAINER", "ACME_SINGLE_DOMAIN_CERTS"),
    *("LETSENCRYPT_HOST", "LETSENCRYPT_EMAIL", "LETSENCRYPT_KEYSIZE", "LETSENCRYPT_TEST"),
    *("LETSENCRYPT_RESTART_CONTAINER", "LETSENCRYPT_SINGLE_DOMAIN_CERTS", "ZEROSSL_API_KEY"),
}
OF_ACME_COMPANION = {
    *("ACME_CA_URI", "ACME_CHALLENGE", "ACMESH_DNS_API_CONFIG", "ACME_CERT_PROFILE", "DEBUG"),
    *("ACME_EAB_KID", "ACME_EAB_HMAC_KEY", "ACME_HTTP_CHALLENGE_LOCATION", "ACME_POST_HOOK"),
    *("ACME_PRE_HOOK", "ACME_RENEW_AFTER", "CA_BUNDLE", "CERTS_UPDATE_INTERVAL", "FILES_GID"),
    *("CREATE_DEFAULT_CERTIFICATE", "DEFAULT_EMAIL", "DEFAULT_KEY_SIZE", "DHPARAM_BITS"),
    *("DHPARAM_SKIP", "DOCKER_CERT_PATH", "DOCKER_CONTAINER_FILTERS", "DOCKER_HOST"),
    *("DOCKER_TLS_VERIFY", "ENABLE_IPV6", "FILES_PERMS", "FILES_UID", "FOLDERS_PERMS"),
    *("NGINX_DOCKER_GEN_CONTAINER", "NGINX_PROXY_CONTAINER", "RELOAD_NGINX_ONLY_ONCE"),
    *("RENEW_PRIVATE_KEYS", "ZEROSSL_API_KEY"),
}


def rows(heading: str) -> list[list[str]]:
    """The rows of the table below a heading."""
    text = TEXT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = re.findall(r"^\| (.*) ?\|$", text, re.MULTILINE)
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)] for line in lines][1:]


def named(heading: str) -> set[str]:
    return {code for row in rows(heading) for code in re.findall(r"`([^`]+)`", row[0])}


def test_everything_that_nginx_proxy_reads_has_a_row() -> None:
    assert OF_CONTAINERS == named("Variables of a container")
    assert LABELS == named("Labels of a container")
    assert OF_THE_PROXY == named("Variables of the proxy")
    assert FILES == named("Files")


def test_everything_that_acme_companion_reads_has_a_row() -> None:
    assert OF_ACME_CONTAINERS == named("Variables of a container for acme-companion")
    assert OF_ACME_COMPANION == named("acme-companion's own variables")


def test_every_test_that_is_named_is_there() -> None:
    tests = re.findall(r"`(tests/[\w/]+\.py)(?:::(\w+))?`", TEXT)
    missing = [
        f"{file}::{name}"
        for file, name in tests
        if not (ROOT / file).is_file() or (name and name not in functions(ROOT / file))
    ]
    assert [] == missing


def test_every_golden_file_that_is_named_is_there() -> None:
    there = {path.name[:2] for path in (ROOT / "tests/golden/proxy/dropin").glob("*.txt")}
    said = {n for one in re.findall(r"golden ((?:\d\d(?:, )?)+)", TEXT) for n in one.split(", ")}
    assert set() == said - there


def test_every_row_says_what_shows_it_or_that_it_is_not_there_yet() -> None:
    settings = "acme-companion's own variables"  # whose settings here have their own rows
    headings = [one for one in re.findall(r"^## (.*)$", TEXT, re.MULTILINE) if one != settings]
    shown = re.compile(r"`tests/|golden \d|not yet|no test yet|the same|in the image|every test")
    silent = [
        row[0] for one in headings for row in rows(one) if not shown.search(" ".join(row[1:]))
    ]
    assert [] == silent

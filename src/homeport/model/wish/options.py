"""How a host is served: what nginx-proxy reads beside host, path and port. Pure.

A value is None, "" or 0 where the container does not say it: the proxy's own default counts then.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

import msgspec

from homeport.model.wish.kinds import (
    SSL_POLICIES,
    AcmeChallenge,
    HttpsMethod,
    LoadBalance,
    NetworkAccess,
    Refused,
    ServerTokens,
    VerifyClient,
    boolean,
    load_balance,
    one_of,
    port,
    said,
)

_ROOT = re.compile(r"/[A-Za-z0-9/._@+-]{0,255}")
_CERT = re.compile(r"[A-Za-z0-9_*][A-Za-z0-9_*.@-]{0,199}")
# RFC 6797, 6.1.
_HSTS = re.compile(r"max-age=[0-9]{1,12}(?: *; *(?:includeSubDomains|preload))* *;?", re.IGNORECASE)
_REDIRECTS = (301, 302, 303, 307, 308)
KEEPALIVE_AUTO = -1  # two connections for each server
_MOST_KEPT = 1024
LABEL = "com.github.nginx-proxy.nginx-proxy."
_LABELS = frozenset(
    {
        *("loadbalance", "keepalive", "http2.enable", "http3.enable", "non-get-redirect"),
        *("ssl_verify_client", "trust-default-cert", "debug-endpoint", "nginx"),
    }
)


class Options(msgspec.Struct, frozen=True, kw_only=True):
    """What one container says. `keepalive`: idle connections; KEEPALIVE_AUTO; 0 for none."""

    virtual_root: str = ""
    external_http_port: int = 0
    external_https_port: int = 0
    network_access: NetworkAccess | None = None
    https_method: HttpsMethod | None = None
    hsts: str = ""  # `off`, or the header's value
    ssl_policy: str = ""
    cert_name: str = ""
    server_tokens: ServerTokens | None = None
    http_on_missing_cert: bool | None = None
    acme_challenge: AcmeChallenge | None = None
    load_balance: LoadBalance | None = None
    keepalive: int | None = None
    http2: bool | None = None
    http3: bool | None = None
    non_get_redirect: int = 0
    verify_client: VerifyClient | None = None
    trust_default_cert: bool | None = None
    debug_endpoint: bool | None = None


def read_options(env: Mapping[str, str], labels: Mapping[str, str]) -> Options:
    """Every option.

    Raises:
        Refused: a value cannot be.
    """
    return Options(
        virtual_root=_matching(_ROOT, env, "VIRTUAL_ROOT", "is no plain path"),
        external_http_port=port(env, "EXTERNAL_HTTP_PORT"),
        external_https_port=port(env, "EXTERNAL_HTTPS_PORT"),
        network_access=one_of(NetworkAccess, env, "NETWORK_ACCESS"),
        https_method=one_of(HttpsMethod, env, "HTTPS_METHOD"),
        hsts=_hsts(env, "HSTS"),
        ssl_policy=_policy(env, "SSL_POLICY"),
        cert_name=_matching(_CERT, env, "CERT_NAME", "is no name of a certificate"),
        server_tokens=one_of(ServerTokens, env, "SERVER_TOKENS"),
        http_on_missing_cert=boolean(env, "ENABLE_HTTP_ON_MISSING_CERT"),
        acme_challenge=one_of(AcmeChallenge, env, "ACME_HTTP_CHALLENGE_LOCATION"),
        load_balance=load_balance(said(labels, f"{LABEL}loadbalance"), f"{LABEL}loadbalance"),
        keepalive=_keepalive(labels, f"{LABEL}keepalive"),
        http2=boolean(labels, f"{LABEL}http2.enable"),
        http3=boolean(labels, f"{LABEL}http3.enable"),
        non_get_redirect=_redirect(labels, f"{LABEL}non-get-redirect"),
        verify_client=one_of(VerifyClient, labels, f"{LABEL}ssl_verify_client"),
        trust_default_cert=boolean(labels, f"{LABEL}trust-default-cert"),
        debug_endpoint=boolean(labels, f"{LABEL}debug-endpoint"),
    )


def unknown_labels(labels: Iterable[str]) -> tuple[str, ...]:
    """Those that look like nginx-proxy's and are none: nothing comes of them."""
    ours = (name for name in labels if name.startswith(LABEL))
    return tuple(sorted(name for name in ours if name.removeprefix(LABEL) not in _LABELS))


def _matching(pattern: re.Pattern[str], values: Mapping[str, str], name: str, fault: str) -> str:
    text = said(values, name)
    if text and not pattern.fullmatch(text):
        raise Refused(f"{name} {text[:80]!r} {fault}")
    return text


def _hsts(values: Mapping[str, str], name: str) -> str:
    text = said(values, name)
    if text.lower() == "off":
        return "off"
    if text and not _HSTS.fullmatch(text):
        known = "off, or max-age=SECONDS; includeSubDomains; preload"
        raise Refused(f"{name} {text[:80]!r} is not {known}")
    return text


def _policy(values: Mapping[str, str], name: str) -> str:
    text = said(values, name)
    if text and text not in SSL_POLICIES:
        raise Refused(f"{name} {text[:60]!r} is no policy; Mozilla-Intermediate is one")
    return text


def _keepalive(values: Mapping[str, str], name: str) -> int | None:
    text = said(values, name).lower()
    if text in ("", "auto"):
        return KEEPALIVE_AUTO if text else None
    if text == "disabled":
        return 0
    if not (text.isascii() and text.isdigit() and 0 < int(text[:6]) <= _MOST_KEPT):
        raise Refused(f"{name} {text[:40]!r} is neither auto nor disabled nor 1 to {_MOST_KEPT}")
    return int(text)


def _redirect(values: Mapping[str, str], name: str) -> int:
    text = said(values, name)
    if text and text not in map(str, _REDIRECTS):
        raise Refused(f"{name} {text[:40]!r} is none of {', '.join(map(str, _REDIRECTS))}")
    return int(text or 0)

"""The values that nginx-proxy's variables and labels may have. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

import msgspec

from homeport.errors import RequestError


class Refused(RequestError):
    """A wish that cannot be carried out; the message says why."""


class Protocol(StrEnum):
    """What a container speaks. Source: nginx-proxy, docs, Upstream features."""

    HTTP = "http"
    HTTPS = "https"
    UWSGI = "uwsgi"
    FASTCGI = "fastcgi"
    GRPC = "grpc"
    GRPCS = "grpcs"


class NetworkAccess(StrEnum):
    """Who may ask: everybody, or private addresses alone."""

    EXTERNAL = "external"
    INTERNAL = "internal"


class HttpsMethod(StrEnum):
    """What becomes of the two ports."""

    REDIRECT = "redirect"
    NOREDIRECT = "noredirect"
    NOHTTP = "nohttp"
    NOHTTPS = "nohttps"


class ServerTokens(StrEnum):
    """nginx's `server_tokens`, without the free text of its commercial version."""

    ON = "on"
    OFF = "off"
    BUILD = "build"


class AcmeChallenge(StrEnum):
    """Whether /.well-known/acme-challenge/ is answered from files.

    LEGACY: only where there is a certificate and HTTPS_METHOD is `redirect`.
    """

    TRUE = "true"
    FALSE = "false"
    LEGACY = "legacy"


class VerifyClient(StrEnum):
    """nginx's `ssl_verify_client`."""

    ON = "on"
    OFF = "off"
    OPTIONAL = "optional"
    OPTIONAL_NO_CA = "optional_no_ca"


class Balance(StrEnum):
    """How requests are spread over the servers of an upstream."""

    ROUND_ROBIN = "round_robin"
    LEAST_CONN = "least_conn"
    IP_HASH = "ip_hash"
    HASH = "hash"
    RANDOM = "random"


class LoadBalance(msgspec.Struct, frozen=True, kw_only=True):
    """A method, and what it takes: `hash KEY consistent`, `random two least_conn`."""

    method: Balance = Balance.ROUND_ROBIN
    key: str = ""  # of hash: text and $variables, without anything that ends a token
    consistent: bool = False
    two: bool = False
    least_conn: bool = False

    @property
    def directive(self) -> str:
        """As nginx writes it, without the semicolon; "" for round robin, which has none."""
        words = ("two", self.two), ("least_conn", self.least_conn), ("consistent", self.consistent)
        if self.method is Balance.ROUND_ROBIN:
            return ""
        key = (self.key,) if self.key else ()
        return " ".join((str(self.method), *key, *(word for word, said in words if said)))


# Their ciphers stand in proxy/tls/policies. Source: nginx-proxy, docs, How SSL Support Works.
SSL_POLICIES = frozenset(
    {
        *("Mozilla-Modern", "Mozilla-Intermediate", "Mozilla-Old"),
        *("AWS-TLS13-1-3-2021-06", "AWS-TLS13-1-2-2021-06", "AWS-TLS13-1-2-Res-2021-06"),
        *("AWS-TLS13-1-2-Ext1-2021-06", "AWS-TLS13-1-2-Ext2-2021-06"),
        *("AWS-TLS13-1-1-2021-06", "AWS-TLS13-1-0-2021-06"),
        *("AWS-FS-1-2-Res-2020-10", "AWS-FS-1-2-Res-2019-08", "AWS-FS-1-2-2019-08"),
        *("AWS-FS-1-1-2019-08", "AWS-FS-2018-06"),
        *("AWS-TLS-1-2-Ext-2018-06", "AWS-TLS-1-2-2017-01", "AWS-TLS-1-1-2017-01"),
        *("AWS-2016-08", "AWS-2015-05", "AWS-2015-03", "AWS-2015-02"),
    }
)
# strconv.ParseBool, which docker-gen's parseBool is.
_TRUE, _FALSE = {"1", "t", "T", "TRUE", "true", "True"}, {"0", "f", "F", "FALSE", "false", "False"}
_KEY = re.compile(r"[A-Za-z0-9$_./:-]{1,100}")
_VARIABLE = re.compile(r"\$(?:(?:arg|cookie|http)_[a-z0-9_]+|[a-z0-9_]+)?")
# Those of nginx itself that say who asks for what: one that is not known fails the whole file.
_KNOWN = frozenset(
    {
        *("args", "binary_remote_addr", "content_length", "content_type", "document_uri", "host"),
        *("hostname", "http2", "http3", "https", "is_args", "proxy_protocol_addr"),
        *("proxy_protocol_port", "query_string", "remote_addr"),
        *("remote_port", "remote_user", "request_id", "request_method", "request_uri", "scheme"),
        *("server_addr", "server_name", "server_port", "server_protocol", "uri"),
        *("ssl_client_serial", "ssl_session_id"),
    }
)
E_ = TypeVar("E_", bound=StrEnum)


def said(values: Mapping[str, str], name: str) -> str:
    """What a variable says, without spaces around it; "" where it says nothing."""
    return values.get(name, "").strip(" \t")


def one_of(kind: type[E_], values: Mapping[str, str], name: str) -> E_ | None:
    """One of some words, in any case; None where nothing is said."""
    text = said(values, name)
    if not text:
        return None
    try:
        return kind(text.lower())
    except ValueError:
        raise Refused(f"{name} {text[:40]!r} is none of {', '.join(kind)}") from None


def boolean(values: Mapping[str, str], name: str) -> bool | None:
    """True or false, as Go reads it; None where nothing is said."""
    text = said(values, name)
    if text and text not in _TRUE | _FALSE:
        raise Refused(f"{name} {text[:40]!r} is neither true nor false")
    return text in _TRUE if text else None


def port(values: Mapping[str, str], name: str) -> int:
    """A port; 0 where nothing is said."""
    return port_of(said(values, name), name)


def port_of(text: str, name: str) -> int:
    """A port from its digits; 0 of ""."""
    if not text:
        return 0
    if not text.isascii() or not text.isdigit() or not 0 < int(text[:6]) < 65536:
        raise Refused(f"{name} {text[:20]!r} is no port")
    return int(text)


def load_balance(text: str, name: str) -> LoadBalance | None:
    """`least_conn;`, `hash $remote_addr consistent;`: the semicolon may be left out."""
    words = text.removesuffix(";").split()
    match words:
        case []:
            return None
        case ["round_robin" | "least_conn" | "ip_hash" as method]:
            return LoadBalance(method=Balance(method))
        case ["hash", key]:
            return LoadBalance(method=Balance.HASH, key=_hash_key(key, name))
        case ["hash", key, "consistent"]:
            return LoadBalance(method=Balance.HASH, key=_hash_key(key, name), consistent=True)
        case ["random", *rest] if rest in ([], ["two"], ["two", "least_conn"]):
            two, least_conn = "two" in rest, "least_conn" in rest
            return LoadBalance(method=Balance.RANDOM, two=two, least_conn=least_conn)
    known = "round_robin, least_conn, ip_hash, hash KEY [consistent], random [two [least_conn]]"
    raise Refused(f"{name} {text[:60]!r} is none of {known}")


def _hash_key(text: str, name: str) -> str:
    variables = _VARIABLE.findall(text)
    unknown = [v for v in variables if not _is_known(v[1:])]
    if not _KEY.fullmatch(text) or unknown:
        what = f"{unknown[0]} is no variable of nginx's that it may hold" if unknown else "no key"
        raise Refused(f"{name} cannot hash by {text[:60]!r}: {what}")
    return text


def _is_known(variable: str) -> bool:
    return variable in _KNOWN or bool(re.fullmatch(r"(arg|cookie|http)_[a-z0-9_]+", variable))

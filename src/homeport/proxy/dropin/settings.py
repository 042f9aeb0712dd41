"""What nginx-proxy reads of its own environment, typed. Pure.

Most of what a container may say about a host can be said here for all of them.
"""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping

import msgspec

from homeport.model.wish import KEEPALIVE_AUTO, Options, Refused
from homeport.model.wish.kinds import boolean, port, said
from homeport.model.wish.options import LABEL, read_options

_FORMAT = (
    '$host $remote_addr - $remote_user [$time_local] "$request" $status $body_bytes_sent '
    '"$http_referer" "$http_user_agent" "$upstream_addr"'
)
_JSON_FORMAT = (
    '{"time_local":"$time_iso8601","client_ip":"$http_x_forwarded_for",'
    '"remote_addr":"$remote_addr","request":"$request","status":"$status",'
    '"body_bytes_sent":"$body_bytes_sent","request_time":"$request_time",'
    '"upstream_response_time":"$upstream_response_time","upstream_addr":"$upstream_addr",'
    '"http_referrer":"$http_referer","http_user_agent":"$http_user_agent",'
    '"request_id":"$request_id"}'
)
_ROOT = re.compile(r"\d{3}(?: [^\s;{}\"'\\]{1,500})?")
_HOST = re.compile(r"~?[^\s;{}\"'#]{1,253}")
# What is a label of a container is a variable of the proxy.
_AS_LABELS = {
    "http2.enable": "ENABLE_HTTP2",
    "http3.enable": "ENABLE_HTTP3",
    "non-get-redirect": "NON_GET_REDIRECT",
    "trust-default-cert": "TRUST_DEFAULT_CERT",
    "debug-endpoint": "DEBUG_ENDPOINT",
}
NGINX_LABEL = f"{LABEL}nginx"


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How the proxy is set up. `defaults`: for hosts whose containers do not say otherwise."""

    http_port: int = 80
    https_port: int = 443
    default_host: str = ""
    default_root: str = "404"  # what `return` takes; `none`: no location of ours
    ipv6: bool = False
    prefer_ipv6: bool = False
    proxy_protocol: bool = False
    trust_downstream: bool = True
    access_log: bool = True
    log_format: str = _FORMAT
    log_escape: str = "default"
    resolvers: str = ""
    dhparam_bits: int = 4096
    dhparam: bool = True
    sha1_names: bool = False
    challenges: bool = False  # whether names that nobody has answer challenges for certificates
    hold: float = 10.0  # seconds that a visitor waits where the last container has gone; 0: none
    filters: Mapping[str, tuple[str, ...]] = msgspec.field(default_factory=dict)
    nginx_label: str = NGINX_LABEL
    nginx_container: str = ""
    names_nginx: bool = False  # whether it is said where nginx is
    defaults: Options = Options()

    @property
    def without_hold(self) -> Settings:
        """The same, where nobody can wait."""
        return msgspec.structs.replace(self, hold=0.0)


def read_settings(env: Mapping[str, str]) -> Settings:
    """The settings.

    Raises:
        Refused: a variable has a value that cannot be.
    """
    as_json = _flag(env, "LOG_JSON", default=False)
    return Settings(
        http_port=port(env, "HTTP_PORT") or 80,
        https_port=port(env, "HTTPS_PORT") or 443,
        default_host=_matching(_HOST, env, "DEFAULT_HOST"),
        default_root=_root(env),
        ipv6=_flag(env, "ENABLE_IPV6", default=False),
        prefer_ipv6=_flag(env, "PREFER_IPV6_NETWORK", default=False),
        proxy_protocol=_flag(env, "ENABLE_PROXY_PROTOCOL", default=False),
        trust_downstream=_flag(env, "TRUST_DOWNSTREAM_PROXY", default=True),
        access_log=not said(env, "DISABLE_ACCESS_LOGS"),
        log_format=_text(env, "LOG_FORMAT") or (_JSON_FORMAT if as_json else _FORMAT),
        log_escape=_escape(env) or ("json" if as_json else "default"),
        resolvers=_resolvers(env),
        dhparam_bits=_bits(env),
        dhparam=not _flag(env, "DHPARAM_SKIP", default=False),
        hold=_seconds(env, "HOLD", 10.0),
        sha1_names=_flag(env, "SHA1_UPSTREAM_NAME", default=False),
        challenges=_flag(env, "ACME_HTTP_CHALLENGE_ACCEPT_UNKNOWN_HOST", default=False),
        filters=_filters(said(env, "DOCKER_CONTAINER_FILTERS")),
        nginx_label=said(env, "NGINX_CONTAINER_LABEL") or NGINX_LABEL,
        nginx_container=said(env, "NGINX_CONTAINER"),
        names_nginx=bool(said(env, "NGINX_CONTAINER") or said(env, "NGINX_CONTAINER_LABEL")),
        defaults=_defaults(env),
    )


def _defaults(env: Mapping[str, str]) -> Options:
    """The variables of containers, and those that are labels there."""
    labels = {f"{LABEL}{label}": env.get(name, "") for label, name in _AS_LABELS.items()}
    try:
        found = read_options(env, labels)
    except Refused as error:
        message = error.message
        for label, name in _AS_LABELS.items():
            message = message.replace(f"{LABEL}{label}", name)
        raise Refused(message) from error
    if found.keepalive is None:
        return msgspec.structs.replace(found, keepalive=KEEPALIVE_AUTO)
    return found


def _flag(env: Mapping[str, str], name: str, *, default: bool) -> bool:
    found = boolean(env, name)
    return default if found is None else found


def _seconds(env: Mapping[str, str], name: str, default: float) -> float:
    text = said(env, name)
    if text and not re.fullmatch(r"[0-9]{1,4}(\.[0-9]{1,3})?", text):
        raise Refused(f"{name} {text[:20]!r} is no number of seconds")
    return float(text) if text else default


def _matching(pattern: re.Pattern[str], env: Mapping[str, str], name: str) -> str:
    text = said(env, name)
    if text and not pattern.fullmatch(text):
        raise Refused(f"{name} {text[:80]!r} cannot be")
    return text


def _root(env: Mapping[str, str]) -> str:
    text = said(env, "DEFAULT_ROOT") or "404"
    if text != "none" and not _ROOT.fullmatch(text):
        raise Refused(f"DEFAULT_ROOT {text[:80]!r} is neither none nor a status, and a text or URL")
    return text


def _text(env: Mapping[str, str], name: str) -> str:
    text = said(env, name)
    if re.search(r"[\x00-\x1f\x7f]", text):
        raise Refused(f"{name} has a line's end or another control character in it")
    return text


def _escape(env: Mapping[str, str]) -> str:
    text = said(env, "LOG_FORMAT_ESCAPE")
    if text not in ("", "default", "json", "none"):
        raise Refused(f"LOG_FORMAT_ESCAPE {text[:20]!r} is none of default, json, none")
    return text


def _bits(env: Mapping[str, str]) -> int:
    text = said(env, "DHPARAM_BITS") or "4096"
    if text not in ("2048", "3072", "4096"):
        raise Refused(f"DHPARAM_BITS {text[:20]!r} is none of 2048, 3072, 4096")
    return int(text)


def _resolvers(env: Mapping[str, str]) -> str:
    """Addresses, with a port or without, and what else nginx's `resolver` takes."""
    words = said(env, "RESOLVERS").split()
    for word in words:
        if not (re.fullmatch(r"valid=\d+[smh]?|ipv[46]=(on|off)", word) or _is_server(word)):
            raise Refused(f"RESOLVERS {word[:60]!r} is no address")
    return " ".join(words)


def _is_server(word: str) -> bool:
    bare = word.rpartition("]")[0].removeprefix("[") if word.startswith("[") else word
    if ":" in bare and not word.startswith("["):
        bare = word.partition(":")[0]
    try:
        ipaddress.ip_address(bare)
    except ValueError:
        return bool(re.fullmatch(r"[a-z0-9.-]{1,253}", bare))
    return True


def _filters(text: str) -> dict[str, tuple[str, ...]]:
    """`label=x=y,network=z`: of one name any, of several all, as `docker ps --filter`."""
    found: dict[str, tuple[str, ...]] = {}
    for part in filter(None, (p.strip() for p in text.split(","))):
        name, sign, value = part.partition("=")
        if not sign or not name:
            raise Refused(f"DOCKER_CONTAINER_FILTERS {part[:60]!r} is no NAME=VALUE")
        found[name] = (*found.get(name, ()), value)
    return found


def resolvers_of(resolv_conf: str) -> str:
    """The name servers of resolv.conf; nginx takes none with a scope."""
    lines = (line.split() for line in resolv_conf.splitlines())
    servers = [words[1] for words in lines if len(words) > 1 and words[0] == "nameserver"]
    plain = [server for server in servers if "%" not in server]
    return " ".join(f"[{server}]" if ":" in server else server for server in plain)

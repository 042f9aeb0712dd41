"""What /nginx-proxy-debug tells of a host: JSON, as a string of nginx's. Pure."""

from __future__ import annotations

import json
from typing import Any

from homeport.proxy.dropin.model import Host, Location
from homeport.proxy.dropin.settings import Settings

_LONGEST = 3500  # nginx takes no parameter of more than 4,096 bytes


def debug_of(host: Host, settings: Settings) -> str:
    """The string between the quotes; without what makes it too long."""
    found = _told(host, settings)
    for left_out in ("", "global", "paths"):
        if left_out == "paths":
            found["vhost"]["paths"] = f"{len(host.locations)} paths, which are too much to tell"
        found.pop(left_out, None)
        text = quoted(json.dumps(found))
        if len(text) <= _LONGEST:
            break
    return text


def quoted(text: str) -> str:
    """JSON in a string of nginx's: a `$` would be a variable, and a backslash is taken away.

    `$host` and its like are put in by nginx, where `@host@` stands.
    """
    safe = text.replace("$", "\\u0024").replace("'", "\\u0027").replace("\\", "\\\\")
    for name in ("host", "https", "http2", "http3", "ssl_cipher", "ssl_protocol"):
        safe = safe.replace(f"@{name}@", f"${name}")
    return safe


def _told(host: Host, settings: Settings) -> dict[str, Any]:
    options = host.options
    return {
        "global": {
            "default_host": settings.default_host,
            "default_root_response": settings.default_root,
            "enable_access_log": settings.access_log,
            "enable_ipv6": settings.ipv6,
            "external_http_port": settings.http_port,
            "external_https_port": settings.https_port,
            "trust_downstream_proxy": settings.trust_downstream,
            "sha1_upstream_name": settings.sha1_names,
        },
        "request": {
            name: f"@{name}@"
            for name in ("host", "https", "http2", "http3", "ssl_cipher", "ssl_protocol")
        },
        "vhost": {
            "hostname": host.host,
            "default": host.default,
            "acme_http_challenge_enabled": host.acme,
            "cert": host.tls.certificate if host.tls else "",
            "cert_ok": bool(host.tls and host.tls.certificate),
            "hsts": options.hsts,
            "http2_enabled": options.http2 is not False,
            "http3_enabled": bool(options.http3),
            "https_method": str(options.https_method or "redirect"),
            "server_tokens": str(options.server_tokens or ""),
            "ssl_policy": options.ssl_policy,
            "enable_debug_endpoint": True,
            "paths": {location.path: _path(location) for location in host.locations},
        },
    }


def _path(location: Location) -> dict[str, Any]:
    return {
        "dest": location.dest,
        "keepalive": location.upstream.keepalive or "disabled",
        "network_tag": "internal" if location.internal else "external",
        "proto": str(location.proto),
        "upstream": location.upstream.name,
        "servers": list(location.upstream.servers),
    }

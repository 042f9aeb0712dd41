"""ACMESH_DNS_API_CONFIG: acme.sh's providers of DNS and their variables, as ours. Pure.

Source: the wiki of acme.sh, "How to use DNS API".
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

_MOST = 10_000  # characters
# acme.sh's provider -> ours, and its variables -> our options.
_PROVIDERS: Mapping[str, tuple[str, Mapping[str, str]]] = {
    "dns_cf": ("cloudflare", {"CF_Token": "token"}),
    "dns_dgon": ("digitalocean", {"DO_API_KEY": "token"}),
    "dns_gandi_livedns": ("gandi", {"GANDI_LIVEDNS_TOKEN": "token"}),
    "dns_gd": ("godaddy", {"GD_Key": "key", "GD_Secret": "secret"}),
    "dns_hetzner": ("hetzner-dns", {"HETZNER_Token": "token"}),
    "dns_hetznercloud": ("hetzner", {"HETZNER_TOKEN": "token"}),
    "dns_porkbun": ("porkbun", {"PORKBUN_API_KEY": "key", "PORKBUN_SECRET_API_KEY": "secret_key"}),
    "dns_aws": ("route53", {"AWS_ACCESS_KEY_ID": "key", "AWS_SECRET_ACCESS_KEY": "secret"}),
}
# What they can be told besides, which is found out here, or waited for.
_NEEDLESS = ("DNS_SLEEP", "CF_Account_ID", "CF_Zone_ID")


class Unknown(Exception):
    """It cannot be carried out; never with a value, which may be a secret."""


def read_dns_api(text: str) -> tuple[str, dict[str, str]]:
    """A provider and its options; ("", {}) where nothing is said.

    Raises:
        Unknown: what is said cannot be carried out.
    """
    if not text:
        return "", {}
    given = _parsed(text)
    name = given.pop("DNS_API", "")
    if name == "dns_nsupdate":
        return "rfc2136", _nsupdate(given)
    if name not in _PROVIDERS:
        known = ", ".join(sorted((*_PROVIDERS, "dns_nsupdate")))
        raise Unknown(f"DNS_API is none that is spoken here: {known}")
    provider, options = _PROVIDERS[name]
    _complete(name, given, options)
    return provider, {options[key]: given[key] for key in options}


def _complete(name: str, given: Mapping[str, str], wanted: Mapping[str, str]) -> None:
    if missing := [key for key in wanted if not given.get(key)]:
        raise Unknown(f"{name} needs {', '.join(missing)}")
    if odd := sorted(given.keys() - wanted.keys() - set(_NEEDLESS)):
        raise Unknown(f"{name} is not told {', '.join(odd)[:100]} here")


def _nsupdate(given: Mapping[str, str]) -> dict[str, str]:
    """The key as `nsupdate -y` takes it, [ALGORITHM:]NAME:SECRET: no path, which is another's."""
    known = {"NSUPDATE_SERVER": "", "NSUPDATE_KEY": ""}
    more = {"NSUPDATE_SERVER_PORT": "", "NSUPDATE_ZONE": ""}
    _complete("dns_nsupdate", {k: v for k, v in given.items() if k not in more}, known)
    parts = given["NSUPDATE_KEY"].split(":")
    if len(parts) not in (2, 3) or "/" in parts[0]:
        raise Unknown("NSUPDATE_KEY is no [ALGORITHM:]NAME:SECRET; a file cannot be read here")
    server, port = given["NSUPDATE_SERVER"], given.get("NSUPDATE_SERVER_PORT", "") or "53"
    options = {"server": f"[{server}]:{port}" if ":" in server else f"{server}:{port}"}
    options |= {"key_name": parts[-2], "key": parts[-1]}
    options |= {"algorithm": parts[0]} if len(parts) == 3 else {}
    return options | ({"zone": zone} if (zone := given.get("NSUPDATE_ZONE", "")) else {})


def _parsed(text: str) -> dict[str, str]:
    """A mapping of names to texts, as YAML or JSON."""
    found = _yaml(text) if len(text) <= _MOST else None
    if not isinstance(found, dict):
        raise Unknown("it is no mapping of names to values")
    if not all(isinstance(key, str) and isinstance(v, str) for key, v in found.items()):
        raise Unknown("it is no mapping of names to texts")
    return {key: value.strip() for key, value in found.items()}


def _yaml(text: str) -> Any:
    """Each value as it is written: a token of digits is no number, and `on` no truth."""
    import yaml  # 20 ms, for the few who use it

    try:
        return yaml.load(text, Loader=yaml.BaseLoader)  # noqa: S506 - texts, lists and mappings alone
    except (yaml.YAMLError, ValueError, RecursionError):
        return None

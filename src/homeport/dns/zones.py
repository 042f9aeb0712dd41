"""The box's file of zones: TOML, with each zone's provider and its credentials.

addresses = ["93.184.215.14"]          # or none: a router says them, at /nic/update, or
interface = "eth0"                     # has them itself
suffix = "::5"                         # behind the prefix of its IPv6 address, or
router = "auto"                        # is asked: pcp, upnp, or one after the other, or
sources = ["https://a.example", "https://b.example"]    # pages that say whom they see

[zones."example.org"]
provider = "rfc2136"
server = "192.0.2.53"
key_name = "homeport"
key_file = "/etc/homeport/dns.key"     # NAME_file reads option NAME from a file
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Container, Mapping
from ipaddress import IPv6Address
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import msgspec

from homeport.dns.model import Addresses, Zone, is_public
from homeport.errors import FileFault

_KEYS = {"addresses", "interface", "suffix", "router", "sources", "zones"}
ROUTER_WAYS = ("auto", "pcp", "upnp")
_HOSTS = {
    True: "is missing: the provider cannot mark what is homeport's, so name the hosts that are",
    False: "is not for this provider: what is homeport's is marked there",
}
_EXAMPLES = {
    "interface": "for example eth0",
    "suffix": "for example ::5, which stands behind the prefix",
    "router": f"one of {', '.join(ROUTER_WAYS)}",
}


class ZonesFile(msgspec.Struct, frozen=True, kw_only=True):
    """What the file says."""

    zones: tuple[Zone, ...] = ()
    addresses: Addresses = Addresses()
    interface: str = ""
    suffix: str = ""
    router: str = ""
    sources: tuple[str, ...] = ()
    files: tuple[str, ...] = ()  # that hold options: of NAME_file


def read_zones(
    path: Path, known: Mapping[str, tuple[str, ...]], named: Container[str] = ()
) -> ZonesFile:
    """The zones of a file; `known`: provider -> the options that it must have.

    Raises:
        FileFault: the file does not parse, or names what is not known. It never quotes a value
            of a zone, which may be a secret.
    """
    try:
        text = path.read_text()
        return _zones_file(path, tomllib.loads(text), known, named)
    except tomllib.TOMLDecodeError as error:
        said, line, column = _where(str(error), text)
        raise FileFault(said, file=str(path), line=line, column=column) from error
    except (OSError, UnicodeDecodeError) as error:
        raise FileFault(str(error), file=str(path)) from error
    except FileFault as fault:
        line, field = line_of(text, fault.field), fault.field
        raise FileFault(
            fault.said, file=str(path), line=line, field=field, hint=fault.hint
        ) from fault


def _where(said: str, text: str) -> tuple[str, int, int]:
    """What tomllib says, its line and its column."""
    if said.endswith(" (at end of document)"):
        return said, text.count("\n") + 1, 0
    found = re.fullmatch(r"(.*?) \(at line (\d+), column (\d+)\)", said, re.DOTALL)
    return (found[1], int(found[2]), int(found[3])) if found else (said, 0, 0)


def line_of(text: str, field: str) -> int:
    """The line that says a field, else that of the table that should; 0 for neither."""
    lines, table = dict[str, int](), ""
    for number, line in enumerate(text.splitlines(), 1):
        if header := re.match(r"\s*\[\s*([\w-]+)\s*(?:\.\s*[\"']?([^\"'\]]+?)[\"']?\s*)?\]", line):
            table = ".".join(filter(None, header.groups()))
            lines.setdefault(table, number)
        elif key := re.match(r"\s*[\"']?([\w-]+)[\"']?\s*=", line):
            lines.setdefault(f"{table}.{key[1]}".lstrip("."), number)
    return lines.get(field) or lines.get(field.rpartition(".")[0], 0)


def _zones_file(
    path: Path,
    found: dict[str, Any],
    known: Mapping[str, tuple[str, ...]],
    named: Container[str],
) -> ZonesFile:
    for key in found.keys() - _KEYS:
        hint = f"known: {', '.join(sorted(_KEYS))}"
        raise FileFault("is not known", file=str(path), field=key, hint=hint)
    zones = found.get("zones", {})
    if not isinstance(zones, dict):
        raise FileFault("is no table of zones", file=str(path), field="zones")
    files = _files(zones)
    return ZonesFile(
        files=files,
        zones=tuple(_zone(str(path), name, table, known, named) for name, table in zones.items()),
        addresses=_addresses(str(path), found.get("addresses", [])),
        interface=_text(str(path), found, "interface", _is_interface),
        suffix=_text(str(path), found, "suffix", _is_suffix),
        router=_text(str(path), found, "router", ROUTER_WAYS.__contains__),
        sources=_sources(str(path), found.get("sources", [])),
    )


def _zone(
    file: str,
    name: str,
    table: Any,
    known: Mapping[str, tuple[str, ...]],
    named: Container[str],
) -> Zone:
    field = f"zones.{name}"
    if not isinstance(table, dict):
        raise FileFault("is no table", file=file, field=field)
    hosts = _texts(file, f"{field}.hosts", table.pop("hosts", []))
    servers = _texts(file, f"{field}.nameservers", table.pop("nameservers", []))
    options = {key: _option(file, f"{field}.{key}", key, table[key]) for key in table}
    options = {key.removesuffix("_file"): value for key, value in options.items()}
    provider = _provider(file, field, options, known)
    ttl = _ttl(file, f"{field}.ttl", options.pop("ttl", "60"))
    if bool(hosts) != (provider in named):
        raise FileFault(_HOSTS[provider in named], file=file, field=f"{field}.hosts")
    _check_address(file, f"{field}.api", options.get("api", ""))
    whole = name.lower().rstrip(".")
    return Zone(
        name=whole,
        provider=provider,
        ttl=ttl,
        options=options,
        hosts=tuple(_whole(host.lower().rstrip("."), whole) for host in hosts),
        nameservers=servers,
    )


def _provider(
    file: str, field: str, options: dict[str, str], known: Mapping[str, tuple[str, ...]]
) -> str:
    """The provider, taken out of the options; all that it needs is among those."""
    provider = options.pop("provider", "")
    if provider not in known:
        hint = f"known: {', '.join(sorted(known))}"
        raise FileFault("names no provider", file=file, field=f"{field}.provider", hint=hint)
    for key in known[provider]:
        if not options.get(key):
            hint = f"{key} = ..., or {key}_file with the path of a file that holds it"
            raise FileFault("is missing", file=file, field=f"{field}.{key}", hint=hint)
    return provider


def _ttl(file: str, field: str, text: str) -> int:
    if not text.isdigit() or not 1 <= int(text) <= 86400:
        raise FileFault("is no number of seconds", file=file, field=field)
    return int(text)


def _files(zones: Mapping[str, Any]) -> tuple[str, ...]:
    tables = (table for table in zones.values() if isinstance(table, dict))
    return tuple(str(t[key]) for t in tables for key in t if key.endswith("_file"))


def _whole(host: str, zone: str) -> str:
    """`blog`, `@` and `blog.example.org` alike."""
    if host in ("@", zone):
        return zone
    return host if host.endswith(f".{zone}") else f"{host}.{zone}"


def _texts(file: str, field: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) and one for one in given):
        raise FileFault("is no list of texts", file=file, field=field)
    return tuple(given)


def _check_address(file: str, field: str, url: str) -> None:
    """Credentials leave this machine encrypted, or not at all."""
    where = urlsplit(url)
    if url and where.scheme != "https" and where.hostname not in ("127.0.0.1", "::1"):
        raise FileFault("is not https", file=file, field=field)


def _option(file: str, field: str, key: str, value: Any) -> str:
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise FileFault("is no text", file=file, field=field)
    if not key.endswith("_file"):
        return str(value)
    try:
        return Path(str(value)).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise FileFault(str(error), file=file, field=field) from error


def _text(file: str, found: dict[str, Any], key: str, fits: Callable[[str], bool]) -> str:
    given = found.get(key, "")
    if not isinstance(given, str) or (given and not fits(given)):
        raise FileFault(f"{given!r} cannot be", file=file, field=key, hint=_EXAMPLES[key])
    return given


def _is_interface(name: str) -> bool:
    return len(name) < 16 and name.isprintable() and not set(name) & set("/ :")


def _is_suffix(text: str) -> bool:
    try:
        return int(IPv6Address(text)) < 1 << 64
    except ValueError:
        return False


def _sources(file: str, given: Any) -> tuple[str, ...]:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise FileFault("is no list of URLs", file=file, field="sources")
    for one in given:
        where = urlsplit(one)
        if where.scheme not in ("http", "https") or not where.hostname:
            raise FileFault(f"{one[:60]!r} is no URL", file=file, field="sources")
    return tuple(given)


def _addresses(file: str, given: Any) -> Addresses:
    if not isinstance(given, list) or not all(isinstance(one, str) for one in given):
        raise FileFault("is no list of addresses", file=file, field="addresses")
    for one in given:
        if not is_public(one):
            hint = "a private, carrier-grade NAT or reserved address leads nobody here"
            raise FileFault(f"{one} is no public address", file=file, field="addresses", hint=hint)
    v4 = next((one for one in given if ":" not in one), "")
    return Addresses(v4=v4, v6=next((one for one in given if ":" in one), ""))

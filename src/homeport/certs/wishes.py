"""Who gets a certificate: acme-companion's variables, and what is routed. Pure."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from homeport.certs.model import LOCAL, Wanted
from homeport.model.wish import Refused, read_wish

DIRECTORIES = {
    "letsencrypt": "https://acme-v02.api.letsencrypt.org/directory",
    "staging": "https://acme-staging-v02.api.letsencrypt.org/directory",
}
# Names below these are the box's own affair (RFC 6761, RFC 8375, ICANN for .internal).
OURS = ("localhost", "home.arpa", "internal")
# Names below these mean nothing on the internet (RFC 6761, RFC 6762, RFC 7686).
_NOBODYS = ("local", "test", "invalid", "example", "onion", "lan", "home", "arpa")
_NAME = re.compile(r"(?:\*\.)?[a-z0-9-]+(?:\.[a-z0-9-]+)+")
_KEY_TYPES = ("2048", "3072", "4096", "ec-256", "ec-384")
_MOST = 100  # names in one certificate: Let's Encrypt takes no more


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """Something that is routed, and what its container says."""

    owner: str
    hosts: tuple[str, ...]
    env: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defaults:
    """What holds where a container says nothing."""

    directory: str = ""  # for every routed host; "": for those alone that ask
    never: bool = False  # nobody gets one by ACME, whoever asks
    email: str = ""
    challenge: str = "http"
    profile: str = ""
    local: str = "asked"  # on, off, asked: local names whose HTTPS_METHOD asks for https
    wildcard: str = ""  # the domain that gets *.DOMAIN, "" where no zone of the box holds it


def wanted(
    asking: Iterable[Asking], defaults: Defaults, *, failing: Collection[str] = ()
) -> tuple[Wanted, ...]:
    """The certificates that are wanted, each name in one of them: in that which names it first.

    Certificates that somebody asked for by name go before those that a host gets by itself. A
    wildcard whose key is among the `failing` must not keep its hosts from getting their own.
    """
    everybody = list(asking)
    found = [w for one in everybody for w in _asked_for(one, defaults)]
    found += [w for w in _wildcard(defaults) if w.key not in failing]
    found += [w for one in everybody for w in _by_itself(one, defaults)]
    return _once(found)


def _wildcard(defaults: Defaults) -> list[Wanted]:
    if not defaults.wildcard or not defaults.directory or defaults.never:
        return []
    names = (defaults.wildcard, f"*.{defaults.wildcard}")
    return [_by_default(names, "", defaults, challenge="dns")]


def is_ours(host: str) -> bool:
    """Whether the box's own CA may speak for a name."""
    return _below(host, OURS)


def is_public(host: str) -> bool:
    """Whether a name can have a certificate of a public CA: not local, no address, no pattern."""
    name = host.removeprefix("*.")
    if not _NAME.fullmatch(name):
        return False
    try:
        ipaddress.ip_address(name)
    except ValueError:
        return not _below(name, (*OURS, *_NOBODYS))
    return False


def covers(names: Collection[str], host: str) -> bool:
    """Whether a certificate for these names is good for a host."""
    return host in names or f"*.{host.partition('.')[2]}" in names


def _below(host: str, tops: Iterable[str]) -> bool:
    return any(host == top or host.endswith(f".{top}") for top in tops)


def _asked_for(one: Asking, defaults: Defaults) -> list[Wanted]:
    """What ACME_HOST or LETSENCRYPT_HOST names."""
    named = _variable(one.env, "HOST")
    if not named or defaults.never:
        return []
    try:
        hosts = read_wish({"VIRTUAL_HOST": named}).hosts
    except Refused:
        return []  # who routes says it
    names = tuple(host for host in hosts if is_public(host))[:_MOST]
    if not names:
        return []
    groups = (
        [(n,) for n in names] if _is_true(_variable(one.env, "SINGLE_DOMAIN_CERTS")) else [names]
    )
    return [_of(group, one, defaults) for group in groups]


def _of(names: tuple[str, ...], one: Asking, defaults: Defaults) -> Wanted:
    key_type = _variable(one.env, "KEYSIZE")
    return Wanted(
        names=names,
        directory=_directory(one.env, defaults),
        email=_variable(one.env, "EMAIL") or defaults.email,
        challenge=_challenge(names, one.env.get("ACME_CHALLENGE", ""), defaults),
        key_type=key_type if key_type in _KEY_TYPES else "ec-256",
        profile=one.env.get("ACME_CERT_PROFILE", "") or defaults.profile,
        owner=one.owner,
    )


def _directory(env: Mapping[str, str], defaults: Defaults) -> str:
    if _is_true(env.get("LETSENCRYPT_TEST", "")):
        return DIRECTORIES["staging"]
    given = env.get("ACME_CA_URI", "").strip()
    if given.startswith("https://"):
        return given
    return defaults.directory or DIRECTORIES["letsencrypt"]


def _challenge(names: Iterable[str], given: str, defaults: Defaults) -> str:
    """A wildcard is proved by DNS alone."""
    if any(name.startswith("*.") for name in names):
        return "dns"
    said = given.strip().upper()
    return {"DNS-01": "dns", "HTTP-01": "http"}.get(said, defaults.challenge)


def _by_itself(one: Asking, defaults: Defaults) -> list[Wanted]:
    """What a host gets without asking. HTTPS_METHOD=nohttps says no, CERT_NAME names another."""
    method = one.env.get("HTTPS_METHOD", "").strip().lower()
    if method == "nohttps" or one.env.get("CERT_NAME", "").strip():
        return []
    found = []
    for host in one.hosts:
        if is_ours(host):
            if _local(method, defaults):
                found.append(Wanted(names=(host,), directory=LOCAL, owner=one.owner))
        elif is_public(host) and defaults.directory and not defaults.never:
            challenge = _challenge((host,), "", defaults)
            found.append(_by_default((host,), one.owner, defaults, challenge=challenge))
    return found


def _local(method: str, defaults: Defaults) -> bool:
    return defaults.local == "on" or (defaults.local == "asked" and bool(method))


def _by_default(
    names: tuple[str, ...], owner: str, defaults: Defaults, *, challenge: str
) -> Wanted:
    return Wanted(
        names=names,
        directory=defaults.directory,
        email=defaults.email,
        challenge=challenge,
        profile=defaults.profile,
        owner=owner,
    )


def _once(found: Iterable[Wanted]) -> tuple[Wanted, ...]:
    """Without those whose names are all spoken for, in an order that is always the same."""
    kept: dict[str, Wanted] = {}
    spoken: set[str] = set()
    for one in found:
        if not all(covers(spoken, name) for name in one.names):
            kept.setdefault(one.key, one)
            spoken.update(one.names)
    return tuple(kept.values())


def _variable(env: Mapping[str, str], name: str) -> str:
    """acme-companion's newer name before its older one."""
    return (env.get(f"ACME_{name}") or env.get(f"LETSENCRYPT_{name}") or "").strip()


def _is_true(text: str) -> bool:
    return text.strip().lower() in ("true", "1", "yes")

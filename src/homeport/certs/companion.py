"""acme-companion's variables of a container, as they stand. Pure.

What cannot be carried out is named with its reason, and the certificate comes all the same.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from homeport.certs.asking import DIRECTORIES, Asking, Defaults
from homeport.certs.dns_api import Unknown, read_dns_api
from homeport.certs.model import Ignored, Secrets, Wanted
from homeport.certs.names import may_sign
from homeport.model.wish import Refused, read_wish

_KEY_TYPES = ("ec-256", "ec-384", "2048", "3072", "4096")
_PROOFS = {"HTTP-01": "http", "DNS-01": "dns"}
_MOST = 100  # names in one certificate: Let's Encrypt takes no more
_DAY = 86400.0
_NO_SHELL = "nothing that a container says is run by a shell here"
_INSTEAD = "homeport events -f --json tells CertificateOrdered and CertificateIssued"
_NEVER = {
    "ACME_PRE_HOOK": (_NO_SHELL, _INSTEAD),
    "ACME_POST_HOOK": (_NO_SHELL, f"{_INSTEAD}; ACME_RESTART_CONTAINER=true restarts it"),
    "ACME_OCSP": (
        "Let's Encrypt has ended OCSP, and signs no certificate that must be stapled",
        "leave it out",
    ),
}


def asked_for(one: Asking, defaults: Defaults) -> list[Wanted]:
    """The certificates that ACME_HOST or LETSENCRYPT_HOST names."""
    named = said(one.env, "HOST")
    if not named or defaults.never:
        return []
    try:
        hosts = read_wish({"VIRTUAL_HOST": named}).hosts
    except Refused:
        return []  # who routes says it
    words = _Words(one.env)
    directory = _directory(words, defaults)
    names = _names(words, hosts, directory)
    groups = [(name,) for name in names] if words.is_on("SINGLE_DOMAIN_CERTS") else [names]
    return [_of(group, directory, words, one, defaults) for group in groups if group]


def proof_of(names: Iterable[str], challenge: str) -> str:
    """How names are proved: a wildcard by DNS alone."""
    return "dns" if any(name.startswith("*.") for name in names) else challenge


def said(env: Mapping[str, str], name: str) -> str:
    """The value of a variable, by acme-companion's newer name before its older one."""
    return (env.get(f"ACME_{name}") or env.get(f"LETSENCRYPT_{name}") or "").strip()


@dataclass(slots=True)
class _Words:
    """What one container says, and what of it is not carried out."""

    env: Mapping[str, str]
    ignored: list[Ignored] = field(default_factory=list)

    def __post_init__(self) -> None:
        for name, (reason, hint) in _NEVER.items():
            if self.of(name).lower() not in ("", "false"):
                self.ignore(name, reason, hint)

    def of(self, name: str) -> str:
        """The value of a variable that has one name."""
        return self.env.get(name, "").strip()

    def is_on(self, name: str) -> bool:
        """Whether a switch is on."""
        return said(self.env, name).lower() in ("true", "1", "yes")

    def ignore(self, variable: str, reason: str, hint: str = "") -> None:
        """A variable is not carried out; told once."""
        one = Ignored(variable=variable, reason=reason, hint=hint)
        if one not in self.ignored:
            self.ignored.append(one)


def _of(
    names: tuple[str, ...], directory: str, words: _Words, one: Asking, defaults: Defaults
) -> Wanted:
    challenge = proof_of(names, _challenge(words, defaults))
    key_id, binding = _binding(words, directory, defaults)
    dns, credentials = _own_dns(words) if challenge == "dns" else ("", {})
    return Wanted(
        names=names,
        directory=directory,
        email=_email(words, directory, defaults),
        challenge=challenge,
        key_type=_key_type(words),
        profile=words.of("ACME_CERT_PROFILE") or defaults.profile,
        owner=one.owner,
        chain=words.of("ACME_PREFERRED_CHAIN"),
        renew_after=_renew_after(words),
        same_key=words.of("ACME_RENEW_PRIVATE_KEYS").lower() == "false",
        key_id=key_id,
        dns=dns,
        secrets=Secrets(binding=binding, zerossl=words.of("ZEROSSL_API_KEY"), dns=credentials),
        restarts=(one.container,) if one.container and words.is_on("RESTART_CONTAINER") else (),
        ignored=tuple(words.ignored),
    )


def _names(words: _Words, hosts: Iterable[str], directory: str) -> tuple[str, ...]:
    """Those that the authority may sign."""
    found = [host for host in hosts if may_sign(directory, host)]
    if others := [host for host in hosts if host not in found]:
        words.ignore("ACME_HOST", f"this authority signs no {', '.join(others)[:200]}")
    if len(found) > _MOST:
        words.ignore("ACME_HOST", f"these are {len(found)} names; the first {_MOST} are asked for")
    return tuple(found[:_MOST])


def _directory(words: _Words, defaults: Defaults) -> str:
    if words.of("LETSENCRYPT_TEST").lower() == "true":
        return DIRECTORIES["staging"]
    given = words.of("ACME_CA_URI")
    if given.startswith("https://"):
        return given
    if given:
        words.ignore("ACME_CA_URI", "it is no URL that begins with https://")
    return defaults.directory or DIRECTORIES["letsencrypt"]


def _email(words: _Words, directory: str, defaults: Defaults) -> str:
    """As acme-companion does, nobody is named to the staging area of Let's Encrypt."""
    if directory == DIRECTORIES["staging"]:
        return ""
    return said(words.env, "EMAIL") or defaults.email


def _binding(words: _Words, directory: str, defaults: Defaults) -> tuple[str, str]:
    """Identifier and HMAC key of an external account; the box's own is for its own authority."""
    mine = words.of("ACME_EAB_KID"), words.of("ACME_EAB_HMAC_KEY")
    if all(mine):
        return mine
    if any(mine):
        words.ignore("ACME_EAB_KID", "ACME_EAB_KID and ACME_EAB_HMAC_KEY belong together")
    own = not defaults.directory or directory == defaults.directory
    return defaults.binding if own else ("", "")


def _key_type(words: _Words) -> str:
    given = said(words.env, "KEYSIZE")
    if given and given not in _KEY_TYPES:
        words.ignore("ACME_KEYSIZE", f"{given[:20]!r} is none of {', '.join(_KEY_TYPES)}")
    return given if given in _KEY_TYPES else _KEY_TYPES[0]


def _challenge(words: _Words, defaults: Defaults) -> str:
    given = words.of("ACME_CHALLENGE").upper()
    if given and given not in _PROOFS:
        words.ignore("ACME_CHALLENGE", f"{given[:20]!r} is none of {', '.join(_PROOFS)}")
    return _PROOFS.get(given, defaults.challenge)


def _own_dns(words: _Words) -> tuple[str, dict[str, str]]:
    try:
        return read_dns_api(words.of("ACMESH_DNS_API_CONFIG"))
    except Unknown as error:
        hint = "a zone of dns.toml is taken where it holds the names"
        words.ignore("ACMESH_DNS_API_CONFIG", str(error), hint)
        return "", {}


def _renew_after(words: _Words) -> float:
    given = words.of("ACME_RENEW_AFTER")
    if given and not (given.isdecimal() and len(given) < 5 and int(given)):
        words.ignore("ACME_RENEW_AFTER", "it is no number of days")
        return 0.0
    return int(given or 0) * _DAY

"""Which certificate a host has, by nginx-proxy's rules. Pure.

CERT_NAME, then the files named like the host, then those of its nearest parent domain, then the
default where the host trusts it; else its handshake is rejected. A certificate that cannot be used
is not replaced by the next: visitors would be shown one of another name.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass

from homeport.model.tls import Certificate, Terms
from homeport.model.wish import HttpsMethod

DEFAULT = "default"


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """How a host is served."""

    certificate: Certificate | None  # None: a handshake is rejected
    http: bool = True  # whether port 80 serves it
    redirect: bool = False  # whether port 80 leads to https
    why_not: str = ""  # why there is no certificate


def choose(
    host: str, terms: Terms, certificates: Mapping[str, Certificate], *, now: float
) -> Chosen:
    """The certificate of a host, and what port 80 answers.

    Args:
        host: as in VIRTUAL_HOST: a name, with a wildcard, or a regular expression.
        terms: what it asks for.
        certificates: those that are there, by the name of their files.
        now: epoch; one that expired is as good as none.
    """
    if terms.method is HttpsMethod.NOHTTPS:
        return Chosen(certificate=None, why_not="it asks for none (HTTPS_METHOD=nohttps)")
    found = _find(host, terms, certificates)
    why_not = fault(found, now) if found else _missing(terms)
    if found is None or why_not:
        return Chosen(certificate=None, http=_without(terms), why_not=why_not)
    redirect = terms.method is HttpsMethod.REDIRECT
    return Chosen(certificate=found, http=terms.method is HttpsMethod.NOREDIRECT, redirect=redirect)


def fault(certificate: Certificate, now: float) -> str:
    """Why a certificate cannot be used; "" where it can."""
    if certificate.fault:
        return f"{certificate.name}.crt cannot be used: {certificate.fault}"
    if certificate.not_after <= now:
        return f"{certificate.name}.crt has expired"
    return ""


def parents(host: str) -> Iterator[str]:
    """The names of files that are good for a host, the nearest first."""
    if host.startswith("~"):
        return
    plain = host.removeprefix("*.")
    yield host
    labels = plain.split(".")
    for start in range(len(labels) - 1):
        yield ".".join(labels[start:])


def expires_next(certificates: Iterable[Certificate], now: float) -> float:
    """When the next one expires; 0 where none does."""
    return min((c.not_after for c in certificates if c.not_after > now), default=0.0)


def covers(names: Collection[str], host: str) -> bool:
    """Whether a certificate that is good for these names is good for a host (RFC 9525, 6.3)."""
    _, _, parent = host.partition(".")
    return host in names or f"*.{parent}" in names


def _find(host: str, terms: Terms, certificates: Mapping[str, Certificate]) -> Certificate | None:
    names = [terms.certificate] if terms.certificate else list(parents(host))
    for name in names:
        if name in certificates:
            return certificates[name]
    return certificates.get(DEFAULT) if terms.default_certificate else None


def _missing(terms: Terms) -> str:
    if terms.certificate:
        return f"there is no {terms.certificate}.crt with its .key (CERT_NAME)"
    return "there is no certificate for it"


def _without(terms: Terms) -> bool:
    """Whether port 80 serves a host without a certificate."""
    return terms.http_without_certificate or terms.method is HttpsMethod.NOREDIRECT

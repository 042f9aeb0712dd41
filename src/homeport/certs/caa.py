"""Whether a zone's CAA records let an authority sign: RFC 8659, and RFC 8657. Pure."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

_KNOWN = ("issue", "issuewild", "iodef", "issuemail", "contactemail", "contactphone", "issuevmc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Caa:
    """One record."""

    critical: bool
    tag: str  # lower case
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Signer:
    """Who would sign, for whom, and how the name would be proved."""

    identities: Collection[str]  # the authority's names in CAA records, as its directory says
    account: str = ""  # its URL
    proof: str = "http"  # http, dns


def climb(host: str) -> Iterator[str]:
    """The names whose records count, the nearest first; those of the first that has any do."""
    labels = host.removeprefix("*.").split(".")
    for start in range(len(labels)):
        yield ".".join(labels[start:])


def why_forbidden(host: str, where: str, records: Sequence[Caa], signer: Signer) -> str:
    """Why the records that are found at `where` do not let it sign; "" where they do."""
    odd = [one.tag for one in records if one.critical and one.tag not in _KNOWN]
    if odd:
        return f"a CAA record of {where} is critical and says what nobody knows: {odd[0][:20]}"
    wild = host.startswith("*.") and any(one.tag == "issuewild" for one in records)
    said = [one.value for one in records if one.tag == ("issuewild" if wild else "issue")]
    if not said or any(_lets(value, signer) for value in said):
        return ""
    others = ", ".join(sorted({value.strip()[:80] for value in said} - {"", ";"})) or "nobody"
    return f"the CAA records of {where} let {others} sign for {host}, and not {_names(signer)}"


def _lets(value: str, signer: Signer) -> bool:
    domain, *rest = (part.strip() for part in value.split(";"))
    if domain.lower().rstrip(".") not in signer.identities:
        return False
    more = {key.strip().lower(): text.strip() for key, _, text in (p.partition("=") for p in rest)}
    methods = more.get("validationmethods", f"{signer.proof}-01").split(",")
    if f"{signer.proof}-01" not in [method.strip() for method in methods]:
        return False
    return more.get("accounturi", signer.account) == signer.account


def _names(signer: Signer) -> str:
    return f"{' or '.join(sorted(signer.identities))} by {signer.proof}-01"

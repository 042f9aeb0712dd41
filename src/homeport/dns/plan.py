"""What is wanted and what is observed become changes, each with its reason. Pure."""

from __future__ import annotations

from collections.abc import Collection, Container, Mapping
from dataclasses import dataclass
from enum import StrEnum

from homeport.dns.model import Addresses, Observed


class Verb(StrEnum):
    """What becomes of a host's records."""

    MAKE = "MakeRecord"
    CHANGE = "ChangeRecord"
    REMOVE = "RemoveRecord"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One host, moved in one step: its addresses and the mark that says whose they are."""

    verb: Verb
    host: str
    mark: str  # the TXT value at _homeport.HOST, before and after; made or removed with the host
    a: tuple[str, ...] = ()
    aaaa: tuple[str, ...] = ()
    why: str = ""

    def __str__(self) -> str:
        values = ", ".join((*self.a, *self.aaaa))
        return f"{self.verb} {self.host} {values}".rstrip() + f" ({self.why})"

    @property
    def owner(self) -> str:
        """The app that the mark names."""
        return owner_of(self.mark)


@dataclass(frozen=True, slots=True, kw_only=True)
class Foreign:
    """A host that homeport serves, with records that it did not make: they stay."""

    host: str
    owner: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Changes in the order in which they are made, and what is left alone."""

    changes: tuple[Change, ...] = ()
    foreign: tuple[Foreign, ...] = ()

    def __str__(self) -> str:
        return "\n".join(str(change) for change in self.changes)


def mark_of(owner: str, instance: str) -> str:
    """What the TXT record says; the form is that of external-dns, with our name."""
    return f"heritage=homeport,instance={instance or 'default'},owner={owner}"


def owner_of(mark: str) -> str:
    """The app that a mark names."""
    return mark.rpartition("owner=")[2]


def plan(
    wanted: Mapping[str, str],
    observed: Mapping[str, Observed],
    *,
    addresses: Addresses,
    alive: Container[str],
    instance: str,
    wished: Mapping[str, Collection[str]] | None = None,
) -> Plan:
    """What has to be done.

    Args:
        wanted: routed host -> the app that owns it.
        observed: host -> what is there; a host that is not in it is not looked at this time.
        addresses: of the box.
        alive: apps that are there; a record outlives a moment in which its app routes nothing.
        instance: tells homeports that share a zone apart.
        wished: owner -> the hosts that it asks for, where that is known.
    """
    ours = f"heritage=homeport,instance={instance or 'default'},"
    changes: list[Change] = []
    foreign: list[Foreign] = []
    for host, found in sorted(observed.items()):
        mark = next((text for text in found.mark if text.startswith(ours)), "")
        if host not in wanted:
            if mark and (why := _why_gone(host, owner_of(mark), alive, wished or {})):
                changes.append(_remove(host, mark, found, why))
        elif not mark and (why := _whose(found)):
            foreign.append(Foreign(host=host, owner=wanted[host], why=why))
        elif addresses.known:
            changes += _made_or_changed(host, mark or mark_of(wanted[host], instance), found, mark)
    filled = (_filled(change, observed[change.host], addresses) for change in changes)
    kept = [change for change in filled if change is not None]
    # What goes is first: a provider may count records.
    kept.sort(key=lambda change: change.verb is not Verb.REMOVE)
    return Plan(changes=tuple(kept), foreign=tuple(foreign))


def _whose(found: Observed) -> str:
    if found.mark:
        return f"belongs to another: {found.mark[0]}"
    if found.cname:
        return "is a CNAME that homeport did not make"
    there = ", ".join((*found.a, *found.aaaa))
    return f"has records that homeport did not make: {there}" if there else ""


def _why_gone(
    host: str, owner: str, alive: Container[str], wished: Mapping[str, Collection[str]]
) -> str:
    """Why a host that is not routed is gone for good; "" where it is for a moment."""
    if owner not in alive:
        return f"app {owner} is gone"
    if owner in wished and host not in wished[owner]:
        return f"{owner} does not ask for it any more"
    return ""


def _remove(host: str, mark: str, found: Observed, why: str) -> Change:
    return Change(verb=Verb.REMOVE, host=host, mark=mark, a=found.a, aaaa=found.aaaa, why=why)


def _made_or_changed(host: str, mark: str, found: Observed, had: str) -> list[Change]:
    if not had:
        return [Change(verb=Verb.MAKE, host=host, mark=mark, why=f"{owner_of(mark)} is live")]
    return [Change(verb=Verb.CHANGE, host=host, mark=mark)]


def _filled(change: Change, found: Observed, addresses: Addresses) -> Change | None:
    """With the addresses; None where they are there already."""
    if change.verb is Verb.REMOVE:
        return change
    a = (addresses.v4,) if addresses.v4 else found.a
    aaaa = (addresses.v6,) if addresses.v6 else found.aaaa
    if change.verb is Verb.CHANGE and (a, aaaa) == (found.a, found.aaaa):
        return None
    was = ", ".join((*found.a, *found.aaaa)) or "nothing"
    why = change.why or f"was {was}"
    return Change(verb=change.verb, host=change.host, mark=change.mark, a=a, aaaa=aaaa, why=why)

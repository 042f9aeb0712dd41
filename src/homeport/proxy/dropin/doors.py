"""For which names a handshake is answered before nginx has read of their hosts. Pure.

A certificate says itself for which names it is good. A server for them, which knows no host, lets
visitors in by https as soon as a container is there: with the certificate and on the terms that
nginx will read of, or not at all. It stands last in the file and has regular expressions for names,
so that every host goes before it.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping

import msgspec
from msgspec.structs import replace

from homeport.model.tls import Certificate, terms_of
from homeport.proxy.dropin.files import Files
from homeport.proxy.dropin.model import Tls
from homeport.proxy.dropin.secure import tls_of
from homeport.proxy.dropin.settings import Settings
from homeport.proxy.tls.choose import Chosen, fault
from homeport.proxy.tls.entrance import entrance

_NAME = re.compile(r"(\*\.)?[a-z0-9_-]+(\.[a-z0-9_-]+)*")
_MOST = 32  # certificates: each is 0.2 ms of nginx's reading
Doors = Mapping[str, Tls]  # a name, or one with a wildcard -> how its handshake is answered


class Door(msgspec.Struct, frozen=True, kw_only=True):
    """A server, as it is written: how it answers, and nginx's names for whom."""

    tls: Tls
    names: tuple[str, ...]


def doors_of(
    certificates: Mapping[str, Certificate], *, settings: Settings, files: Files, now: float
) -> Doors:
    """By name, how a handshake can be answered before there is a host.

    Args:
        certificates: those that are there, by the name of their files.
        settings: of the proxy. Where one host answers for unknown names, there is no door.
        files: of the administrator. Where there are servers of theirs, one may answer for those.
        now: epoch.
    """
    found: dict[str, Tls] = {}
    if settings.default_host or files.servers or not settings.hold:
        return found
    for certificate in sorted(certificates.values(), key=lambda one: one.name):
        # Where visitors have to show a certificate, nginx has to have read so.
        if not fault(certificate, now) and not certificate.authority:
            tls = _usual(certificate, settings, files)
            good = (one.lower() for one in certificate.names)
            found |= {one: tls for one in good if _NAME.fullmatch(one) and one not in found}
    return found


def door_for(host: str, doors: Doors) -> Tls | None:
    """How a handshake for a host is answered before nginx has read of it, if at all."""
    return doors.get(host) or doors.get(f"*.{host.partition('.')[2]}")


def fits(door: Tls | None, tls: Tls | None) -> bool:
    """Whether a host is served by a door as it is to be: HSTS goes with each answer."""
    if door is None or tls is None:
        return False
    return door == replace(tls, hsts="", redirect="", why_not="")


def written(doors: Doors, hosts: Collection[str]) -> tuple[Door, ...]:
    """The servers that nginx needs beside these hosts, those of single names first."""
    found: dict[str, list[str]] = {}
    for name in doors.keys() - set(hosts):
        found.setdefault(doors[name].certificate, []).append(name)
    every = {tls.certificate: tls for tls in doors.values()}
    ordered = sorted(found.items(), key=lambda one: (any(map(_is_wild, one[1])), one[0]))
    return tuple(
        Door(tls=every[certificate], names=tuple(_patterns(names)))
        for certificate, names in ordered[:_MOST]
    )


def _usual(certificate: Certificate, settings: Settings, files: Files) -> Tls:
    """As of a host that says nothing; without what each answer says itself."""
    terms = terms_of([settings.defaults])
    chosen = Chosen(certificate=certificate, http=False)
    return replace(tls_of(chosen, entrance(chosen, terms), files), hsts="", redirect="")


def _patterns(names: Iterable[str]) -> Iterator[str]:
    for name in sorted(names):
        rest = name.removeprefix("*.").replace(".", "\\.")
        yield f'"~^[^.]+\\.{rest}$"' if _is_wild(name) else f'"~^{rest}$"'


def _is_wild(name: str) -> bool:
    return name.startswith("*.")

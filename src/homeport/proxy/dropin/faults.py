"""Which hosts nginx cannot have, by what it says; they are kept apart until they change. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable

import msgspec

from homeport.proxy.dropin.files import GENERATED, Files
from homeport.proxy.dropin.model import Host
from homeport.proxy.dropin.render import Page

_PLACE = re.compile(r" in (/\S+):(\d+)$")
_PATH = re.compile(r'"(/[^"]+)"')
# One for all hosts: none of them is at fault by itself.
_SHARED = ("/vhost.d/default", "/vhost.d/default_location", "/proxy.conf", "/network_internal.conf")


class Fault(msgspec.Struct, frozen=True, kw_only=True):
    """Why nginx could not have a host, as it was then."""

    host: Host
    stamp: tuple[tuple[str, int, int, int], ...]  # of the files that belong to it
    reason: str


def suspects(page: Page, complaint: str) -> tuple[str, ...]:
    """The hosts that a complaint of nginx's is about; none where it does not say."""
    place = _PLACE.search(complaint)
    if place and place[1].endswith(f"/{GENERATED}"):
        host = page.host_at(int(place[2]))
        return (host,) if host else ()
    paths = [place[1]] if place else []
    paths += _PATH.findall(complaint)
    return tuple(dict.fromkeys(host for path in paths for host in page.mentioning(path)))


def is_shared(complaint: str) -> bool:
    """Whether it is about a file that hosts share."""
    place = _PLACE.search(complaint)
    return bool(place and place[1].endswith(_SHARED))


def files_of(host: Host) -> frozenset[str]:
    """The paths of the files that belong to a host."""
    tls = host.tls
    paths = {host.include}
    for location in host.locations:
        paths |= {location.include, location.override, location.htpasswd}
    if tls:
        beside = (".crt", ".key", ".dhparam.pem", ".chain.pem", ".ca.crt", ".crl.pem")
        paths |= {f"{tls.certificate}{suffix}" for suffix in beside}
    return frozenset(paths - {""})


def fault_of(host: Host, reason: str, files: Files) -> Fault:
    """To be remembered."""
    return Fault(host=host, stamp=files.stamp_of(files_of(host)), reason=reason)


def with_faults(
    hosts: Iterable[Host], faults: dict[str, Fault], files: Files
) -> tuple[tuple[Host, ...], dict[str, Fault]]:
    """The hosts, those at fault marked; and the faults that still hold."""
    shown, kept = [], {}
    for host in hosts:
        known = faults.get(host.host)
        if known and known == fault_of(host, known.reason, files):
            kept[host.host] = known
            shown.append(msgspec.structs.replace(host, fault=known.reason))
        else:
            shown.append(host)
    return tuple(shown), kept

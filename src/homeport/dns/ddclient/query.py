"""`-query`: what each way to an address finds, here and now."""

from __future__ import annotations

from collections.abc import Iterator

from homeport.dns.ddclient.believe import Found
from homeport.dns.ddclient.discover import Finder
from homeport.dns.ddclient.look import sender_of
from homeport.dns.ddclient.settle import Settled


def ways(settled: Settled) -> Iterator[tuple[str, Found]]:
    """Interfaces of this machine first, then what the file or the flags name."""
    from homeport.dns.interface import now

    for one in now():
        if not one.address.startswith(("127.", "fe80:")) and one.address != "::1":
            yield f"use=if, if={one.interface}", Found(address=one.address)
    finder = Finder(settled, sender_of(settled))
    named = {
        (settled.get(use, host), use)
        for host in settled.hosts.values()
        for use in ("use", "usev4", "usev6")
    }
    for way, use in sorted(named):
        if way not in ("if", "ifv4", "ifv6", "disabled", "no", ""):
            yield f"{use}={way}", finder.find(way, use.removeprefix("use").removeprefix("v"), None)

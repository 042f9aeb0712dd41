"""At which addresses nginx listens for a host. Pure."""

from __future__ import annotations

from homeport.proxy.dropin.model import Host, ports_of
from homeport.proxy.dropin.settings import Settings


def https_listens(settings: Settings, host: Host) -> list[str]:
    """By https, and by QUIC where the host wants it: at its port and the proxy's own."""
    ports = dict.fromkeys((ports_of(host, settings)[1], settings.https_port))
    return [at for port in ports for at in _https(settings, host, port)]


def plain_listens(settings: Settings, port: int) -> list[str]:
    """At a port, whatever is said before."""
    return [str(port), *([f"[::]:{port}"] if settings.ipv6 else [])]


def listens(settings: Settings, port: int, ending: str) -> list[str]:
    """At a port, with what a proxy before this one says first."""
    protocol = " proxy_protocol" if settings.proxy_protocol else ""
    return [f"{one}{ending}{protocol}" for one in plain_listens(settings, port)]


def _https(settings: Settings, host: Host, port: int) -> list[str]:
    ending = " default_server" if host.default else ""
    tcp = [f"{one} ssl" for one in listens(settings, port, ending)]
    if not host.options.http3:
        return tcp
    return [*tcp, *(f"{one} quic" for one in plain_listens(settings, port))]

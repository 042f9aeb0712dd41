"""How nginx listens for a host: from what is chosen to what the template prints. Pure.

Nothing of a container is printed but numbers, words of a closed list, and a digest.
"""

from __future__ import annotations

from dataclasses import dataclass

from homeport.model.tls import Certificate, Terms
from homeport.model.wish import VerifyClient
from homeport.proxy.tls.choose import Chosen
from homeport.proxy.tls.policies import POLICIES

# Where nginx's container sees the copies of good certificates.
COPIES = "/etc/homeport/tls"
_HTTPS = 443


@dataclass(frozen=True, slots=True, kw_only=True)
class Entrance:
    """Ports, certificate and TLS of one server."""

    http: bool = True
    redirect: str = ""  # where port 80 leads to; "" nowhere
    redirect_other: int = 308  # the status for methods other than GET and HEAD
    certificate: str = ""  # a path without its suffix; "" none
    protocols: str = ""
    ciphers: str = ""
    ours_first: bool = False
    dhparam: bool = False
    verify: str = ""  # whether clients show a certificate
    revoked: bool = False
    hsts: str = ""
    http2: bool = True
    http3: bool = False
    port: int = _HTTPS  # at which visitors reach it

    @property
    def elsewhere(self) -> str:
        """What stands behind a name that is not reached at the usual port."""
        return "" if self.port == _HTTPS else f":{self.port}"


def entrance(chosen: Chosen, terms: Terms, *, port: int = _HTTPS) -> Entrance:
    """The entrance of a host.

    Args:
        chosen: its certificate, if any, and what port 80 does.
        terms: what it asks for.
        port: the proxy's own for https, as visitors see it.
    """
    if chosen.certificate is None:
        return Entrance(http=chosen.http)
    policy, at = POLICIES[terms.policy], terms.external_port or port
    there = "" if at == _HTTPS else f":{at}"
    verify = terms.verify if chosen.certificate.authority else VerifyClient.OFF
    return Entrance(
        http=chosen.http,
        redirect=f"https://$host{there}" if chosen.redirect else "",
        redirect_other=terms.redirect_other,
        certificate=f"{COPIES}/{chosen.certificate.digest}",
        protocols=" ".join(policy.protocols),
        ciphers=policy.openssl,
        ours_first=policy.ours_first,
        dhparam=chosen.certificate.dhparam,
        verify="" if verify is VerifyClient.OFF else verify,
        revoked=chosen.certificate.revoked,
        # RFC 6797, 7.2: not over http.
        hsts="" if chosen.http else terms.hsts,
        http2=terms.http2,
        http3=terms.http3,
        port=at,
    )


def default_entrance(certificate: Certificate) -> Entrance:
    """For names that no site has: the default certificate, where there is one."""
    return entrance(Chosen(certificate=certificate, http=False), Terms(hsts=""))

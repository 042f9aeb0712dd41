"""https: which certificate a host has, and what port 80 does then. Pure.

The rules are those of `proxy.tls`; the files stay where people put them, as they know them.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec.structs import replace

from homeport.model.tls import Certificate, terms_of
from homeport.model.wish import AcmeChallenge, HttpsMethod
from homeport.proxy.dropin.files import Files
from homeport.proxy.dropin.model import Host, Tls
from homeport.proxy.dropin.reach import plain
from homeport.proxy.dropin.settings import Settings
from homeport.proxy.tls.choose import DEFAULT, Chosen, choose, fault
from homeport.proxy.tls.entrance import Entrance, entrance


def with_tls(
    host: Host,
    certificates: Mapping[str, Certificate],
    *,
    settings: Settings,
    files: Files,
    now: float,
) -> Host:
    """A host, as it is served at both ports.

    Args:
        host: as it is served over http.
        certificates: those that are there, by the name of their files.
        settings: of the proxy.
        files: of the administrator.
        now: epoch; a certificate that expired is as good as none.
    """
    terms = terms_of([host.options])
    chosen = choose(host.host, terms, certificates, now=now)
    wanted = terms.method is not HttpsMethod.NOHTTPS
    # Without any certificate, there is one server less for each host: nobody is let in anyway.
    tls = tls_of(chosen, entrance(chosen, terms, port=settings.https_port), files)
    shown = tls if wanted and (certificates or chosen.certificate) else None
    legacy = host.options.acme_challenge is AcmeChallenge.LEGACY
    return replace(
        host, http=chosen.http, tls=shown, acme=host.acme or (legacy and chosen.redirect)
    )


def default_certificate(certificates: Mapping[str, Certificate], files: Files, now: float) -> str:
    """The path, without its suffix, of the one for names that nobody has; "" where none is."""
    found = certificates.get(DEFAULT)
    usable = found is not None and not fault(found, now)
    return f"{files.root}/certs/{DEFAULT}" if usable else ""


def tls_of(chosen: Chosen, entered: Entrance, files: Files) -> Tls:
    """How a certificate is served on these terms; why there is none, where there is none."""
    if chosen.certificate is None:
        return Tls(why_not=plain(chosen.why_not))
    path = f"{files.root}/certs/{chosen.certificate.name}"
    chain = f"{chosen.certificate.name}.chain.pem"
    return Tls(
        certificate=path,
        protocols=entered.protocols,
        ciphers=entered.ciphers,
        ours_first=entered.ours_first,
        dhparam=f"{path}.dhparam.pem" if entered.dhparam else "",
        trusted=f"{path}.chain.pem" if chain in files.certs else "",
        authority=f"{path}.ca.crt" if entered.verify else "",
        revoked=f"{path}.crl.pem" if entered.revoked else "",
        verify=entered.verify,
        hsts=entered.hsts,
        redirect=entered.redirect,
    )

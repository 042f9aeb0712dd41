"""TLS of a host: what its container asks for, and the certificates that there are. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from homeport.model.wish import AcmeChallenge, HttpsMethod, Options, VerifyClient

_HSTS = "max-age=31536000"
_POLICY = "Mozilla-Intermediate"


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a host asks of nginx, TLS above all, whichever of its paths is asked for."""

    method: HttpsMethod = HttpsMethod.REDIRECT
    hsts: str = _HSTS  # "" for none
    policy: str = _POLICY
    certificate: str = ""  # CERT_NAME: the files' name without .crt; "" finds one by the host
    default_certificate: bool = True  # whether default.crt serves where there is no other
    http_without_certificate: bool = True  # ENABLE_HTTP_ON_MISSING_CERT
    verify: VerifyClient = VerifyClient.ON  # where HOST.ca.crt says who signs those of clients
    http2: bool = True
    http3: bool = False
    external_port: int = 0  # to which port 80 leads; 0: the proxy's own
    redirect_other: int = 308  # the status that leads methods other than GET and HEAD
    server_tokens: str = ""  # nginx's own directive; "": off
    challenged: AcmeChallenge = AcmeChallenge.TRUE  # whether files answer certificate authorities


def terms_of(said: Iterable[Options]) -> Terms:
    """The terms of a host: of what several containers say, the first that is said."""
    options = list(said)

    def first(name: str, default: Any) -> Any:
        values = (getattr(one, name) for one in options)
        return next((value for value in values if value not in (None, "", 0)), default)

    hsts = first("hsts", _HSTS)
    return Terms(
        method=first("https_method", HttpsMethod.REDIRECT),
        hsts="" if hsts == "off" else hsts,
        policy=first("ssl_policy", _POLICY),
        certificate=first("cert_name", ""),
        default_certificate=_yes(options, "trust_default_cert", default=True),
        http_without_certificate=_yes(options, "http_on_missing_cert", default=True),
        verify=first("verify_client", VerifyClient.ON),
        http2=_yes(options, "http2", default=True),
        http3=_yes(options, "http3", default=False),
        external_port=first("external_https_port", 0),
        redirect_other=first("non_get_redirect", 308),
        server_tokens=first("server_tokens", ""),
        challenged=first("acme_challenge", AcmeChallenge.TRUE),
    )


def _yes(options: Iterable[Options], name: str, *, default: bool) -> bool:
    said = (getattr(one, name) for one in options)
    return next((bool(value) for value in said if value is not None), default)


DEFAULT_TERMS = Terms()


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A pair of files NAME.crt and NAME.key, and what lies beside them under that name."""

    name: str
    names: tuple[str, ...] = ()  # for which hosts it is good, as it says itself
    not_after: float = 0.0  # epoch
    digest: str = ""  # of all its files: a new one is another
    fault: str = ""  # why nginx cannot have it; "" where it can
    copied: bool = True  # whether it could be copied for nginx: a full disk is no fault of its own
    dhparam: bool = False  # whether NAME.dhparam.pem is there
    authority: bool = False  # NAME.ca.crt: who signs the certificates of clients
    revoked: bool = False  # NAME.crl.pem

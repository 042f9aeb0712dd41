"""TLS of a host: what its container asks for, and the certificates that there are. Pure."""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum

from homeport.errors import RequestError


class HttpsMethod(StrEnum):
    """What port 80 and port 443 answer (nginx-proxy's HTTPS_METHOD)."""

    REDIRECT = "redirect"  # 80 leads to 443, where there is a certificate
    NOREDIRECT = "noredirect"  # both serve
    NOHTTP = "nohttp"  # 443 alone
    NOHTTPS = "nohttps"  # 80 alone


class Verify(StrEnum):
    """Whether a client has to show a certificate (nginx, ssl_verify_client)."""

    ON = "on"
    OPTIONAL = "optional"
    OPTIONAL_NO_CA = "optional_no_ca"
    OFF = "off"


@dataclass(frozen=True, slots=True, kw_only=True)
class Hsts:
    """Strict-Transport-Security (RFC 6797)."""

    max_age: int = 31_536_000
    subdomains: bool = False
    preload: bool = False

    def __str__(self) -> str:
        parts = [f"max-age={self.max_age}"]
        parts += ["includeSubDomains"] * self.subdomains + ["preload"] * self.preload
        return "; ".join(parts)


# The names of nginx-proxy's SSL_POLICY; proxy.tls.policies says what each is.
POLICIES = (
    "Mozilla-Modern",
    "Mozilla-Intermediate",
    "Mozilla-Old",
    "AWS-TLS13-1-3-2021-06",
    "AWS-TLS13-1-2-2021-06",
    "AWS-TLS13-1-2-Res-2021-06",
    "AWS-TLS13-1-2-Ext1-2021-06",
    "AWS-TLS13-1-2-Ext2-2021-06",
    "AWS-TLS13-1-1-2021-06",
    "AWS-TLS13-1-0-2021-06",
    "AWS-FS-1-2-Res-2020-10",
    "AWS-FS-1-2-Res-2019-08",
    "AWS-FS-1-2-2019-08",
    "AWS-FS-1-1-2019-08",
    "AWS-FS-2018-06",
    "AWS-TLS-1-2-Ext-2018-06",
    "AWS-TLS-1-2-2017-01",
    "AWS-TLS-1-1-2017-01",
    "AWS-2016-08",
    "AWS-2015-05",
    "AWS-2015-03",
    "AWS-2015-02",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a host asks of TLS, whichever of its paths is asked for."""

    method: HttpsMethod = HttpsMethod.REDIRECT
    hsts: Hsts | None = Hsts()
    policy: str = "Mozilla-Intermediate"
    certificate: str = ""  # CERT_NAME: the files' name without .crt; "" finds one by the host
    default_certificate: bool = True  # whether default.crt serves where there is no other
    http_without_certificate: bool = True  # ENABLE_HTTP_ON_MISSING_CERT
    verify: Verify = Verify.ON  # where there is an authority for clients: HOST.ca.crt
    http2: bool = True
    http3: bool = False
    external_port: int = 0  # to which port 80 leads; 0: the proxy's own
    redirect_other: int = 308  # the status that leads methods other than GET and HEAD


@dataclass(frozen=True, slots=True, kw_only=True)
class Certificate:
    """A pair of files NAME.crt and NAME.key, and what lies beside them under that name."""

    name: str
    names: tuple[str, ...] = ()  # for which hosts it is good, as it says itself
    not_after: float = 0.0  # epoch
    digest: str = ""  # of all its files: a new one is another
    fault: str = ""  # why nginx cannot have it; "" where it can
    dhparam: bool = False  # whether NAME.dhparam.pem is there
    authority: bool = False  # NAME.ca.crt: who signs the certificates of clients
    revoked: bool = False  # NAME.crl.pem


_HSTS = re.compile(r"max-age=(\d{1,10})", re.IGNORECASE)
_FILE = re.compile(r"[A-Za-z0-9_*][A-Za-z0-9_.*-]{0,252}")


def read_method(text: str) -> HttpsMethod:
    """HTTPS_METHOD.

    Raises:
        RequestError: it is none.
    """
    return HttpsMethod(_one_of("HTTPS_METHOD", text.strip().lower(), tuple(HttpsMethod)))


def read_policy(text: str) -> str:
    """SSL_POLICY.

    Raises:
        RequestError: there is none of that name.
    """
    return _one_of("SSL_POLICY", text.strip(), POLICIES)


def read_verify(text: str) -> Verify:
    """ssl_verify_client.

    Raises:
        RequestError: it is none.
    """
    return Verify(_one_of("ssl_verify_client", text.strip().lower(), tuple(Verify)))


def read_hsts(text: str) -> Hsts | None:
    """HSTS: `off`, or `max-age=N; includeSubDomains; preload`.

    Raises:
        RequestError: it is neither.
    """
    if text.strip().lower() == "off":
        return None
    first, *more = (part.strip() for part in text.strip().rstrip(";").split(";"))
    found, flags = _HSTS.fullmatch(first), [part.lower() for part in more]
    if not found or not set(flags) <= {"includesubdomains", "preload"}:
        hint = "off, or for example max-age=31536000; includeSubDomains"
        raise RequestError(f"HSTS {text[:80]!r} cannot be", hint=hint)
    return Hsts(
        max_age=int(found[1]), subdomains="includesubdomains" in flags, preload="preload" in flags
    )


def read_certificate_name(text: str) -> str:
    """CERT_NAME: the name of files in the folder of certificates, without .crt.

    Raises:
        RequestError: it is no name of a file.
    """
    name = text.strip()
    if not _FILE.fullmatch(name):
        raise RequestError(f"CERT_NAME {text[:80]!r} is no name of a certificate")
    return name


def _one_of(name: str, text: str, known: tuple[str, ...]) -> str:
    if text not in known:
        raise RequestError(f"{name} {text[:80]!r} is none", hint=f"known: {', '.join(known)}")
    return text

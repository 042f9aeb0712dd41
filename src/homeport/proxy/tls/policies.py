"""What each SSL_POLICY allows: Mozilla's three, and those of Amazon's load balancers. Pure.

Mozilla: guidelines 5.7 (wiki.mozilla.org/Security/Server_Side_TLS). Amazon: the security policies
of Application and Classic Load Balancers. An OpenSSL passes over suites that it does not know any
more (3DES).
"""

from __future__ import annotations

from dataclasses import dataclass

_V10, _V11, _V12, _V13 = "TLSv1", "TLSv1.1", "TLSv1.2", "TLSv1.3"


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """Protocols and suites; no suites where TLS 1.3 alone is spoken, whose are all good."""

    protocols: tuple[str, ...]
    ciphers: tuple[str, ...] = ()
    ours_first: bool = False  # whether the server's order of suites counts

    @property
    def openssl(self) -> str:
        """The suites in OpenSSL's notation."""
        # OpenSSL 3 speaks TLS before 1.2 at security level 0 alone.
        old = ("@SECLEVEL=0",) if {_V10, _V11} & set(self.protocols) else ()
        return ":".join((*self.ciphers, *old))


_GCM = (
    "ECDHE-ECDSA-AES128-GCM-SHA256",
    "ECDHE-RSA-AES128-GCM-SHA256",
    "ECDHE-ECDSA-AES256-GCM-SHA384",
    "ECDHE-RSA-AES256-GCM-SHA384",
)
_CHACHA = ("ECDHE-ECDSA-CHACHA20-POLY1305", "ECDHE-RSA-CHACHA20-POLY1305")
_DHE = ("DHE-RSA-AES128-GCM-SHA256", "DHE-RSA-AES256-GCM-SHA384", "DHE-RSA-CHACHA20-POLY1305")
_CBC = (
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA384",
)
_CBC_SHA1 = (
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-RSA-AES256-SHA",
    "ECDHE-ECDSA-AES256-SHA",
)
# Without forward secrecy.
_RSA = ("AES128-GCM-SHA256", "AES128-SHA256", "AES256-GCM-SHA384", "AES256-SHA256")
_RSA_SHA1 = ("AES128-SHA", "AES256-SHA")
_MOZILLA_OLD = (
    *_GCM,
    *_CHACHA,
    *_DHE,
    "ECDHE-ECDSA-AES128-SHA256",
    "ECDHE-RSA-AES128-SHA256",
    "ECDHE-ECDSA-AES128-SHA",
    "ECDHE-RSA-AES128-SHA",
    "ECDHE-ECDSA-AES256-SHA384",
    "ECDHE-RSA-AES256-SHA384",
    "ECDHE-ECDSA-AES256-SHA",
    "ECDHE-RSA-AES256-SHA",
    "DHE-RSA-AES128-SHA256",
    "DHE-RSA-AES256-SHA256",
    "AES128-GCM-SHA256",
    "AES256-GCM-SHA384",
    "AES128-SHA256",
    "AES256-SHA256",
    "AES128-SHA",
    "AES256-SHA",
    "DES-CBC3-SHA",
)
_FORWARD = (*_GCM, *_CBC, *_CBC_SHA1)
_ALL = (*_FORWARD, *_RSA, *_RSA_SHA1)
_12_13, _11_12, _10_12 = (_V12, _V13), (_V11, _V12), (_V10, _V11, _V12)


def _amazon(protocols: tuple[str, ...], *suites: str) -> Policy:
    return Policy(protocols=protocols, ciphers=suites, ours_first=True)


POLICIES = {
    "Mozilla-Modern": Policy(protocols=(_V13,)),
    "Mozilla-Intermediate": Policy(protocols=_12_13, ciphers=(*_GCM, *_CHACHA, *_DHE)),
    "Mozilla-Old": Policy(protocols=(*_10_12, _V13), ciphers=_MOZILLA_OLD, ours_first=True),
    "AWS-TLS13-1-3-2021-06": Policy(protocols=(_V13,), ours_first=True),
    "AWS-TLS13-1-2-2021-06": _amazon(_12_13, *_GCM, *_CBC),
    "AWS-TLS13-1-2-Res-2021-06": _amazon(_12_13, *_GCM),
    "AWS-TLS13-1-2-Ext1-2021-06": _amazon(_12_13, *_GCM, *_CBC, *_RSA),
    "AWS-TLS13-1-2-Ext2-2021-06": _amazon(_12_13, *_ALL),
    "AWS-TLS13-1-1-2021-06": _amazon((*_11_12, _V13), *_ALL),
    "AWS-TLS13-1-0-2021-06": _amazon((*_10_12, _V13), *_ALL),
    "AWS-FS-1-2-Res-2020-10": _amazon((_V12,), *_GCM),
    "AWS-FS-1-2-Res-2019-08": _amazon((_V12,), *_GCM, *_CBC),
    "AWS-FS-1-2-2019-08": _amazon((_V12,), *_FORWARD),
    "AWS-FS-1-1-2019-08": _amazon(_11_12, *_FORWARD),
    "AWS-FS-2018-06": _amazon(_10_12, *_FORWARD),
    "AWS-TLS-1-2-Ext-2018-06": _amazon((_V12,), *_ALL),
    "AWS-TLS-1-2-2017-01": _amazon((_V12,), *_GCM, *_CBC, *_RSA),
    "AWS-TLS-1-1-2017-01": _amazon(_11_12, *_ALL),
    "AWS-2016-08": _amazon(_10_12, *_ALL),
    "AWS-2015-05": _amazon(_10_12, *_ALL, "DES-CBC3-SHA"),
    "AWS-2015-03": _amazon(_10_12, *_ALL, "DHE-RSA-AES128-SHA", "DES-CBC3-SHA"),
    "AWS-2015-02": _amazon(_10_12, *_ALL, "DHE-RSA-AES128-SHA"),
}

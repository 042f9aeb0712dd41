"""AWS Signature Version 4: who asks, proven without showing the secret. Pure.

Source: AWS, "Create a signed AWS API request".
"""

from __future__ import annotations

import hashlib
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import parse_qsl, quote, urlsplit

_ALGORITHM = "AWS4-HMAC-SHA256"


@dataclass(frozen=True, slots=True, kw_only=True)
class Credentials:
    """Who asks, and what for."""

    key: str
    secret: str = field(repr=False)
    region: str
    service: str


def signed(
    credentials: Credentials, method: str, url: str, headers: Mapping[str, str], body: bytes,
    *, now: float,
) -> dict[str, str]:  # fmt: skip
    """The headers that are to be sent: those that were given, the time, and the proof.

    Args:
        credentials: of who asks.
        method: of the request.
        url: whole.
        headers: those that are signed besides `host`.
        body: as it is sent.
        now: seconds since the epoch.
    """
    moment = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime(now))
    where = urlsplit(url)
    given = {name.lower(): value.strip() for name, value in headers.items()}
    shown = dict(sorted({**given, "host": where.netloc, "x-amz-date": moment}.items()))
    names = ";".join(shown)
    canonical = "\n".join(
        [
            method,
            quote(where.path or "/", safe="/~"),
            _query(where.query),
            *(f"{name}:{value}" for name, value in shown.items()),
            "",
            names,
            hashlib.sha256(body).hexdigest(),
        ]
    )
    scope = f"{moment[:8]}/{credentials.region}/{credentials.service}/aws4_request"
    digest = hashlib.sha256(canonical.encode()).hexdigest()
    text = f"{_ALGORITHM}\n{moment}\n{scope}\n{digest}"
    signature = hmac.digest(_key(credentials, moment[:8]), text.encode(), "sha256").hex()
    proof = f"Credential={credentials.key}/{scope}, SignedHeaders={names}, Signature={signature}"
    return {**headers, "X-Amz-Date": moment, "Authorization": f"{_ALGORITHM} {proof}"}


def _query(text: str) -> str:
    pairs = sorted(parse_qsl(text, keep_blank_values=True))
    return "&".join(f"{quote(k, safe='~')}={quote(v, safe='~')}" for k, v in pairs)


def _key(credentials: Credentials, day: str) -> bytes:
    key = f"AWS4{credentials.secret}".encode()
    for part in (day, credentials.region, credentials.service, "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    return key

"""dnspython, without what it brings for HTTPS and QUIC: 12 MB where those are installed."""

from __future__ import annotations

import dns._features

for _feature in ("doh", "doq"):
    dns._features.force(_feature, enabled=False)

import dns.asyncquery as asyncquery  # noqa: E402 - it looks at what it may bring when it is imported
import dns.asyncresolver as asyncresolver  # noqa: E402

__all__ = ["asyncquery", "asyncresolver"]

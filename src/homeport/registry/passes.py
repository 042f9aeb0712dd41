"""Passes: what the registry's clients show after they showed a token. Signed, good for minutes.

Opaque to everybody but the daemon, so no keys are handed around; a token that is revoked ends its
passes, since each request is asked for. Pure.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

import msgspec

GOOD_FOR = 300  # seconds


class Pass(msgspec.Struct, frozen=True, kw_only=True):
    """Who showed a token, and what it granted. `token` is "" for nobody in particular."""

    token: str
    access: Mapping[str, Sequence[str]]  # repository -> actions
    until: int  # an epoch


def seal(granted: Pass, key: bytes) -> str:
    """A pass as text."""
    payload = msgspec.json.encode(granted)
    return f"{_text(payload)}.{_text(_signature(payload, key))}"


def unseal(text: str, key: bytes, *, now: float) -> Pass | None:
    """The pass that a text is; None where it is none of ours, or no longer good."""
    payload, _, signature = text.partition(".")
    try:
        content = _bytes(payload)
        if not hmac.compare_digest(_signature(content, key), _bytes(signature)):
            return None
        found = msgspec.json.decode(content, type=Pass)
    except (binascii.Error, ValueError):
        return None
    return found if now < found.until else None


def _signature(payload: bytes, key: bytes) -> bytes:
    return hmac.new(key, payload, hashlib.sha256).digest()


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)

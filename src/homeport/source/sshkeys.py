"""Public keys as people have them: read, judged, and known by their fingerprint. Pure.

Sources: RFC 4253 6.6 (the blob of a key), RFC 5656 (ECDSA), RFC 8709 (Ed25519), sshd(8)
"AUTHORIZED_KEYS FILE FORMAT".
"""

from __future__ import annotations

import base64
import binascii
import hashlib
from dataclasses import dataclass

from homeport.errors import RequestError

_KINDS = (
    "ssh-ed25519",
    "ecdsa-sha2-nistp256",
    "ecdsa-sha2-nistp384",
    "ecdsa-sha2-nistp521",
    "sk-ssh-ed25519@openssh.com",
    "sk-ecdsa-sha2-nistp256@openssh.com",
    "ssh-rsa",
)
_RSA_BITS = 2048  # the fewest that OpenSSH itself accepts since 9.x is 1024; NIST wants these
_HINT = "ssh-keygen -t ed25519 makes one; the file ends with .pub"


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key that may be trusted."""

    kind: str
    text: str  # `ssh-ed25519 AAAA...`, without the comment
    comment: str
    fingerprint: str  # SHA256:..., as ssh shows it


def read_key(text: str) -> PublicKey:
    """A line of a `.pub` file.

    Raises:
        RequestError: it is none, or one that is too weak; the message says which.
    """
    kind, _, rest = _only_line(text).partition(" ")
    encoded, _, comment = rest.strip().partition(" ")
    _check_kind(kind)
    blob = _blob(encoded)
    fields = _fields(blob)
    if not fields or fields[0] != kind.encode():
        raise RequestError("the key is damaged: its text does not say what its kind is", hint=_HINT)
    _check_strength(kind, fields)
    return PublicKey(
        kind=kind,
        text=f"{kind} {encoded}",
        comment=comment.strip()[:100],
        fingerprint=fingerprint(blob),
    )


def _only_line(text: str) -> str:
    lines = [line for line in text.strip().splitlines() if line.strip()]
    if "PRIVATE KEY" in text:
        raise RequestError("this is a private key: keep it, and give the public one", hint=_HINT)
    if len(lines) != 1:
        raise RequestError("one public key is wanted, on one line", hint=_HINT)
    return lines[0].strip()


def _check_kind(kind: str) -> None:
    if kind == "ssh-dss":
        raise RequestError("DSA keys are too weak", hint=_HINT)
    if kind not in _KINDS:
        raise RequestError(f"{kind[:40]!r} is no kind of key that is known", hint=_HINT)


def fingerprint(blob: bytes) -> str:
    """As `ssh-keygen -l` shows it."""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return f"SHA256:{digest}"


def _blob(encoded: str) -> bytes:
    try:
        return base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise RequestError("the key is damaged: it is no base64", hint=_HINT) from error


def _fields(blob: bytes) -> list[bytes]:
    """The strings of a blob; none where it is cut."""
    found, at = [], 0
    while at + 4 <= len(blob):
        size = int.from_bytes(blob[at : at + 4])
        if at + 4 + size > len(blob):
            return []
        found.append(blob[at + 4 : at + 4 + size])
        at += 4 + size
    return found if at == len(blob) else []


def _check_strength(kind: str, fields: list[bytes]) -> None:
    if kind == "ssh-rsa":
        bits = int.from_bytes(fields[2]).bit_length() if len(fields) == 3 else 0
        if bits < _RSA_BITS:
            raise RequestError(f"an RSA key of {bits} bits is too weak: {_RSA_BITS}", hint=_HINT)
    elif kind == "ssh-ed25519" and [len(field) for field in fields[1:]] != [32]:
        raise RequestError("the key is damaged: an Ed25519 key has 32 bytes", hint=_HINT)

"""`secure:` values of a `.travis.yml`: encrypted for one app, by anybody, opened by its box alone.

RSA of 3072 bits with OAEP and SHA-256 (RFC 8017). Travis's own keys are Travis's: what was
encrypted for it cannot be opened here.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Iterable

from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from homeport.errors import RequestError
from homeport.pipeline.travis.model import Variable

_BITS = 3072
LONGEST = _BITS // 8 - 66  # bytes that fit, by RFC 8017 7.1.1


def make_key() -> str:
    """A private key, as PEM. It takes a moment."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=_BITS)
    return key.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def encrypt(key: str, text: str) -> str:
    """What stands behind `secure:`.

    Raises:
        RequestError: the text is too long.
    """
    data = text.encode()
    if len(data) > LONGEST:
        raise RequestError(
            f"{len(data)} bytes are too many to encrypt: {LONGEST}",
            hint="homeport secret set keeps longer ones on the box",
        )
    return base64.b64encode(_private(key).public_key().encrypt(data, _PADDING)).decode()


def opened(key: str, variables: Iterable[Variable]) -> dict[str, str]:
    """Encrypted -> plain text, of those variables that this key opens."""
    private, found = _private(key), {}
    for variable in variables:
        try:
            data = base64.b64decode("".join(variable.value.split()), validate=True)
            found[variable.value] = private.decrypt(data, _PADDING).decode()
        except (ValueError, binascii.Error):
            continue
    return found


def _private(key: str) -> rsa.RSAPrivateKey:
    found = serialization.load_pem_private_key(key.encode(), None)
    assert isinstance(found, rsa.RSAPrivateKey)
    return found


_PADDING = padding.OAEP(mgf=padding.MGF1(hashes.SHA256()), algorithm=hashes.SHA256(), label=None)

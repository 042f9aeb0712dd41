"""Private keys and certificates, by cryptography: for the process alone that orders."""

from __future__ import annotations

import base64
from collections.abc import Collection, Iterable

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
    load_pem_private_key,
)

from homeport.certs.chains import end_of
from homeport.certs.model import Held, Holder

PrivateKey = ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey
_CURVES: dict[str, ec.EllipticCurve] = {"ec-256": ec.SECP256R1(), "ec-384": ec.SECP384R1()}


def new_key(kind: str = "ec-256") -> PrivateKey:
    """A new private key: ec-256, ec-384, or RSA with so many bits."""
    if kind in _CURVES:
        return ec.generate_private_key(_CURVES[kind])
    return rsa.generate_private_key(public_exponent=65537, key_size=int(kind))


def kind_of(key: PrivateKey) -> str:
    """As `new_key` takes it."""
    if isinstance(key, rsa.RSAPrivateKey):
        return str(key.key_size)
    return next((kind for kind, one in _CURVES.items() if one.name == key.curve.name), "")


def to_pem(key: PrivateKey) -> bytes:
    """PKCS #8, as nginx reads it."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def from_pem(text: bytes) -> PrivateKey:
    """The key in a file of ours."""
    key = load_pem_private_key(text, None)
    assert isinstance(key, ec.EllipticCurvePrivateKey | rsa.RSAPrivateKey)
    return key


def signing_request(key: PrivateKey, names: Iterable[str]) -> x509.CertificateSigningRequest:
    """What an authority is asked to sign."""
    every = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
    builder = x509.CertificateSigningRequestBuilder().subject_name(x509.Name([]))
    return builder.add_extension(every, critical=False).sign(key, hashes.SHA256())


def described(chain: bytes, holder: Holder) -> Held:
    """What is to be known of a certificate; the first of a chain.

    Raises:
        ValueError: it is none.
    """
    leaf = x509.load_pem_x509_certificates(chain)[0]
    return Held(
        names=_names(leaf),
        directory=holder.directory,
        not_before=leaf.not_valid_before_utc.timestamp(),
        not_after=leaf.not_valid_after_utc.timestamp(),
        serial=f"{leaf.serial_number:x}",
        fingerprint=leaf.fingerprint(hashes.SHA256()).hex(),
        renewal_id=_renewal_id(leaf),
        email=holder.email,
        key_id=holder.key_id,
        chain=end_of(chain),
    )


def why_not(chain: bytes, key: PrivateKey, names: Collection[str], now: float) -> str:
    """Why a certificate is not one for this key and these names; "" where it is.

    Raises:
        ValueError: it is none.
    """
    form = (Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    leaf = x509.load_pem_x509_certificates(chain)[0]
    if leaf.public_key().public_bytes(*form) != key.public_key().public_bytes(*form):
        return "what is no certificate for the key"
    if missing := sorted(set(names) - set(_names(leaf))):
        return f"a certificate that is not good for {', '.join(missing)}"
    if (end := leaf.not_valid_after_utc).timestamp() <= now:
        return f"a certificate that has expired at {end:%F %H:%M}: is the clock of this box right?"
    return ""


def _names(leaf: x509.Certificate) -> tuple[str, ...]:
    try:
        found = leaf.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except x509.ExtensionNotFound:
        return ()
    return tuple(found.value.get_values_for_type(x509.DNSName))


def _renewal_id(leaf: x509.Certificate) -> str:
    """RFC 9773, 4.1: the key identifier of its authority and its serial number; "" without one."""
    try:
        found = leaf.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier)
    except x509.ExtensionNotFound:
        return ""
    number = leaf.serial_number
    # As DER has it: a leading zero where the first bit would make it negative.
    serial = number.to_bytes(number.bit_length() // 8 + 1, "big")
    return f"{_base64(found.value.key_identifier or b'')}.{_base64(serial)}"


def _base64(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")

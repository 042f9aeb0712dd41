"""Certificates for tests: made on the spot, good or bad as it is asked for."""

from __future__ import annotations

import ipaddress
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

Key = ec.EllipticCurvePrivateKey


def issue(
    folder: Path,
    name: str,
    *hosts: str,
    seconds: float = 86_400,
    since: float = -172_800,
    by: tuple[x509.Certificate, Key] | None = None,
) -> tuple[x509.Certificate, Key]:
    """Write NAME.crt and NAME.key, good for these hosts and this long; signed by itself or `by`.

    `since`, `seconds`: from now, when it begins and ends to be good.
    """
    key = ec.generate_private_key(ec.SECP256R1())
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signer = by or (None, key)
    names = [_general(host) for host in (hosts or (name,))]
    made = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(signer[0].subject if signer[0] else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(seconds=since))
        .not_valid_after(now + timedelta(seconds=seconds))
        .add_extension(x509.SubjectAlternativeName(names), critical=False)
        .add_extension(x509.BasicConstraints(ca=by is None, path_length=None), critical=True)
        .sign(signer[1], hashes.SHA256())
    )
    _write(folder / f"{name}.key", pem_of(key))
    _write(folder / f"{name}.crt", made.public_bytes(serialization.Encoding.PEM))
    return made, key


def _general(host: str) -> x509.GeneralName:
    try:
        return x509.IPAddress(ipaddress.ip_address(host))
    except ValueError:
        return x509.DNSName(host)


def pem_of(key: Key, password: bytes = b"") -> bytes:
    """A key as it stands in a file."""
    plain = serialization.NoEncryption()
    encryption = serialization.BestAvailableEncryption(password) if password else plain
    form = serialization.PrivateFormat.PKCS8
    return key.private_bytes(serialization.Encoding.PEM, form, encryption)


def _write(path: Path, content: bytes) -> None:
    beside = path.with_suffix(".beside")
    beside.write_bytes(content)
    beside.replace(path)

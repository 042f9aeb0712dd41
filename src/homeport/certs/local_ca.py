"""The box's own authority, for names that the internet cannot see. Synchronous.

Its root may speak for `localhost`, `home.arpa` and `internal` alone, whoever gets hold of its key;
what it signs is good for a week.
"""

from __future__ import annotations

import fcntl
import ipaddress
import secrets
import socket
from datetime import UTC, datetime, timedelta
from pathlib import Path

from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from homeport.certs.folder import write_whole
from homeport.certs.keys import PrivateKey, from_pem, new_key, to_pem
from homeport.certs.names import OURS

ROOT, ROOT_KEY = "root.crt", "root.key"
_ROOT_LIFE, _LEAF_LIFE = timedelta(days=3650), timedelta(days=7)
_EARLIER = timedelta(hours=1)  # a device whose clock lags behind takes it, too


class LocalCa:
    """The root, and what it signs."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)

    def root(self) -> bytes:
        """The root's certificate, made when it is asked for first; PEM."""
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            path = self._folder / ROOT
            if not path.exists():
                self._make(datetime.now(UTC))
            return path.read_bytes()

    def issue(self, names: tuple[str, ...], key_type: str = "ec-256") -> tuple[bytes, PrivateKey]:
        """A certificate for names below those that it may speak for, and its private key."""
        root = x509.load_pem_x509_certificate(self.root())
        signer = from_pem((self._folder / ROOT_KEY).read_bytes())
        now, key = datetime.now(UTC), new_key(key_type)
        leaf = (
            x509.CertificateBuilder()
            .subject_name(x509.Name([]))
            .issuer_name(root.subject)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _EARLIER)
            .not_valid_after(now + _LEAF_LIFE)
            .add_extension(
                # The subject is empty, so that this is what says who it is: RFC 5280, 4.2.1.6.
                x509.SubjectAlternativeName([x509.DNSName(name) for name in names]),
                critical=True,
            )
            .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
            .add_extension(_usage(digital_signature=True), critical=True)
            .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.SERVER_AUTH]), critical=False)
            .add_extension(_signed_by(root), critical=False)
            .sign(signer, hashes.SHA256())
        )
        # The root is sent as well: whoever looks at the chain sees whose it is.
        return leaf.public_bytes(Encoding.PEM) + root.public_bytes(Encoding.PEM), key

    def _make(self, now: datetime) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name(
            [
                x509.NameAttribute(NameOID.ORGANIZATION_NAME, "homeport"),
                # Several boxes' roots may stand in one list.
                x509.NameAttribute(
                    NameOID.COMMON_NAME,
                    f"homeport on {socket.gethostname()[:40]} {secrets.token_hex(3)}",
                ),
            ]
        )
        root = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(x509.random_serial_number())
            .not_valid_before(now - _EARLIER)
            .not_valid_after(now + _ROOT_LIFE)
            .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
            .add_extension(_usage(key_cert_sign=True, crl_sign=True), critical=True)
            .add_extension(_constraints(), critical=True)
            .add_extension(
                x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False
            )
            .sign(key, hashes.SHA256())
        )
        write_whole(self._folder / ROOT_KEY, to_pem(key))
        write_whole(self._folder / ROOT, root.public_bytes(Encoding.PEM))


def _constraints() -> x509.NameConstraints:
    """Names below ours, and no address: a kind that is not named would not be limited at all."""
    every = (ipaddress.ip_network("0.0.0.0/0"), ipaddress.ip_network("::/0"))
    return x509.NameConstraints(
        permitted_subtrees=[x509.DNSName(name) for name in OURS],
        excluded_subtrees=[x509.IPAddress(network) for network in every],
    )


def _signed_by(root: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    found = root.extensions.get_extension_for_class(x509.SubjectKeyIdentifier)
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(found.value)


def _usage(
    *, digital_signature: bool = False, key_cert_sign: bool = False, crl_sign: bool = False
) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=digital_signature,
        key_cert_sign=key_cert_sign,
        crl_sign=crl_sign,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )

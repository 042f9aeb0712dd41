"""Which of several chains of a certificate is taken."""

from __future__ import annotations

from collections.abc import Sequence

from cryptography import x509
from cryptography.x509.oid import NameOID


def choose(chains: Sequence[bytes], preferred: str) -> bytes:
    """The chain that ends in a name like this, else the first: the authority's own choice.

    As `acme.sh --preferred-chain` and others do, a part of the name is enough, in any case.
    """
    fitting = (one for one in chains if preferred.lower() in end_of(one).lower())
    return next(fitting, chains[0])


def end_of(chain: bytes) -> str:
    """The name of the root that a chain leads to: who signed the last of its certificates.

    Raises:
        ValueError: it is no chain.
    """
    issuer = x509.load_pem_x509_certificates(chain)[-1].issuer
    found = issuer.get_attributes_for_oid(NameOID.COMMON_NAME)
    return str(found[0].value) if found else ""

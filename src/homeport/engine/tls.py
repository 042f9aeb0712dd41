"""TLS to an Engine that listens on TCP: both sides show a certificate."""

from __future__ import annotations

import ssl
from pathlib import Path

from homeport.errors import RequestError


def client_context(*, ca: Path, cert: Path, key: Path, verify: bool) -> ssl.SSLContext:
    """What the Engine is shown, and what it has to show.

    Args:
        ca: who signs the Engine's certificate, in PEM; read where it is verified.
        cert: our certificate; none is shown where there is no such file.
        key: its key.
        verify: whether the Engine's certificate counts.

    Raises:
        RequestError: a file is missing, or holds something else.
    """
    try:
        context = ssl.create_default_context(cafile=str(ca) if verify else None)
        if not verify:
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        if cert.exists():
            context.load_cert_chain(cert, key)
    except (OSError, ssl.SSLError) as error:
        reason = getattr(error, "reason", None) or getattr(error, "strerror", None) or error
        raise RequestError(
            f"the certificates for the Engine cannot be used: {reason}",
            hint=f"-tlscacert {ca} -tlscert {cert} -tlskey {key}",
        ) from error
    return context

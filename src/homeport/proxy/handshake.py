"""TLS for a name at the proxy's port, as a browser would meet it."""

from __future__ import annotations

import socket
import ssl

from homeport.proxy.seen import Handshake

_PATIENCE = 5.0  # seconds


def shake_hands(address: str, port: int, host: str) -> Handshake | None:
    """Whether a certificate is shown, and trusted by this machine; None where nobody is there.

    Called by the command alone: the certificates of all authorities take 7 MB, which a daemon
    would keep.
    """
    try:
        with (
            socket.create_connection((address, port), timeout=_PATIENCE) as plain,
            ssl.create_default_context().wrap_socket(plain, server_hostname=host),
        ):
            return Handshake(shown=True)
    except ssl.SSLCertVerificationError as error:
        return Handshake(shown=True, fault=error.verify_message)
    except (ssl.SSLError, ConnectionResetError):
        return Handshake(shown=False)
    except (OSError, ValueError):
        return None

"""What is shown at the proxy's ports, as a visitor and as an authority meet it."""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import secrets
import ssl
from pathlib import Path

_SECONDS = 5.0  # for one look
_PAUSE = 0.05  # between two looks
_LONGEST = 4096  # bytes of an answer to our own question


async def until_shown(address: str, port: int, host: str, fingerprint: str, seconds: float) -> str:
    """Wait until a certificate is shown for a host; "", or what is wrong when the time is over."""
    why = ""
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(seconds):
            while why := await _look(address, port, host, fingerprint):
                await asyncio.sleep(_PAUSE)
    return why


async def _look(address: str, port: int, host: str, fingerprint: str) -> str:
    try:
        shown = await certificate_shown(address, port, host)
    except (OSError, TimeoutError) as error:
        return f"no certificate is shown for {host}: {str(error) or type(error).__name__}"
    if shown == fingerprint:
        return ""
    return f"another certificate is shown for {host}, or an older one"


async def certificate_shown(address: str, port: int, host: str) -> str:
    """The SHA-256 of the certificate that is shown for a host; whether it is trusted is no matter.

    Raises:
        OSError: none is.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    async with asyncio.timeout(_SECONDS):
        _, writer = await asyncio.open_connection(address, port, ssl=context, server_hostname=host)
        try:
            found = writer.get_extra_info("ssl_object").getpeercert(binary_form=True)
        finally:
            writer.transport.abort()
    return hashlib.sha256(found or b"").hexdigest()


async def answers_challenges(host: str, tokens: Path, port: int = 80) -> str:
    """Whether an authority that asks for a challenge at this name would reach us; "", or why not.

    It is asked for as an authority would, by the name, for something that nobody else can know.
    """
    token, content = f"homeport-{secrets.token_hex(8)}", secrets.token_hex(16)
    path = tokens / token
    try:
        path.write_text(content)
        async with asyncio.timeout(_SECONDS):
            said = await _get(host, port, f"/.well-known/acme-challenge/{token}")
    except TimeoutError:
        return f"port {port} of {host} does not answer this box"
    except (OSError, UnicodeError) as error:
        why = getattr(error, "strerror", None) or str(error)
        return f"port {port} of {host} cannot be reached from this box: {why.lower()}"
    finally:
        path.unlink(missing_ok=True)
    return "" if content.encode() in said else f"another machine answers at {host}"


async def _get(host: str, port: int, path: str) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(f"GET {path} HTTP/1.0\r\nHost: {host}\r\n\r\n".encode())
        return await reader.read(_LONGEST) + await reader.read(_LONGEST)
    finally:
        writer.transport.abort()

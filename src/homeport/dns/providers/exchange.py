"""One request to a provider, and what its status means. Redirects are never followed."""

from __future__ import annotations

import asyncio
import functools
import logging
import ssl
import time
from collections.abc import Mapping
from email.utils import parsedate_to_datetime

import httpx

from homeport.dns.model import Zone
from homeport.dns.providers.dialects import Request
from homeport.errors import ProviderLimited, ProviderRefused, RequestError, Unavailable

# It logs the URL of each request as information, and some providers want the password in it.
logging.getLogger("httpx").setLevel(logging.WARNING)

_SECONDS = 15.0  # for one request
_MOST = 8 * 1024 * 1024  # bytes of an answer
_WAIT = 60.0  # seconds, where a provider asks for patience and does not say how much
_TOLD = 200  # characters of what a provider says


async def ask(
    zone: Zone, base: str, request: Request, proof: Mapping[str, str] | None = None
) -> bytes:
    """What a provider answers to a request that it takes.

    Raises:
        ProviderRefused: it does not take the credentials.
        ProviderLimited: it asks for patience.
        RequestError: it does not take the request.
        Unavailable: it does not answer, or not as a provider does.
    """
    who, raw = zone.provider, request.body if isinstance(request.body, bytes) else None
    headers = {**request.headers, **(proof or {}), "User-Agent": "homeport"}
    try:
        async with (
            asyncio.timeout(2 * _SECONDS),
            httpx.AsyncClient(
                timeout=_SECONDS, follow_redirects=False, verify=_authorities()
            ) as client,
            client.stream(
                request.method,
                base + request.path,
                content=raw,
                json=None if raw else request.body,
                headers=headers,
            ) as answer,
        ):
            content = await _read(answer, who)
    except (httpx.HTTPError, TimeoutError) as error:
        # By its kind alone: what a library says may name the URL, and with it a password.
        raise Unavailable(f"{who} does not answer: {_kind(error)}") from error
    except httpx.InvalidURL:
        raise RequestError(f"the address of {who} is none") from None
    _judge(zone, answer, content)
    return content


async def _read(answer: httpx.Response, who: str) -> bytes:
    read = b""
    async for part in answer.aiter_bytes():
        read += part
        if len(read) > _MOST:
            raise Unavailable(f"{who} answers with more than {_MOST // 1024 // 1024} MiB")
    return read


def _judge(zone: Zone, answer: httpx.Response, content: bytes) -> None:
    who, status = zone.provider, answer.status_code
    if status in (401, 403):
        hint = f"zones.{zone.name} in the file of zones has the credentials"
        raise ProviderRefused(f"{who} does not take the credentials ({status})", hint=hint)
    if status == 429:
        raise ProviderLimited(f"{who} asks for patience", after=_seconds(answer))
    if 400 <= status < 500:
        raise RequestError(f"{who} refuses ({status}): {_said(zone, content)}")
    if 300 <= status < 400:
        hint = "redirects are not followed: they would show the credentials to somebody else"
        raise Unavailable(f"{who} answers with a redirect ({status})", hint=hint)
    if status == 503 and "retry-after" in answer.headers:
        raise ProviderLimited(f"{who} asks for patience", after=_seconds(answer))
    if not 200 <= status < 300:
        raise Unavailable(f"{who} answers with status {status}")


@functools.cache
def _authorities() -> ssl.SSLContext:
    """Those of this machine; read once, which takes 30 ms."""
    return ssl.create_default_context()


def _seconds(answer: httpx.Response) -> float:
    """Retry-After: seconds, or a date."""
    given = answer.headers.get("retry-after", "")
    if given.isdigit():
        return float(given)
    try:
        return max(1.0, parsedate_to_datetime(given).timestamp() - time.time())
    except (ValueError, TypeError):
        return _WAIT


def _kind(error: Exception) -> str:
    kind = type(error).__name__
    return "timeout" if "Timeout" in kind else kind


def _said(zone: Zone, content: bytes) -> str:
    """What a provider says, as far as it can be shown: an echo of a secret cannot."""
    text = "".join(c for c in content[:2000].decode(errors="replace") if c.isprintable())
    for secret in zone.options.values():
        if len(secret) > 3:
            text = text.replace(secret, "***")
    return text[:_TOLD]

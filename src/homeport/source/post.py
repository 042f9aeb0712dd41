"""One POST to somebody else's server. Who calls tries again."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from homeport.errors import Unavailable

_SECONDS = 15.0
_LARGEST = 1 << 16  # bytes of an answer; nothing of it is used


async def post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    """Send a request whose answer does not matter; its status.

    A redirect is an answer: what it leads to is not to be shown what the headers hold.

    Raises:
        Unavailable: nobody answers. It names the host alone: the rest of a URL may be a secret.
    """
    return await asyncio.to_thread(_post, url, headers, body)


class _Nowhere(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Nowhere)


def _post(url: str, headers: Mapping[str, str], body: bytes) -> int:
    asked = urllib.request.Request(url, body, dict(headers), method="POST")  # noqa: S310 - http and https alone
    try:
        with _OPENER.open(asked, timeout=_SECONDS) as answer:
            answer.read(_LARGEST)
            return int(answer.status)
    except urllib.error.HTTPError as error:
        with error:
            return error.code
    except (OSError, ValueError) as error:
        raise Unavailable(f"{host_of(url)} does not answer: {error}"[:200]) from error


def host_of(url: str) -> str:
    """Host and port of a URL, without what may be a secret."""
    return urlsplit(url).netloc.rpartition("@")[2]

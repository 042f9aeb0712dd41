"""Sends a request that says how a commit fares, once. Who calls tries again."""

from __future__ import annotations

import asyncio
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from homeport.errors import HomeportError, Unavailable
from homeport.source.statuses import Request

_SECONDS = 15.0
_LARGEST = 1 << 16  # bytes of an answer; nothing of it is used


async def send(request: Request) -> None:
    """Send a request whose answer does not matter.

    Raises:
        Unavailable: the forge does not answer, or wants to be asked later.
        HomeportError: it refuses, and would again.
    """
    await asyncio.to_thread(_send, request)


class _Nowhere(urllib.request.HTTPRedirectHandler):
    """A redirect is an answer: what it leads to is not to be shown the token."""

    def redirect_request(self, *_args: Any, **_kwargs: Any) -> None:
        return None


_OPENER = urllib.request.build_opener(_Nowhere)


def _send(request: Request) -> None:
    where = urlsplit(request.url).netloc
    url, headers = request.url, dict(request.headers)
    asked = urllib.request.Request(url, request.body, headers, method="POST")  # noqa: S310
    try:
        with _OPENER.open(asked, timeout=_SECONDS) as answer:
            answer.read(_LARGEST)
    except urllib.error.HTTPError as error:
        with error:
            raise _refused(where, error.code) from error
    except (OSError, ValueError) as error:
        raise Unavailable(f"{where} does not answer: {error}"[:200]) from error


def _refused(where: str, status: int) -> HomeportError:
    if status == 429 or status >= 500:
        return Unavailable(f"{where} answers {status}")
    hint = "the remote's token has to be good for commit statuses, too"
    return HomeportError(f"{where} takes no commit status: it answers {status}", hint=hint)

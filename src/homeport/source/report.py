"""Sends a request that says how a commit fares, once. Who calls tries again."""

from __future__ import annotations

from homeport.errors import HomeportError, Unavailable
from homeport.source.post import host_of, post
from homeport.source.statuses import Request


async def send(request: Request) -> None:
    """Send a request whose answer does not matter.

    Raises:
        Unavailable: the forge does not answer, or wants to be asked later.
        HomeportError: it refuses, and would again.
    """
    status = await post(request.url, request.headers, request.body)
    if status >= 300:
        raise _refused(host_of(request.url), status)


def _refused(where: str, status: int) -> HomeportError:
    if status == 429 or status >= 500:
        return Unavailable(f"{where} answers {status}")
    hint = "the remote's token has to be good for commit statuses, too"
    return HomeportError(f"{where} takes no commit status: it answers {status}", hint=hint)

"""git over smart HTTP: `git http-backend` as a CGI program, streamed both ways.

Source: git-http-backend(1), RFC 3875 (CGI).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncGenerator, Callable
from pathlib import Path

from starlette.requests import ClientDisconnect, Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from starlette.types import Receive, Scope, Send

from homeport.engine import process
from homeport.source.explained import Explained
from homeport.source.names import APP_NAME
from homeport.source.receive import receive_limits
from homeport.tasks import to_its_end
from homeport.web.credentials import basic

_CHUNK = 65536
_REST = 120.0  # seconds in which a client may send what nobody reads any more
_SERVICES = ("git-upload-pack", "git-receive-pack")


# The name of a token that is good; None for every other.
Who = Callable[[str], str | None]


def git_routes(repositories: Path, who: Who, *, max_push: int) -> list[Route]:
    """The routes below /git/.

    Args:
        repositories: the folder of bare repositories, APP.git each.
        who: asked for each request, with the password that it shows.
        max_push: the largest pack that is taken, in MiB.
    """
    server = _Backend(repositories, who, max_push)
    return [
        Route("/git/{app}.git/info/refs", server.answer, methods=["GET"]),
        Route("/git/{app}.git/{service}", server.answer, methods=["POST"]),
    ]


class _Backend:
    def __init__(self, repositories: Path, who: Who, max_push: int) -> None:
        self._repositories, self._who, self._max_push = repositories, who, max_push

    async def answer(self, request: Request) -> Response:
        """One request of git's."""
        app = request.path_params["app"]
        token = basic(request.headers.get("authorization", ""))
        name = self._who(token) if token else None
        if name is None:
            return _ask_for_token(wrong=bool(token))
        if not APP_NAME.fullmatch(app) or not (self._repositories / f"{app}.git").is_dir():
            text = f"there is no app {app[:40]}; on the box: homeport app create NAME\n"
            return PlainTextResponse(text, 404)
        if request.path_params.get("service", _SERVICES[0]) not in _SERVICES:
            return PlainTextResponse("git speaks upload-pack and receive-pack\n", 404)
        return await self._run(request, name)

    async def _run(self, request: Request, name: str) -> Response:
        backend = await asyncio.create_subprocess_exec(
            "git",
            "http-backend",
            env=self._environment(request, name),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            start_new_session=True,
        )
        process.give_way(backend.pid)
        taken = asyncio.Event()
        feeding = asyncio.create_task(_feed(request, backend, taken))
        try:
            status, headers = await _head(backend)
        except BaseException:
            feeding.cancel()
            await process.end(backend)
            raise
        return _Streamed(_body(backend, feeding, taken, self._max_push), status, headers)

    def _environment(self, request: Request, name: str) -> dict[str, str]:
        """The CGI variables of RFC 3875 that http-backend reads."""
        headers = request.headers
        environment = {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/lib/git-core",
            "GIT_PROJECT_ROOT": str(self._repositories),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": request.url.path.removeprefix("/git"),
            "REQUEST_METHOD": request.method,
            "QUERY_STRING": request.url.query,
            "CONTENT_TYPE": headers.get("content-type", ""),
            "REMOTE_USER": name,
            "REMOTE_ADDR": request.client.host if request.client else "local",
            "GIT_PROTOCOL": headers.get("git-protocol", ""),
            "HTTP_CONTENT_ENCODING": headers.get("content-encoding", ""),
        }
        if length := headers.get("content-length"):
            environment["CONTENT_LENGTH"] = length
        return {**environment, **receive_limits(self._max_push)}


class _Streamed(Response):
    """An answer that begins before the question has ended.

    Starlette's own reads from the client to see it go, and would take parts of the body away.
    """

    def __init__(self, body: AsyncGenerator[bytes], status: int, headers: dict[str, str]) -> None:
        self._body = body
        super().__init__(None, status, headers)
        del self.headers["content-length"]

    async def __call__(self, _scope: Scope, _receive: Receive, send: Send) -> None:
        start = {"status": self.status_code, "headers": self.raw_headers}
        await send({"type": "http.response.start", **start})
        async with contextlib.aclosing(self._body) as parts:
            async for part in parts:
                await send({"type": "http.response.body", "body": part, "more_body": True})
        await send({"type": "http.response.body"})


async def _feed(
    request: Request, backend: asyncio.subprocess.Process, taken: asyncio.Event
) -> None:
    """Hand the request's body on as it comes, then wait for the client to go: git ends, too.

    A git that has seen enough closes its end. The rest is read all the same, up to where `taken` is
    set: a client that is still sending would not hear the answer.
    """
    stdin = backend.stdin
    assert stdin
    with contextlib.suppress(ClientDisconnect):
        async for part in request.stream():
            if stdin.is_closing():
                continue
            with contextlib.suppress(BrokenPipeError, ConnectionResetError):
                stdin.write(part)
                await stdin.drain()
    stdin.close()
    taken.set()
    while (await request.receive())["type"] != "http.disconnect":
        pass
    await process.end(backend)


async def _head(backend: asyncio.subprocess.Process) -> tuple[int, dict[str, str]]:
    """The CGI head: lines up to an empty one; `Status: 404 Not Found` is one of them."""
    headers: dict[str, str] = {}
    while backend.stdout and (line := (await backend.stdout.readline()).decode().strip()):
        name, _, value = line.partition(":")
        headers[name.strip().lower()] = value.strip()
    status = headers.pop("status", "200" if headers else "500")
    return int(status.split()[0]), headers


async def _body(
    backend: asyncio.subprocess.Process,
    feeding: asyncio.Task[None],
    taken: asyncio.Event,
    max_push: int,
) -> AsyncGenerator[bytes]:
    """What git answers, as it comes. A client that goes away ends git, and no run."""
    explained = Explained(max_push)
    try:
        while backend.stdout and (part := await backend.stdout.read(_CHUNK)):
            if ready := explained.feed(part):
                yield ready
        if rest := explained.end():
            yield rest
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_REST):
                await taken.wait()
    finally:
        feeding.cancel()
        await to_its_end(process.end(backend))


def _ask_for_token(*, wrong: bool) -> Response:
    text = "this token is not known, or was revoked" if wrong else "a token is needed as password"
    hint = "on the box: homeport token create NAME"
    return PlainTextResponse(
        f"{text}; {hint}\n", 401, {"WWW-Authenticate": 'Basic realm="homeport"'}
    )

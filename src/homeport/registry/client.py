"""The registry's own API, over its socket: nobody is asked for a token there.

Source: OCI distribution specification 1.1; distribution, docs/spec/api.md.
"""

from __future__ import annotations

from pathlib import Path
from urllib.parse import unquote

from homeport.engine.http import Answer, Transport
from homeport.errors import EngineError, HomeportError, NotFound
from homeport.registry.manifests import ANY, EMPTY, digest_of


class Client:
    """One registry. Every method raises Unavailable where it does not answer."""

    def __init__(self, socket: Path) -> None:
        self._http = Transport(
            f"unix://{socket}", who="the registry", hint="homeport status; homeport doctor"
        )

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    async def answers(self) -> bool:
        """Whether it does."""
        try:
            await self._http.call("GET", "/v2/")
        except HomeportError:
            return False
        return True

    async def manifest(self, repository: str, reference: str) -> tuple[str, bytes]:
        """The media type and the bytes of a manifest or an index."""
        path = f"/v2/{repository}/manifests/{reference}"
        found = await self._http.call("GET", path, headers={"Accept": ANY})
        return found.headers.get("content-type", ""), found.body

    async def put_manifest(self, repository: str, reference: str, kind: str, body: bytes) -> str:
        """Let a tag (or its own digest) name a manifest: its digest. Done when this returns."""
        path = f"/v2/{repository}/manifests/{reference}"
        headers = {"Content-Type": kind}
        await self._http.call("PUT", path, body=body, headers=headers)
        return digest_of(body)

    async def has_blob(self, repository: str, digest: str) -> bool:
        """Whether a blob is there."""
        try:
            await self._http.call("HEAD", f"/v2/{repository}/blobs/{digest}")
        except EngineError:
            return False
        return True

    async def put_blob(self, repository: str, content: bytes) -> str:
        """Store some bytes; their digest. Nothing is sent where they are there."""
        digest = digest_of(content)
        if await self.has_blob(repository, digest):
            return digest
        begun = await self._http.call("POST", f"/v2/{repository}/blobs/uploads/")
        path, _, query = _location(begun).partition("?")
        state = dict(part.partition("=")[::2] for part in query.split("&") if part)
        await self._http.call(
            "PUT",
            path,
            query={**{k: unquote(v) for k, v in state.items()}, "digest": digest},
            body=content,
            headers={"Content-Type": "application/octet-stream"},
        )
        return digest

    async def mount(self, repository: str, digest: str, source: str) -> None:
        """Let a repository have a blob that another one has.

        Raises:
            NotFound: the other one has not.
        """
        path = f"/v2/{repository}/blobs/uploads/"
        query = {"mount": digest, "from": source}
        if (await self._http.call("POST", path, query=query)).status != 201:
            raise NotFound(f"{source} has no {digest}")

    async def put_empty(self, repository: str) -> str:
        """Store what stands for the configuration of something that is no image."""
        return await self.put_blob(repository, EMPTY)


def _location(answer: Answer) -> str:
    return answer.headers["location"]

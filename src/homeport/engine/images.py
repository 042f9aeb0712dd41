"""The Engine's calls that concern images: a part of `engine.docker.Docker`."""

from __future__ import annotations

import base64
import json
from collections.abc import AsyncIterator
from typing import Any

from homeport.engine import logins, objects, streams
from homeport.engine.calls import Calls
from homeport.engine.objects import Disk, Image
from homeport.errors import EngineError, NotFound

FULL = "no space left on device"  # in what the Engine and BuildKit say
ROOM = "homeport image prune makes room, df -h shows the disks; then homeport run retry"
_WAITS = (None, "Preparing", "Waiting")  # what is said of each layer before anything happens


class ImageCalls(Calls):
    """What images there are, and how they come and go."""

    async def disk(self) -> Disk:
        """What images and the build cache take. Looks at every image: some 10 ms for each."""
        found = (await self._call("GET", "/system/df")).json()
        cache = found.get("BuildCache") or ()
        return Disk(
            images=int(found.get("LayersSize") or 0),
            cache=sum(int(part.get("Size") or 0) for part in cache if not part.get("Shared")),
        )

    async def prune_cache(self, keep: int) -> int:
        """Take the oldest of the build cache away until it has `keep` bytes; bytes that went."""
        query = {"keep-storage": keep, "all": True}
        found = (await self._call("POST", "/build/prune", query=query)).json()
        return int(found.get("SpaceReclaimed") or 0)

    async def image(self, reference: str) -> Image:
        """An image that the Engine has, by reference or id."""
        return objects.image(await self.inspect_image(reference))

    async def has_image(self, reference: str) -> bool:
        """Whether the Engine has an image."""
        try:
            await self.inspect_image(reference)
        except NotFound:
            return False
        return True

    async def inspect_image(self, reference: str) -> dict[str, Any]:
        """`docker inspect` of an image, as the Engine gives it."""
        return dict((await self._call("GET", f"/images/{reference}/json")).json())

    async def images(self, *, labels: tuple[str, ...] = ()) -> list[dict[str, Any]]:
        """The images with all `labels`, as the Engine lists them."""
        query = {"filters": {"label": list(labels)} if labels else None}
        return list((await self._call("GET", "/images/json", query=query)).json())

    async def tag(self, reference: str, repository: str, tag: str) -> None:
        """Give an image a further name."""
        query = {"repo": repository, "tag": tag}
        await self._call("POST", f"/images/{reference}/tag", query=query)

    async def remove_image(self, reference: str, *, prune: bool = True) -> None:
        """Take a name from an image, and the image away with its last one.

        Without `prune`, what it was built upon stays: the cache of the classic builder.
        """
        await self._call("DELETE", f"/images/{reference}", query={"noprune": not prune})

    async def pull(
        self, reference: str, *, platform: str = "", token: str = ""
    ) -> AsyncIterator[str]:
        """Pull an image; its progress as lines. `token`: shown to the registry, not a login."""
        name, tag = _name_and_tag(reference)
        query = {"fromImage": name, "tag": tag, "platform": platform or None}
        registry = logins.registry_of(reference)
        login = await logins.login_for(registry)
        headers = {"X-Registry-Auth": logins.as_header(login, registry)} if login else {}
        headers = _shown(token) if token else headers
        stream = self._stream("POST", "/images/create", query=query, headers=headers)
        async with stream as parts:
            async for message in streams.json_lines(parts):
                if "error" in message:
                    raise EngineError(str(message["error"]).rstrip("."), status=500)
                if "progress" not in message:
                    yield f"{message.get('id', '')} {message.get('status', '')}".strip()

    async def push(
        self, reference: str, *, token: str = "", login: tuple[str, str] | None = None
    ) -> AsyncIterator[str]:
        """Push an image; what happens to each layer as lines.

        Args:
            reference: its name, with the registry's.
            token: shown to the registry.
            login: user and password, where it wants those.
        """
        name, tag = _name_and_tag(reference)
        headers = _shown(token)
        if login:
            headers = {"X-Registry-Auth": logins.as_header(login, logins.registry_of(reference))}
        path = f"/images/{name}/push"
        async with self._stream("POST", path, query={"tag": tag}, headers=headers) as parts:
            async for message in streams.json_lines(parts):
                if "error" in message:
                    raise EngineError(str(message["error"]).rstrip("."), status=500)
                if "progress" not in message and message.get("status") not in _WAITS:
                    yield f"{message.get('id', '')} {message['status']}".strip()

    async def distribution(self, reference: str) -> str:
        """The digest that a tag has in its registry, as the Engine is told there."""
        found = (await self._call("GET", f"/distribution/{reference}/json")).json()
        return str(found["Descriptor"]["digest"])


def _shown(token: str) -> dict[str, str]:
    """A registry's token as the Engine takes it."""
    text = json.dumps({"registrytoken": token}).encode()
    return {"X-Registry-Auth": base64.urlsafe_b64encode(text).decode()}


def _name_and_tag(reference: str) -> tuple[str, str | None]:
    """`localhost:5000/a:1` -> (`localhost:5000/a`, `1`); a digest stays with the name."""
    if "@" in reference:
        return reference, None
    name, colon, tag = reference.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (reference, "latest")

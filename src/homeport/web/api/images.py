"""Images in the registry: list them, show one, and remove what nobody needs."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import asdict
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from homeport.errors import NotFound, Unavailable
from homeport.model.image import Tag
from homeport.model.names import DIGEST, check_repository, check_tag
from homeport.registry.attach import Attachment, attachments_of
from homeport.registry.registry import Registry
from homeport.upkeep.disk import Usage
from homeport.web import shapes
from homeport.web.context import Context, context_of


async def list_images(request: Request) -> JSONResponse:
    """GET /api/images?repository=NAME: every tag, the newest first."""
    context, registry = context_of(request), registry_of(request)
    only = request.query_params.get("repository", "")
    names = [check_repository(only)] if only else registry.storage.repositories()
    # A thousand tags are thousands of small files: the others are answered meanwhile.
    found = await asyncio.to_thread(lambda: {name: registry.storage.shown(name) for name in names})
    return JSONResponse([shape for name in names for shape in _shapes(context, name, found[name])])


async def show(request: Request) -> JSONResponse:
    """GET /api/images/REPOSITORY?tag=TAG (or a digest): what it is, and what it was built from."""
    context, registry = context_of(request), registry_of(request)
    repository = check_repository(request.path_params["repository"])
    named = request.query_params.get("tag") or "latest"
    if DIGEST.fullmatch(named):
        tag = registry.storage.untagged(repository, named)
    else:
        tag = registry.storage.tag(repository, check_tag(named))
    build = context.store.builds.of_digest(repository, tag.digest, tag.name)
    return JSONResponse(
        {
            **shapes.tag_shape(repository, tag, build.commit if build else ""),
            "reference": registry.reference(repository, tag.name),
            "images": [
                {"platform": made.platform, "digest": made.digest, "size": made.size}
                for made in tag.images
            ],
            "pulls": context.store.builds.pulls(repository),
            "build": shapes.build_shape(build) if build else None,
            "attached": [_attachment(*a) for a in _attached(registry, repository, tag)],
        }
    )


def _attached(registry: Registry, repository: str, tag: Tag) -> Iterator[tuple[str, Attachment]]:
    """What is attached to the whole, and to the image of each platform."""
    for digest in dict.fromkeys((tag.digest, *(made.digest for made in tag.images))):
        for found in attachments_of(registry.storage, repository, digest):
            yield digest, found


def _attachment(digest: str, found: Attachment) -> dict[str, Any]:
    return {
        "digest": digest,
        "type": found.artifact_type,
        "size": len(found.content),
        "annotations": dict(found.annotations),
    }


async def attachment(request: Request) -> Response:
    """GET /api/attached/DIGEST/REPOSITORY?type=MEDIA_TYPE: what is attached, as it is."""
    registry, kind = registry_of(request), request.query_params.get("type", "")
    repository = check_repository(request.path_params["repository"])
    for found in attachments_of(registry.storage, repository, request.path_params["digest"]):
        if found.artifact_type == kind:
            return Response(found.content, media_type="application/json")
    raise NotFound(f"nothing of type {kind[:60]!r} is attached to it")


async def prune(request: Request) -> JSONResponse:
    """POST /api/images/prune: take away what nobody needs; what is taken afterwards."""
    governor = context_of(request).governor
    freed = await governor.tidy()
    usage = await governor.usage()
    return JSONResponse({"freed": msgspec.structs.asdict(freed), "used": _used(usage)})


async def space(request: Request) -> JSONResponse:
    """GET /api/space: what images, build cache and registry take, in bytes."""
    return JSONResponse(_used(await context_of(request).governor.usage()))


def _used(usage: Usage) -> dict[str, int]:
    return {**asdict(usage), "total": usage.total}


def registry_of(request: Request) -> Registry:
    """The registry.

    Raises:
        Unavailable: there is none.
    """
    registry = context_of(request).registry
    if registry is None:
        raise Unavailable("there is no registry here", hint="the setting registry turns it on")
    return registry


def _shapes(context: Context, repository: str, tags: list[Tag]) -> Iterator[dict[str, Any]]:
    named = {tag.name: tag.digest for tag in tags}
    commits = context.store.builds.commits(repository, named)
    for tag in tags:
        yield shapes.tag_shape(repository, tag, commits.get(tag.name, ""))


ROUTES = [
    Route("/api/images", list_images, methods=["GET"]),
    Route("/api/images/prune", prune, methods=["POST"]),
    Route("/api/attached/{digest}/{repository:path}", attachment, methods=["GET"]),
    Route("/api/space", space, methods=["GET"]),
    Route("/api/images/{repository:path}", show, methods=["GET"]),
]

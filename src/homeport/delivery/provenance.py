"""What an image was made of is kept: with its build, and beside it in the registry."""

from __future__ import annotations

import time

import msgspec

from homeport.build.apply import read_dockerfile
from homeport.build.provenance import MEDIA_TYPE, statement
from homeport.delivery.images import base_digests
from homeport.delivery.published import Product
from homeport.delivery.staging import Publication, Staged
from homeport.errors import NotFound
from homeport.model.image import ImageBuild, Made
from homeport.registry.attach import Attachment, attach

_LONGEST = 100_000  # characters of a Dockerfile that are kept


async def describe(
    publication: Publication, build: ImageBuild, made: list[Staged], key: str
) -> ImageBuild:
    """Keep what an image was made of; the build with all that is known of it.

    Args:
        publication: of which it is.
        build: with the digest that was published; without one, `hooks/push` published elsewhere.
        made: its images.
        key: tells what went into it; "" where that is not known.
    """
    if not build.digest:
        publication.shop.memory.change_build(build, key)
        return build
    plain = min(one.dockerfile for one in made)  # the one without an ending
    images = list(publication.registry.storage.images(build.digest))
    build = await _with_source(publication, _with_images(build, images), plain)
    publication.shop.memory.change_build(build, key)
    await _attach(publication, build, images)
    return build


def _with_images(build: ImageBuild, images: list[Made]) -> ImageBuild:
    return msgspec.structs.replace(
        build,
        size=max((image.size for image in images), default=0),
        parts=tuple(image.digest for image in images if image.digest != build.digest),
    )


async def _with_source(publication: Publication, build: ImageBuild, name: str) -> ImageBuild:
    product = publication.product
    text = _dockerfile(product, name)
    return msgspec.structs.replace(
        build,
        dockerfile=text,
        dockerfile_path=name,
        args={key: value or "" for key, value in product.build.args.items()},
        bases=await base_digests(publication.shop, text, product.build),
    )


async def _attach(publication: Publication, build: ImageBuild, images: list[Made]) -> None:
    registry, repository = publication.registry, publication.product.repository
    said = statement(build, images, finished_at=time.time())
    whole = await registry.client.manifest(repository, build.digest)
    provenance = Attachment(artifact_type=MEDIA_TYPE, content=said)
    await attach(registry.client, registry.storage, repository, whole, [provenance])


def _dockerfile(product: Product, name: str) -> str:
    """The text of the Dockerfile that an image was built from."""
    if product.build.dockerfile_inline:
        return product.build.dockerfile_inline
    try:
        return (read_dockerfile(product.build.context, name) or "")[:_LONGEST]
    except (OSError, NotFound):
        return ""

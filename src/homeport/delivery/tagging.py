"""Let the tags of a product name its images: each one platform, or an index of all of them."""

from __future__ import annotations

import msgspec

from homeport.delivery.naming import Content, check_protected, contents_of
from homeport.delivery.published import tags_of
from homeport.delivery.staging import Publication, Staged
from homeport.events import ImagePushed
from homeport.model.image import ImageBuild, Platform
from homeport.registry.manifests import digest_of, index_of


async def name_all(publication: Publication, build: ImageBuild, made: list[Staged]) -> ImageBuild:
    """Let each tag name what was made; the build with the digest of the whole.

    Raises:
        Conflict: a tag is protected; none is moved.
    """
    whole = _whole(made)
    known: dict[Platform | None, Content] = {None: whole, **{m.platform: m.content for m in made}}
    tags = tags_of(publication.product.tags, publication.platforms, publication.endings)
    contents = contents_of(tags, known)
    try:
        check_protected(publication.registry, publication.app, build.repository, contents)
        # The whole comes last: a tag of all platforms never names more than those of single ones.
        for tag, platform in sorted(tags.items(), key=lambda item: item[1] is None):
            covered = tuple(str(m.platform) for m in made if platform in (None, m.platform))
            await _name(publication, build, tag, contents[tag], covered)
    finally:
        _forget(publication, build, made)
    return msgspec.structs.replace(build, digest=digest_of(whole[1]))


async def _name(
    publication: Publication,
    build: ImageBuild,
    tag: str,
    content: Content,
    covered: tuple[str, ...],
) -> None:
    client = publication.registry.client
    digest = await client.put_manifest(build.repository, tag, *content)
    publication.shop.memory.record(
        ImagePushed(
            app=build.app,
            run=build.run,
            build=build.id,
            repository=build.repository,
            tag=tag,
            digest=digest,
            platforms=covered,
        )
    )


def _forget(publication: Publication, build: ImageBuild, made: list[Staged]) -> None:
    """Take the tags away under which the images were pushed; one that is used again had none."""
    if not build.reused:
        for one in made:
            publication.registry.storage.untag(publication.product.repository, one.tag)


def _whole(made: list[Staged]) -> Content:
    """An index of all; the manifest itself where there is but one."""
    if len(made) == 1:
        return made[0].content
    return index_of([(m.platform, m.kind, m.manifest) for m in made])

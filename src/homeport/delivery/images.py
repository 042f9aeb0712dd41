"""One image from a checkout: its names, its labels, its arguments."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from homeport.build.apply import Built, build, declares, read_dockerfile
from homeport.build.bases import bases
from homeport.build.command import INPUTS, Wanted, image_labels
from homeport.build.fingerprint import fingerprint
from homeport.build.sources import taken
from homeport.delivery.workshop import Workshop
from homeport.engine.objects import Image
from homeport.engine.remote import Remote
from homeport.engine.transfer import fetch_image
from homeport.errors import HomeportError, NotFound
from homeport.model.app import App, Run
from homeport.model.image import LOCAL, Platform
from homeport.model.stack import Build
from homeport.pipeline.gate.scope import split_tag
from homeport.source.history import last_change

_ASKED_FOR = 5.0  # seconds that a registry has to name a digest
_MOST_BASES = 100  # whose digests are asked for


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """An image to make: of which service, how, under which names in the Engine."""

    service: str
    build: Build
    tags: tuple[str, ...]
    platform: Platform | None = None  # None: the Engine's own
    remote: Remote | None = None  # the Engine that builds it; None: this box's


def local_name(app: App, service: str, run: Run) -> str:
    """The name of an image in the Engine: of each run its own, for commits are built again."""
    return f"{app.name}-{service}:{run.commit[:12]}-{run.number}"


async def make_image(
    shop: Workshop, app: App, run: Run, recipe: Recipe, tree: Path, say: Callable[[str], None]
) -> Built:
    """Build an image from a checkout; BuildKit's lines go to `say`.

    Raises:
        FileFault: there is no Dockerfile.
        HomeportError: the build failed.
    """
    mark = await inputs_of(shop, recipe, run.commit)
    if mark and (image := await made_before(shop, app, recipe, mark)):
        say(f"nothing changed since {image[:19]} was built")
        return Built(image_id=image, seconds=0.0, steps=0, cached=0, reused=True)
    labels = await _labels(shop, app, run, recipe.build, tree)
    wanted = Wanted(
        service=recipe.service,
        build=recipe.build,
        tags=recipe.tags,
        labels={**labels, INPUTS: mark} if mark else labels,
        args=_arguments(recipe.build, run.commit),
        platform=str(recipe.platform or ""),
    )
    record_dir = shop.build_records(app.name) / str(run.number)
    where = await recipe.remote.environment() if recipe.remote else None
    built = await build(wanted, record_dir=record_dir, scratch=shop.scratch, say=say, where=where)
    if recipe.remote:
        await fetch_image(recipe.remote, recipe.tags[0])
    return built


async def inputs_of(shop: Workshop, recipe: Recipe, commit: str) -> str:
    """The fingerprint of all that goes into an image; "" where it cannot be known before."""
    how = recipe.build
    text = how.dockerfile_inline or _text(how)
    found = await base_digests(shop, text, how)
    return await asyncio.to_thread(
        fingerprint,
        how,
        text,
        args=_arguments(how, commit),
        platform=str(recipe.platform or await shop.native()),
        bases=found,
        only=taken(text) if await _without_triggers(shop, found) else None,
    )


async def _without_triggers(shop: Workshop, names: Iterable[str]) -> bool:
    """Whether no base image has ONBUILD; one that only BuildKit has may."""
    with contextlib.suppress(HomeportError):
        return not any([(await shop.docker.image(name)).triggers for name in names])
    return False


async def base_digests(shop: Workshop, text: str, how: Build) -> dict[str, str]:
    """The images that a Dockerfile starts from, each with its digest; "" where nobody knows it."""
    names = bases(text, how.args, how.target)
    if len(names) > _MOST_BASES:
        return dict.fromkeys(names[:_MOST_BASES], "")
    return dict(zip(names, [await _digest(shop, name) for name in names], strict=True))


async def _digest(shop: Workshop, name: str) -> str:
    """What this box has under a name; else what its registry says."""
    with contextlib.suppress(HomeportError):
        return _here(await shop.docker.image(name), name)
    with contextlib.suppress(HomeportError, TimeoutError):
        async with asyncio.timeout(_ASKED_FOR):
            return await shop.docker.distribution(name)
    return ""


def _here(image: Image, name: str) -> str:
    """The digest under which an image was pulled; its id, where it was made on this box."""
    plain = name.partition("@")[0]
    plain = plain.rpartition(":")[0] if ":" in plain.rpartition("/")[2] else plain
    pulled = dict(digest.split("@", 1) for digest in image.digests if "@" in digest)
    return pulled.get(plain) or next(iter(pulled.values()), f"{LOCAL}{image.id}")


async def made_before(shop: Workshop, app: App, recipe: Recipe, mark: str) -> str:
    """The id of an image of this app with the same input, under today's names; "" for none.

    The Engine gives a name also to an image that goes in that moment, with the last of its names:
    so it is asked whether the image is there.
    """
    labels = (f"homeport.app={app.name}", f"{INPUTS}={mark}")
    for found in await shop.docker.images(labels=labels):
        with contextlib.suppress(NotFound):
            for name in recipe.tags:
                await shop.docker.tag(found["Id"], *split_tag(name))
            return (await shop.docker.image(recipe.tags[0])).id
    return ""


def _text(how: Build) -> str:
    return read_dockerfile(how.context, how.dockerfile) or "" if Path(how.context).is_dir() else ""


async def _labels(shop: Workshop, app: App, run: Run, how: Build, tree: Path) -> Mapping[str, str]:
    """Labels name the commit that last changed what is built: else nothing would stay as it is."""
    inside = Path(how.context).is_relative_to(tree)
    path = str(Path(how.context).relative_to(tree)) if inside else "."
    change = await last_change(shop.repository(app.name), run.commit, path)
    return image_labels(app=app.name, commit=change.commit, created=change.date, ref=run.ref)


def _arguments(how: Build, commit: str) -> dict[str, str]:
    """SOURCE_COMMIT, as Docker Hub's builds have it, where the Dockerfile asks for it."""
    text = how.dockerfile_inline or _text(how)
    return {"SOURCE_COMMIT": commit} if text and declares(text, "SOURCE_COMMIT") else {}

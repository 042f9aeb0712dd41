"""One image from a checkout: its names, its labels, its arguments."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from homeport.build.apply import Built, build, declares, read_dockerfile
from homeport.build.command import Wanted, image_labels
from homeport.delivery.workshop import Workshop
from homeport.model.app import App, Run
from homeport.model.image import Platform
from homeport.model.stack import Build
from homeport.source.history import last_change


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """An image to make: of which service, how, under which names in the Engine."""

    service: str
    build: Build
    tags: tuple[str, ...]
    platform: Platform | None = None  # None: the Engine's own


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
    wanted = Wanted(
        service=recipe.service,
        build=recipe.build,
        tags=recipe.tags,
        labels=await _labels(shop, app, run, recipe.build, tree),
        args=_arguments(recipe.build, run.commit),
        platform=str(recipe.platform or ""),
    )
    return await build(wanted, record_dir=shop.build_records(app.name) / str(run.number), say=say)


async def _labels(shop: Workshop, app: App, run: Run, how: Build, tree: Path) -> Mapping[str, str]:
    """Labels name the commit that last changed what is built: else nothing would stay as it is."""
    inside = Path(how.context).is_relative_to(tree)
    path = str(Path(how.context).relative_to(tree)) if inside else "."
    change = await last_change(shop.repository(app.name), run.commit, path)
    return image_labels(app=app.name, commit=change.commit, created=change.date, ref=run.ref)


def _arguments(how: Build, commit: str) -> dict[str, str]:
    """SOURCE_COMMIT, as Docker Hub's builds have it, where the Dockerfile asks for it."""
    local = Path(how.context).is_dir()
    text = how.dockerfile_inline or (read_dockerfile(how.context, how.dockerfile) if local else "")
    return {"SOURCE_COMMIT": commit} if text and declares(text, "SOURCE_COMMIT") else {}

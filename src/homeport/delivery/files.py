"""The files of the repository that a stack mounts (`./nginx.conf`, `./conf.d`, a secret's file).

They stand in the app's checkout, which is that of the newest commit: who goes to another release,
or back to what was live, has the files that belong to it.
"""

from __future__ import annotations

from collections.abc import Iterator

from homeport.delivery.blueprint import Blueprint, blueprint_of
from homeport.delivery.workshop import Workshop
from homeport.errors import HomeportError, NotFound
from homeport.events import Warned
from homeport.model.app import App, Release, Run
from homeport.source.submodules import checkout_whole


async def files_of(shop: Workshop, app: App, release: Release) -> None:
    """Let the checkout hold what the commit of a release holds, where its stack mounts some of it.

    Raises:
        HomeportError: git could not.
    """
    folder = shop.worktree(app.name)
    if release.commit and any(path.startswith(f"{folder}/") for path in _mounted(release)):
        await checkout_whole(shop.repository(app.name), folder, release.commit, app.remote)


async def files_of_live(shop: Workshop, run: Run) -> None:
    """The same for what is live, after a run that did not get there; it is told what fails."""
    app = shop.memory.app(run.app)
    try:
        if app.current_release:
            await files_of(shop, app, shop.memory.release(app.name, app.current_release))
    except NotFound:
        return  # it is not kept any more
    except HomeportError as error:
        text = f"the files of what is live are not all back: {error.message}"
        shop.memory.record(Warned(app=run.app, run=run.number, text=text))


def _mounted(release: Release) -> list[str]:
    blueprint = blueprint_of(release)
    return list(_sources(blueprint)) if blueprint.model else []


def _sources(blueprint: Blueprint) -> Iterator[str]:
    model = blueprint.model
    for service in model["services"].values():
        binds = (v for v in service.get("volumes") or () if v.get("type") == "bind")
        yield from (str(volume.get("source") or "") for volume in binds)
    for kind in ("secrets", "configs"):
        yield from (str(given.get("file") or "") for given in (model.get(kind) or {}).values())

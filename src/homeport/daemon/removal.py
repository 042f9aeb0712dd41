"""An app that is removed leaves nothing behind."""

from __future__ import annotations

import shutil

from homeport.delivery.apply import Where
from homeport.delivery.retire import forget_images
from homeport.delivery.workshop import Workshop
from homeport.model.app import App
from homeport.model.names import app_of
from homeport.source import checkout
from homeport.store.ledger import Store


async def remove_app(app: App, store: Store, shop: Workshop, *, volumes: bool) -> None:
    """Take its containers, images, repositories, checkouts and logs away; its data if `volumes`."""
    await shop.mover.down(Where(project=app.name, app=app.name), volumes=volumes)
    await forget_images(shop, app.name)
    runs = store.runs.of_app(app.name, limit=-1)
    store.apps.remove(app.name)
    store.secrets.forget(app.name)
    store.jobs.forget(app.name)
    for tree in (shop.worktree(app.name), shop.build_tree(app.name)):
        checkout.forget(tree)
    if shop.registry:
        for name in shop.registry.storage.every_repository():
            if app_of(name) == app.name:
                shop.registry.storage.forget(name)
    for folder in (
        shop.repository(app.name),
        shop.build_records(app.name),
        shop.cache / app.name,
        shop.caches(app.name),
    ):
        shutil.rmtree(folder, ignore_errors=True)
    for run in runs:
        store.logs.forget(run.number)

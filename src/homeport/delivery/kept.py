"""What jobs keep: caches from run to run, workspaces for the later stages of one."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from homeport.delivery.workshop import Workshop
from homeport.model.app import DEPLOY_BRANCHES, App, Run
from homeport.pipeline.container import Home
from homeport.pipeline.keep import cache_key, cached, created, used
from homeport.pipeline.services import services_of
from homeport.pipeline.shelf import Shelf
from homeport.pipeline.travis.model import Job
from homeport.pipeline.work import CACHE, KEPT, WORKSPACES


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What one job starts with, and leaves."""

    shop: Workshop
    app: App
    run: Run
    job: Job
    branch: str
    say: Callable[[str], None]

    def furnish(self, home: Home) -> Home:
        """The job's home with what is there for it, and its services."""
        binds = list(home.binds)
        if cached(self.job) and (archive := self._caches.find(self._names)):
            binds.append(f"{archive}:{CACHE}:ro")
        if used(self.job) and self._workspaces.folder.is_dir():
            binds.append(f"{self._workspaces.folder}:{WORKSPACES}:ro")
        services = services_of(self.job.services, self.shop.service_images)
        return replace(home, binds=tuple(binds), services=tuple(services))

    def keep(self, folder: Path) -> None:
        """Take what the job left in a folder."""
        # What a pull request leaves is not for those who can push.
        told = [] if self.run.pull else [self._caches.put(self._names[0], folder / KEPT)]
        names = [workspace.name for workspace in created(self.job)]
        told += [self._workspaces.put(name, folder / f"{name}.tar") for name in names]
        for sentence in filter(None, told):
            self.say(f"warning: {sentence}")

    @property
    def _names(self) -> list[str]:
        """The cache of this branch; else that of what is live, as Travis has it."""
        key = cache_key(self.job)
        branches = dict.fromkeys([self.branch, self.app.branch, *DEPLOY_BRANCHES])
        return [f"{key}-{branch}" for branch in branches if branch]

    @property
    def _caches(self) -> Shelf:
        return Shelf(self.shop.caches(self.app.name))

    @property
    def _workspaces(self) -> Shelf:
        return Shelf(_folder(self.shop, self.run))


def forget_workspaces(shop: Workshop, run: Run) -> None:
    """Nobody needs them once the run is over."""
    shutil.rmtree(_folder(shop, run), ignore_errors=True)


def _folder(shop: Workshop, run: Run) -> Path:
    return shop.state / "jobs" / f"{run.number}-workspaces"

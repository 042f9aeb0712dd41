"""A push whose images are to be published, and what is kept of it from the start."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field

from homeport.errors import HomeportError
from homeport.model.app import App, Run
from homeport.model.image import BuildState, ImageBuild


@dataclass(slots=True, kw_only=True)
class Order:
    """A push whose images are to be published."""

    app: App
    run: Run
    build: ImageBuild  # the first of its images; the others are known once the files are read
    task: asyncio.Task[None] | None = None
    done: asyncio.Event = field(default_factory=asyncio.Event)
    fault: HomeportError | None = None


def pending(run: Run) -> ImageBuild:
    """A build that waits: since its run was asked for, and built since that began."""
    return ImageBuild(
        id=0,
        app=run.app,
        repository=run.app,
        run=run.number,
        ref=run.ref,
        commit=run.commit,
        state=BuildState.PENDING,
        by=run.by,
        queued_at=run.queued_at,
        started_at=run.started_at,
    )


def first_of(group: BaseExceptionGroup[HomeportError]) -> HomeportError:
    """The fault of a group, however deep it lies: of several platforms, the first says why."""
    found: BaseException = group
    while isinstance(found, BaseExceptionGroup):
        found = found.exceptions[0]
    assert isinstance(found, HomeportError)
    return found

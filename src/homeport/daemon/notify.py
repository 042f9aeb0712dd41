"""Notifications: where they go, by the setting `notify`."""

from __future__ import annotations

import asyncio

from homeport.daemon.supervise import started
from homeport.errors import NotFound
from homeport.model.app import RunState
from homeport.settings import Settings
from homeport.source.post import post
from homeport.store.ledger import Store
from homeport.upkeep.notices import Request, read_addresses
from homeport.upkeep.notify import Notifier, Parts

_CURSOR = "notices"
LIVE, FAILED, INTERRUPTED = RunState.LIVE, RunState.FAILED, RunState.INTERRUPTED


class Notices:
    """Who is told, and the loop that tells."""

    def __init__(self, settings: Settings, store: Store) -> None:
        """Read the addresses.

        Raises:
            RequestError: the setting holds what is no URL.
        """
        self.addresses = read_addresses(settings.notify)
        self._store = store

    def tasks(self) -> list[asyncio.Task[None]]:
        """The loop; none where nobody is to be told."""
        if not self.addresses:
            return []
        store = self._store
        notifier = Notifier(
            Parts(
                addresses=self.addresses,
                follow=store.journal.follow,
                begin=lambda: _begin(store),
                said=lambda event: store.cursors.move(_CURSOR, event),
                broken=lambda: _broken(store),
                goes_live=lambda run: _goes_live(store, run),
                post=_post,
                record=store.record,
            )
        )
        return started({"notices": notifier.run}, store.record)


async def _post(request: Request) -> int:
    return await post(request.url, request.headers, request.body)


def _begin(store: Store) -> int:
    """Where it goes on; what happened before there was an address is told to nobody."""
    before = store.cursors.read(_CURSOR)
    if before is None:
        before = store.journal.last(1)
        store.cursors.move(_CURSOR, before)
    return before


def _goes_live(store: Store, number: int) -> bool:
    try:
        return store.runs.get(number).kind not in ("build", "pull")
    except NotFound:
        return False  # its app was removed


def _broken(store: Store) -> set[str]:
    return {app.name for app in store.apps.list() if _failed(store, app.name)}


def _failed(store: Store, app: str) -> bool:
    """Whether the last run that was to go live did not."""
    runs = (run for run in store.runs.of_app(app) if run.kind not in ("build", "pull"))
    ended = (run.state for run in runs if run.state in (LIVE, FAILED, INTERRUPTED))
    return next(ended, LIVE) is not LIVE

"""Whose names stay: apps, and containers that are there or were a moment ago."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable, Iterable, Mapping

from homeport.delivery.blueprint import blueprint_of
from homeport.errors import HomeportError
from homeport.model.app import Release
from homeport.model.container import Container
from homeport.model.rules.asked import asked_hosts
from homeport.proxy.routes import owner_of
from homeport.store.ledger import Store

LINGER = 600.0  # seconds: a container that is replaced or restarted by hand keeps its records


class Living:
    """Answers `owner in living`. An app goes at once; whoever else is missed for ten minutes.

    A name that is gone is remembered as missing by resolvers: nobody's is taken away early.
    """

    def __init__(
        self,
        store: Store,
        containers: Callable[[], Iterable[Container]],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._store, self._containers, self._clock = store, containers, clock
        self._missing: dict[str, float] = {}  # owner -> since when
        self._removed: set[str] = set()
        self._asked: dict[str, tuple[int, Mapping[str, str] | None]] = {}  # by release

    def looked(self) -> Living:
        """Itself, after a look at who is there: nobody of them is missing."""
        for container in self._containers():
            self._missing.pop(owner_of(container), None)
        return self

    def __contains__(self, owner: object) -> bool:
        name = str(owner)
        if self._store.apps.find(name):
            self._removed.discard(name)
            return True
        if name in self._removed:
            return False
        if any(owner_of(container) == name for container in self._containers()):
            return True
        now = self._clock()
        return now - self._missing.setdefault(name, now) < LINGER

    def removed(self, app: str) -> None:
        """An app was removed: its names are not waited for."""
        self._removed.add(app)

    def asked(self) -> dict[str, Mapping[str, str]]:
        """App -> host that its live release asks for -> what `x-homeport.dns` says of it.

        An app of which that is not known is not in it.
        """
        live = [app for app in self._store.apps.list() if app.current_release]
        found = {app.name: self._hosts(app.name, app.current_release) for app in live}
        return {app: hosts for app, hosts in found.items() if hosts is not None}

    def _hosts(self, app: str, number: int) -> Mapping[str, str] | None:
        known, hosts = self._asked.get(app, (0, None))
        if known != number:
            hosts = None
            with contextlib.suppress(HomeportError):  # its release is gone, or nobody can read it
                hosts = _asked_by(self._store.releases.get(app, number))
            self._asked[app] = number, hosts
        return hosts


def _asked_by(release: Release) -> Mapping[str, str]:
    stack = blueprint_of(release).stack({}, {})
    return dict.fromkeys(asked_hosts(stack), stack.dns)

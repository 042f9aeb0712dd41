"""What is seen of the containers and the administrator's files: what nginx is to be given."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from homeport.engine.watch import Watch
from homeport.model.tls import Certificate
from homeport.proxy.dropin import files as found_files
from homeport.proxy.dropin.doors import Doors, doors_of
from homeport.proxy.dropin.hosts import Asking, Looked
from homeport.proxy.dropin.model import Refusal, Wanted
from homeport.proxy.dropin.reach import plain
from homeport.proxy.dropin.reader import HostReader
from homeport.proxy.dropin.secure import default_certificate
from homeport.proxy.dropin.seen import Seen
from homeport.proxy.dropin.settings import Settings
from homeport.proxy.dropin.waiting import Waiting
from homeport.proxy.dropin.whereabouts import Whereabouts
from homeport.proxy.readiness import Readiness
from homeport.proxy.tls.folder import Certificates

Tell = Callable[[str], None]


class Sight:
    """Looks whenever it is asked to, and at what changed; tells once what cannot be."""

    def __init__(self, watch: Watch, where: Whereabouts, root: Path, run: Path, tell: Tell) -> None:
        """`root` is /etc/nginx; `run` is a folder of ours."""
        self._watch, self._where, self._root, self._tell = watch, where, root, tell
        self._seen = Seen()
        # What was looked at is copied: a private folder of ours; nginx reads the files themselves.
        self._certificates = Certificates(root / "certs", run / "tls")
        self._files = found_files.Files()
        self._doors: Doors = {}
        self._doors_for: tuple[Mapping[str, Certificate], found_files.Files] | None = None
        self._told: frozenset[str] = frozenset()
        self.ready = Readiness()
        self.looked = Looked()

    def set_up(self, settings: Settings, waiting: Waiting) -> None:
        """How the proxy is set up, before it looks for the first time."""
        self._settings, self._reader = settings, HostReader(settings)
        self._waiting = waiting

    @property
    def certificates(self) -> Mapping[str, Certificate]:
        """Those that are there, by the names of their files."""
        return self._certificates.found

    def look_at_files(self) -> bool:
        """Whether a file changed since the last time."""
        before, self._files = self._files, found_files.look(self._root)
        return self._files != before or self._certificates.is_stale()

    async def settle(self) -> None:
        """Ask who is ready, now."""
        asking, _ = self._seen.read(self._where.others(self._watch.view))
        self.ready.networks = self._where.networks(self._watch.view)
        await self.ready.settle([asked.container for asked in asking])

    async def look(self) -> Wanted:
        """What is there to be served.

        Raises:
            HomeportError: the certificates could not be looked at.
        """
        await self._look_at_certificates()
        # From here on nothing is waited for: all of it is of one moment.
        files, found, now = self._files, self._certificates.found, time.time()
        self.looked, refusals = self._look_around()
        hosts = self._reader.read(
            self.looked.asking,
            ready=self.looked.ready,
            around=self.looked.around,
            files=files,
            certificates=found,
            now=now,
        )
        doors = self._doors_of(found, files, now)
        return Wanted(
            hosts=self._waiting.shown(hosts, doors),
            refusals=tuple(refusals),
            files=files,
            default_certificate=default_certificate(found, files, now),
            doors=doors,
        )

    def _look_around(self) -> tuple[Looked, list[Refusal]]:
        """Who asks for something and who of them answers; and who cannot have it."""
        view = self._watch.view
        asking, refusals = self._seen.read(self._where.others(view))
        self._complain(refusals, asking)
        around = self._where.around(view)
        self.ready.machine = around.gateway
        self.ready.networks = self._where.networks(view)
        near, far = self._where.split([asked.container for asked in asking], view)
        ready = frozenset(self.ready.of(near) | far)
        return Looked(asking=tuple(asking), ready=ready, around=around), refusals

    def _doors_of(
        self, found: Mapping[str, Certificate], files: found_files.Files, now: float
    ) -> Doors:
        """Made anew where a certificate or a file is another."""
        known = self._doors_for
        if known is None or known[0] is not found or known[1] != files:
            self._doors = doors_of(found, settings=self._settings, files=files, now=now)
            self._doors_for = found, files
        return self._doors

    async def _look_at_certificates(self) -> None:
        """Each that is another; what is wrong with one is told once."""
        if not self._certificates.is_stale():
            return
        before = self._certificates.faults()
        await self._certificates.look()
        self._certificates.forget_but("")
        for name, why in self._certificates.faults().items():
            if before.get(name) != why:
                self._tell(why)

    def _complain(self, refusals: list[Refusal], asking: list[Asking]) -> None:
        """A line for each, once."""
        lines = [f"{one.container} is not routed: {one.reason}" for one in refusals]
        lines += [
            f"{one.container.name}: nothing comes of the label {plain(label)}, which is not known"
            for one in asking
            for label in one.unknown
        ]
        for line in sorted(set(lines) - self._told):
            self._tell(line)
        self._told = frozenset(lines)

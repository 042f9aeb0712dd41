"""Give nginx a file; find out who breaks it, and serve the others without him."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable, Sequence

from msgspec.structs import replace

from homeport.errors import HomeportError
from homeport.proxy.dropin.faults import Fault, fault_of, is_shared, suspects, with_faults
from homeport.proxy.dropin.model import Host, Wanted
from homeport.proxy.dropin.render import DOORS, Page, Renderer
from homeport.proxy.dropin.server import Place, Server

_TRIES = 50  # files that nginx may refuse before the last good one stays
Tell = Callable[[str], None]
_IsGood = Callable[[Sequence[Host]], Awaitable[bool]]


class Applier:
    """The file as nginx has it, and the hosts that it could not have."""

    def __init__(
        self,
        server: Server,
        place: Place,
        renderer: Renderer,
        tell: Tell,
        changed: Callable[[], bool],
    ) -> None:
        """`changed`: whether a file of the administrator's did since it was asked last."""
        self._server, self._place, self._renderer, self._tell = server, place, renderer, tell
        self._changed = changed
        self._faults: dict[str, Fault] = {}
        self._served: Page | None = None  # what nginx has
        self._stamp: object = None
        self.read: dict[str, Host] = {}  # the hosts as nginx has them
        self.generation = 0
        self.reloads = 0
        self.refused = 0

    def forget(self) -> None:
        """What nginx has is given to it anew the next time."""
        self._served = None

    async def prepare(self, wanted: Wanted) -> None:
        """Put a file in place for an nginx that is about to start.

        Raises:
            HomeportError: it could not have it; what was there before is there.
        """
        await self._try(wanted, self._checked)

    async def apply(self, wanted: Wanted) -> None:
        """Let nginx serve these hosts; nothing where it does.

        Raises:
            HomeportError: nginx cannot have the file, whoever is left out; it serves what it had.
        """
        shown, _ = with_faults(wanted.hosts, self._faults, wanted.files)
        page, served = self._renderer.page(shown, wanted), self._served
        if wanted.files.stamp != self._stamp or served is None or not page.reads_as(served):
            await self._try(wanted, self._reloaded)
        elif page != served:
            # A name, or a reason why one is not routed: nothing that nginx needs to read again.
            self._place.put(page.text(self.generation))
            self._serves(page, shown, wanted)
        else:
            self.read = {host.host: host for host in shown}

    async def _try(self, wanted: Wanted, give: Callable[[], Awaitable[str]]) -> None:
        complaint, began = "", time.monotonic()
        for _ in range(_TRIES):
            shown, self._faults = with_faults(wanted.hosts, self._faults, wanted.files)
            self.generation += 1
            page = self._renderer.page(shown, wanted)
            self._place.put(page.text(self.generation))
            complaint = await give()
            if not complaint:
                self._serves(page, shown, wanted)
                self._told(len(shown), time.monotonic() - began)
                return
            self.refused += 1
            if self._changed():
                break  # one that has just gone is nobody's fault
            guilty = await self._guilty(page, shown, wanted, complaint)
            if DOORS in suspects(page, complaint) and not guilty:
                wanted = replace(wanted, doors={})  # a certificate that no host has
                continue
            if not guilty:
                break
            self._set_apart(guilty, wanted, complaint)
        self._place.back()
        raise HomeportError(f"nginx cannot have it: {complaint}")

    def _kept(self) -> None:
        """Where a full disk has no room for a second copy, the older one stays beside."""
        try:
            self._place.keep()
        except HomeportError as error:
            self._tell(error.message)

    def _serves(self, page: Page, shown: Sequence[Host], wanted: Wanted) -> None:
        self._served = page
        self._stamp = wanted.files.stamp
        self.read = {host.host: host for host in shown}
        self._kept()

    def _told(self, hosts: int, seconds: float) -> None:
        counted = f"{self.reloads} reloads since the start, {self.refused} files refused"
        took = f"{seconds:.3f} s"
        self._tell(f"Generated '{self._place.file}' with {hosts} hosts in {took}: {counted}")

    async def _checked(self) -> str:
        return await self._server.check()

    async def _reloaded(self) -> str:
        complaint = await self._server.reload(self.generation)
        self.reloads += not complaint
        return complaint

    def _set_apart(self, guilty: Iterable[str], wanted: Wanted, complaint: str) -> None:
        named = set(guilty)
        for host in wanted.hosts:
            if host.host in named:
                self._tell(f"{host.host} is not served: {complaint}")
                self._faults[host.host] = fault_of(host, complaint, wanted.files)

    async def _guilty(
        self, page: Page, shown: Sequence[Host], wanted: Wanted, complaint: str
    ) -> tuple[str, ...]:
        """Whose fault it is: as nginx says, else as is found out by leaving out halves."""
        healthy = {host.host for host in shown if not host.fault}
        # What is everybody's is nobody's fault: who is served goes on as he is.
        if is_shared(complaint) and self._served:
            return ()
        named = tuple(host for host in suspects(page, complaint) if host in healthy)
        if named:
            return named

        async def is_good(those: Sequence[Host]) -> bool:
            self._place.put(self._renderer.page(those, wanted).text(0))
            return not await self._server.check()

        if not healthy or not await is_good([]):
            return ()
        return tuple(host.host for host in await _narrowed(list(shown), is_good))


async def _narrowed(
    hosts: list[Host], is_good: Callable[[Sequence[Host]], Awaitable[bool]]
) -> list[Host]:
    """One host without which more is good: those before it are good, and not with it.

    `known` hosts are good; among `rest` is the first that is not.
    """
    known: list[Host] = []
    rest = hosts
    while len(rest) > 1:
        half = rest[: len(rest) // 2]
        if await is_good([*known, *half]):
            known, rest = [*known, *half], rest[len(half) :]
        else:
            rest = half
    return rest

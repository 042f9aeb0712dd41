"""One nginx and the configuration that it serves: what it cannot have is kept apart."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from homeport.errors import HomeportError, Unavailable
from homeport.model.route import Route, RouteTable
from homeport.proxy.extras import Extras
from homeport.proxy.nginx import Nginx
from homeport.proxy.passwords import Passwords
from homeport.proxy.quarantine import apart, culprit, routes_of, said
from homeport.proxy.render import NO_LOGS, UNNUMBERED, UNTIMED, Logs, Secured, render
from homeport.proxy.retiring import MOST, patience
from homeport.proxy.tls.folder import Certificates

_MOST_BROKEN = 10  # hosts that one change may break


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """What is the same in each configuration."""

    own_host: str = ""
    drain: float = 30.0  # seconds that a container has which leaves
    registry: bool = False
    https_port: int = 443
    logs: Logs = NO_LOGS


class Serving:
    """What nginx serves, and the files that it is given for that."""

    def __init__(self, nginx: Nginx, folder: Path, frame: Frame) -> None:
        self._nginx, self._frame, conf = nginx, frame, folder / "conf"
        self.certificates = Certificates(folder / "certs", conf / "tls")
        self.extras = Extras(folder, conf / "extra")
        self._passwords = Passwords(conf / "users")
        self.table = RouteTable()
        self.generation = 0
        self.reloads = 0
        self._reloaded: deque[float] = deque(maxlen=MOST)
        self.content = ""  # whatever its generation; "" until something is served
        self._broken: dict[str, tuple[tuple[Route, ...], str]] = {}  # what nginx cannot have
        self._given = ""  # what it was given last

    def prepare(self) -> None:
        """Make the folders, and a first configuration."""
        self.certificates.prepare()
        self.extras.prepare()
        if not self._nginx.config.exists():
            self._nginx.write(self._final(self._render(RouteTable()), generation=1))

    def is_stale(self) -> bool:
        """Whether a file changed of those that people put there, or a certificate expired."""
        return self.certificates.is_stale() or self.extras.is_stale()

    async def look(self) -> None:
        """See which files there are."""
        await self.certificates.look()
        self.extras.look()

    @property
    def secured(self) -> Secured:
        """What is known of TLS now."""
        found = self.certificates.found
        return Secured(certificates=found, now=time.time(), port=self._frame.https_port)

    async def let_take(self, table: RouteTable, shown: Callable[[RouteTable], RouteTable]) -> bool:
        """Let nginx serve a table; whether that took a reload.

        Args:
            table: what is to be served; a host that nginx cannot have is kept apart.
            shown: makes of a table what nginx is to have of it.

        Raises:
            HomeportError: nginx took nothing of it, and says of no host why.
            Unavailable: nginx does not run.
        """
        table = self.extras.given_to(table)
        for _ in range(_MOST_BROKEN):
            kept = apart(table, self._broken)
            try:
                return await self._take(kept, self.extras.given_to(shown(kept)))
            except Unavailable:
                raise
            except HomeportError as error:
                host = culprit(self._given, error.message, kept, self.certificates.found)
                if not host:
                    raise
                self._broken[host] = (routes_of(table, host), said(error.message))
        kept = apart(table, self._broken)
        return await self._take(kept, self.extras.given_to(shown(kept)))

    async def _take(self, table: RouteTable, shown: RouteTable) -> bool:
        answering = await self._nginx.generation()
        self.generation = max(self.generation, answering)
        content = self._render(shown)
        if content == self.content and answering == self.generation and answering:
            self.table = table
            return False
        generation = self.generation + 1
        self._passwords.keep(shown.routes)
        self._given = self._final(content, generation)
        await self._nginx.take(self._given, generation)
        self.table, self.generation, self.content = table, generation, content
        self._given = ""
        self.reloads += 1
        self._reloaded.append(time.monotonic())
        self._forget(shown)
        return True

    def _final(self, content: str, generation: int) -> str:
        """What differs each time is written last: it is no change of the configuration."""
        drain = int(self._frame.drain) + 5
        seconds = patience(self._reloaded, now=time.monotonic(), drain=drain)
        return content.replace(UNNUMBERED, str(generation)).replace(UNTIMED, str(seconds))

    def _forget(self, shown: RouteTable) -> None:
        """What nginx was given before."""
        self.certificates.forget_but(self.content)
        self.extras.forget_but(self.content)
        self._passwords.forget_but(shown.routes)

    def _render(self, table: RouteTable) -> str:
        return render(
            table,
            generation=UNNUMBERED,
            own_host=self._frame.own_host,
            drain=UNTIMED,
            registry=self._frame.registry,
            secured=self.secured,
            logs=self._frame.logs,
        )

"""git over SSH: served from the first key on, and not before."""

from __future__ import annotations

from typing import TYPE_CHECKING

from homeport.settings import Settings
from homeport.ssh.host import host_fingerprint
from homeport.store.ledger import Store

if TYPE_CHECKING:
    from homeport.ssh.server import SshServer


class SshKeeper:
    """Listens while there are keys: a port that nobody can use is not opened."""

    def __init__(self, settings: Settings, store: Store) -> None:
        self._settings, self._store = settings, store
        self._host_key = settings.state / "ssh" / "host_key"
        self._server: SshServer | None = None

    def told(self) -> dict[str, str]:
        """Where it is served, and what clients know it by."""
        address, port = self._settings.ssh_address
        where = f"{address}:{port}" if port else ""
        return {"listen": where, "host_key": host_fingerprint(self._host_key)}

    async def run(self) -> None:
        """Follow the table of keys, for ever.

        Raises:
            OSError: the port is taken.
        """
        address, port = self._settings.ssh_address
        try:
            while port:
                self._store.keys.changed.clear()
                await self._follow(address, port, bool(self._store.keys.list()))
                await self._store.keys.changed.wait()
        finally:
            await self._follow(address, port, wanted=False)

    async def _follow(self, address: str, port: int, wanted: bool) -> None:
        if wanted and self._server is None:
            from homeport.ssh.server import SshServer  # 15 MB that a box without keys does not need

            server = SshServer(
                repositories=self._settings.state / "repositories",
                host_key=self._host_key,
                keys=self._store.keys,
                max_push=self._settings.max_push,
            )
            await server.start(address, port)
            self._server = server
        elif self._server and not wanted:
            await self._server.stop()
            self._server = None

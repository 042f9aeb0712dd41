"""The Docker Engine API, as far as homeport uses it, in our own types.

The API version is negotiated with `/_ping`: ours, or the Engine's where that is older. Facts about
single versions stand here and nowhere else.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from homeport.engine import objects, streams
from homeport.engine.execs import ExecCalls
from homeport.engine.http import Transport
from homeport.engine.images import ImageCalls
from homeport.engine.objects import Happening, Network, Version, Volume
from homeport.errors import EngineDown, EngineError, NotFound, Unavailable
from homeport.model.container import Container

if TYPE_CHECKING:
    import ssl

NEWEST = (1, 51)
OLDEST = (1, 41)


class Docker(ImageCalls, ExecCalls):
    """One Engine. Every method is one call, and raises EngineDown, EngineError or NotFound."""

    def __init__(self, host: str = "", *, tls: ssl.SSLContext | None = None) -> None:
        """`tls`: for an Engine at `tcp://` that wants certificates."""
        self.host = host or os.environ.get("DOCKER_HOST") or "unix:///var/run/docker.sock"
        self._http = Transport(self.host, tls=tls)
        self._prefix = ""
        self._api = OLDEST

    @property
    def is_local(self) -> bool:
        """Whether it is this machine's: its ports are those that are seen from here."""
        return self.host.startswith("unix://")

    def close(self) -> None:
        """Close idle connections."""
        self._http.close()

    # -- the engine itself

    async def negotiate(self) -> tuple[int, int]:
        """Agree on an API version; done before the first call, once."""
        answer = await self._http.call("GET", "/_ping")
        theirs = answer.headers.get("api-version", "1.41")
        major, minor = (int(part) for part in theirs.split(".")[:2])
        if (major, minor) < OLDEST:
            raise Unavailable(
                f"this Engine speaks API {theirs}, homeport needs 1.41",
                hint="install Docker Engine 20.10 or newer",
            )
        self._api = min((major, minor), NEWEST)
        self._prefix = f"/v{self._api[0]}.{self._api[1]}"
        return self._api

    async def version(self) -> Version:
        """What this Engine is."""
        found = (await self._call("GET", "/version")).json()
        return Version(engine=found["Version"], api=self._api, os=found["Os"], arch=found["Arch"])

    async def info(self) -> dict[str, Any]:
        """`docker info`, as the Engine gives it."""
        return dict((await self._call("GET", "/info")).json())

    @contextlib.asynccontextmanager
    async def happenings(
        self,
        *,
        since: str = "",
        kinds: tuple[str, ...] = ("container", "network"),
        actions: Iterable[str] = (),
        until: str = "",
    ) -> AsyncIterator[AsyncIterator[Happening]]:
        """Events from `since` to `until` (seconds.nanoseconds); all where no `actions`."""
        filters = {"type": list(kinds)} | ({"event": sorted(actions)} if actions else {})
        query = {"filters": filters, "since": since or None, "until": until or None}
        async with self._stream("GET", "/events", query=query) as parts:
            yield streams.happenings(parts)

    async def raw(self, collection: str, name: str) -> dict[str, Any]:
        """An object of `/networks`, `/volumes`, `/images`, `/exec`, as the Engine gives it."""
        return dict((await self._call("GET", f"{collection}/{name}")).json())

    # -- containers

    async def containers(
        self, *, labels: tuple[str, ...] = (), every: bool = True, name: str = ""
    ) -> list[Container]:
        """Those with all `labels` (`key` or `key=value`); stopped ones too if `every`.

        A list shows no environment, exit status, pid or restarts.
        """
        filters: dict[str, list[str]] = {"label": list(labels)} if labels else {}
        if name:
            filters["name"] = [name]
        query = {"all": every, "filters": filters or None}
        found = (await self._call("GET", "/containers/json", query=query)).json()
        return [objects.listed(item) for item in found]

    async def matching(
        self, filters: Mapping[str, Sequence[str]], *, every: bool = True
    ) -> list[Container]:
        """Those that match the Engine's filters (`docker ps --filter`), as `containers`."""
        given = {name: list(values) for name, values in filters.items()}
        query = {"all": every, "filters": given or None}
        found = (await self._call("GET", "/containers/json", query=query)).json()
        return [objects.listed(item) for item in found]

    async def container(self, name: str) -> Container:
        """Everything about one container, by name or id."""
        return objects.inspected(await self.inspect(name))

    async def inspect(self, name: str) -> dict[str, Any]:
        """`docker inspect` of a container, as the Engine gives it."""
        return dict((await self._call("GET", f"/containers/{name}/json")).json())

    async def create_container(
        self, name: str, body: Mapping[str, Any], *, platform: str = ""
    ) -> str:
        """Create a container; its id."""
        query = {"name": name, "platform": platform or None}
        answer = await self._call("POST", "/containers/create", query=query, body=body)
        return str(answer.json()["Id"])

    async def put_archive(self, name: str, archive: bytes) -> None:
        """Unpack a tar at / of a container, running or not."""
        query = {"path": "/"}
        await self._call("PUT", f"/containers/{name}/archive", query=query, body=archive)

    @contextlib.asynccontextmanager
    async def get_archive(self, name: str, path: str) -> AsyncIterator[AsyncIterator[bytes]]:
        """A file or a folder of a container as a tar, running or not."""
        stream = self._stream("GET", f"/containers/{name}/archive", query={"path": path})
        async with stream as parts:
            yield parts

    @property
    def many_networks_at_creation(self) -> bool:
        """Whether a container can be created on several networks (API 1.44)."""
        return self._api >= (1, 44)

    async def start(self, name: str) -> None:
        """Start a container; nothing where it runs."""
        await self._call("POST", f"/containers/{name}/start")

    async def stop(self, name: str, *, grace: int | None = None) -> None:
        """Send the stop signal, kill after `grace` seconds; nothing where it does not run."""
        await self._call("POST", f"/containers/{name}/stop", query={"t": grace})

    async def stay_stopped(self, name: str) -> None:
        """Once it is stopped, the Engine does not start it when it is started itself."""
        policy = (await self.inspect(name))["HostConfig"]["RestartPolicy"]["Name"]
        if policy in ("always", "on-failure"):
            body = {"RestartPolicy": {"Name": "unless-stopped"}}
            await self._call("POST", f"/containers/{name}/update", body=body)

    async def kill(self, name: str, signal: str) -> None:
        """Send a signal to a container's first process."""
        await self._call("POST", f"/containers/{name}/kill", query={"signal": signal})

    async def pause(self, name: str) -> None:
        """Let nothing of a running container go on."""
        await self._call("POST", f"/containers/{name}/pause")

    async def unpause(self, name: str) -> None:
        """Let a paused container go on."""
        await self._call("POST", f"/containers/{name}/unpause")

    async def restart(self, name: str, *, grace: int | None = None) -> None:
        """Stop and start a container."""
        await self._call("POST", f"/containers/{name}/restart", query={"t": grace})

    async def rename(self, name: str, to: str) -> None:
        """Rename a container, running or not."""
        await self._call("POST", f"/containers/{name}/rename", query={"name": to})

    async def remove_container(
        self, name: str, *, force: bool = False, volumes: bool = False
    ) -> None:
        """Remove a container; its anonymous volumes, too, if `volumes`."""
        query = {"force": force, "v": volumes}
        await self._call("DELETE", f"/containers/{name}", query=query)

    @contextlib.asynccontextmanager
    async def logs(
        self,
        name: str,
        *,
        follow: bool = False,
        tail: str = "all",
        timestamps: bool = False,
        since: float = 0.0,
        stdout: bool = True,
    ) -> AsyncIterator[AsyncIterator[tuple[int, bytes]]]:
        """Output of a container: (1 stdout or 2 stderr, bytes); `since` is an epoch."""
        tty = bool((await self.inspect(name))["Config"]["Tty"])
        query = {
            "stdout": stdout,
            "stderr": True,
            "follow": follow,
            "tail": tail,
            "timestamps": timestamps,
            "since": f"{since:.9f}" if since else None,
        }
        async with self._stream("GET", f"/containers/{name}/logs", query=query) as parts:
            yield streams.raw(parts) if tty else streams.demultiplexed(parts)

    async def tail(self, name: str, lines: int = 20) -> list[str]:
        """The last lines of a container's output, both streams in order."""
        async with self.logs(name, tail=str(lines)) as output:
            return await streams.lines_of(output)

    async def last_check(self, name: str) -> list[str]:
        """What the last run of a container's healthcheck printed."""
        health = (await self.inspect(name))["State"].get("Health") or {}
        checks = health.get("Log") or [{}]
        return str(checks[-1].get("Output", "")).splitlines()

    async def complaints(self, name: str, since: float) -> list[str]:
        """What a container wrote to its standard error since that moment."""
        async with self.logs(name, since=since, stdout=False) as output:
            return await streams.lines_of(output)

    # -- networks and volumes

    async def networks(self, *, labels: tuple[str, ...] = ()) -> list[Network]:
        """The networks with all `labels`."""
        query = {"filters": {"label": list(labels)} if labels else None}
        found = (await self._call("GET", "/networks", query=query)).json()
        return [objects.network(item) for item in found]

    async def network(self, name: str) -> Network:
        """One network, with the containers in it."""
        return objects.network((await self._call("GET", f"/networks/{name}")).json())

    async def create_network(self, name: str, body: Mapping[str, Any]) -> None:
        """Create a network; a second one of that name is refused."""
        full = {**body, "Name": name, "CheckDuplicate": True}
        try:
            await self._call("POST", "/networks/create", body=full)
        except EngineError as error:
            if "address pool" in error.message:
                error.hint = "docker network prune, or more `default-address-pools` in daemon.json"
            raise

    async def remove_network(self, name: str) -> None:
        """Remove a network that nobody is in."""
        await self._call("DELETE", f"/networks/{name}")

    async def connect(
        self, network: str, container: str, settings: Mapping[str, Any] | None = None
    ) -> None:
        """Let a container join a network."""
        body = {"Container": container, "EndpointConfig": settings or {}}
        await self._call("POST", f"/networks/{network}/connect", body=body)

    async def disconnect(self, network: str, container: str) -> None:
        """Let a container leave a network, at once."""
        body = {"Container": container, "Force": True}
        await self._call("POST", f"/networks/{network}/disconnect", body=body)

    async def volumes(self, *, labels: tuple[str, ...] = ()) -> list[Volume]:
        """The volumes with all `labels`."""
        query = {"filters": {"label": list(labels)} if labels else None}
        found = (await self._call("GET", "/volumes", query=query)).json()["Volumes"] or []
        return [objects.volume(item) for item in found]

    async def volume(self, name: str) -> Volume:
        """One volume."""
        return objects.volume((await self._call("GET", f"/volumes/{name}")).json())

    async def create_volume(self, name: str, body: Mapping[str, Any]) -> None:
        """Create a volume; nothing where it is there."""
        await self._call("POST", "/volumes/create", body={**body, "Name": name})

    async def remove_volume(self, name: str) -> None:
        """Remove a volume that nobody uses."""
        await self._call("DELETE", f"/volumes/{name}")

    # -- how it is called

    async def _version(self) -> str:
        if not self._prefix:
            await self.negotiate()
        return self._prefix

    async def _call(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
    ) -> Any:
        path = await self._version() + path
        try:
            return await self._http.call(method, path, query=query, body=body)
        except EngineError as error:
            if error.status == 404:
                raise NotFound(error.message) from error
            raise

    @contextlib.asynccontextmanager
    async def _stream(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, Any] | None = None,
        body: Any = None,
        headers: Mapping[str, str] | None = None,
    ) -> AsyncIterator[AsyncIterator[bytes]]:
        path = await self._version() + path
        stream = self._http.stream(method, path, query=query, body=body, headers=headers)
        try:
            async with stream as parts:
                yield parts
        except EngineError as error:
            if error.status == 404:
                raise NotFound(error.message) from error
            raise


async def reachable(docker: Docker) -> bool:
    """Whether the Engine answers."""
    try:
        await docker.negotiate()
    except EngineDown:
        return False
    return True

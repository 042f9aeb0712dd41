"""The Engine's calls that concern containers: a part of `engine.docker.Docker`."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any

from homeport.engine import objects, streams
from homeport.engine.calls import Calls
from homeport.model.container import Container


class ContainerCalls(Calls):
    """What containers there are, and what becomes of them."""

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

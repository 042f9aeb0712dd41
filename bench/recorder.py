"""A recording engine: as much of the Engine's API as a generator asks for, over a Unix socket.

It has as many containers as a measurement wants, and counts what it is asked.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import re
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

_LINE = re.compile(rb"([A-Z]+) (\S+) HTTP/1.1\r\n")


class Recorder:
    """Containers that only it knows of, each with a name, an address and a VIRTUAL_HOST."""

    def __init__(self, path: Path, *, address: str = "", port: int = 0) -> None:
        """`address` and `port`: at which every container answers; without, at none."""
        self.path, self._address, self._port = path, address, port
        self.containers: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self._streams: list[asyncio.StreamWriter] = []
        self._loop = asyncio.new_event_loop()

    def add(self, number: int, *env: str, boots: bool = False) -> None:
        """Let there be one more, whose start is an event; `env` is what it says beside its host.

        One that `boots` is healthy when it is said to be.
        """
        found = _container(number, self._address, self._port, env)
        if boots:
            found["State"]["Health"] = {"Status": "starting"}
        self.containers[found["Id"]] = found
        self._happens("start", found["Id"])

    def healthy(self, number: int) -> None:
        """One that boots is ready, and its healthcheck says so."""
        found = self.containers[f"{number:064x}"]
        found["State"]["Health"] = {"Status": "healthy"}
        self._happens("health_status: healthy", found["Id"])

    def _happens(self, action: str, container: str) -> None:
        event = {"Type": "container", "Action": action, "Actor": {"ID": container}}
        self._loop.call_soon_threadsafe(self._tell, json.dumps(event).encode() + b"\n")

    def count(self, ending: str) -> int:
        """How often was asked for what ends so."""
        return sum(path.endswith(ending) for path in self.asked)

    @contextlib.contextmanager
    def open(self) -> Iterator[Recorder]:
        """It answers, from a thread of its own."""
        ready = threading.Event()
        thread = threading.Thread(target=self._run, args=(ready,), daemon=True)
        thread.start()
        ready.wait()
        try:
            yield self
        finally:
            self._loop.call_soon_threadsafe(self._loop.stop)
            thread.join()

    def _run(self, ready: threading.Event) -> None:
        asyncio.set_event_loop(self._loop)
        server = asyncio.start_unix_server(self._serve, self.path)
        self._loop.run_until_complete(server)
        ready.set()
        self._loop.run_forever()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(asyncio.IncompleteReadError, ConnectionError):
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                method, target = _LINE.match(head).groups()  # type: ignore[union-attr]
                path = unquote(target.decode().partition("?")[0])
                self.asked.append(re.sub(r"^/v[\d.]+", "", path))
                if path.endswith("/events"):
                    writer.write(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")
                    self._streams.append(writer)
                    continue
                answer = None if method == b"POST" else self._answer(path)
                status = b"204 No Content" if method == b"POST" else b"200 OK"
                if answer == {}:
                    answer, status = {"message": "No such container"}, b"404 Not Found"
                body = b"" if answer is None else json.dumps(answer).encode()
                head = b"HTTP/1.1 %b\r\nApi-Version: 1.41\r\nContent-Length: %d\r\n\r\n"
                writer.write(head % (status, len(body)) + body)
                await writer.drain()

    def _answer(self, path: str) -> Any:
        if path.endswith("/containers/json"):
            return [_listed(found) for found in self.containers.values()]
        named = re.search(r"/containers/([0-9a-f]{64})/json", path)
        if named:
            return self.containers.get(named[1], {})
        if path.endswith("/networks"):
            return [{"Id": "n", "Name": "web", "Driver": "bridge"}]
        return {"Version": "0", "ApiVersion": "1.41", "Containers": len(self.containers)}

    def _tell(self, line: bytes) -> None:
        for writer in self._streams:
            writer.write(b"%x\r\n%b\r\n" % (len(line), line))


def _container(number: int, address: str, port: int, more: tuple[str, ...] = ()) -> dict[str, Any]:
    """As large as those of a real Engine: 6 kB, of which much is of no interest."""
    address = address or f"10.{number >> 16 & 255}.{number >> 8 & 255}.{number & 255}"
    env = [f"VIRTUAL_HOST=site{number}.example", "PATH=/usr/bin:/bin", *more]
    env += [f"VIRTUAL_PORT={port}"] if port else []
    env += [f"SETTING_{n}=a value that says something {n}" for n in range(20)]
    return {
        "Id": f"{number:064x}",
        "Name": f"/site-{number}",
        "Image": "sha256:0",
        "Created": f"2024-01-02T03:04:05.{number:09d}Z",
        "State": {"Status": "running", "Running": True, "ExitCode": 0, "StartedAt": ""}
        | ({"Health": {"Status": "healthy"}} if port else {}),
        "Config": {
            "Image": "site",
            "Env": env,
            "Labels": {f"label.{n}": "x" * 40 for n in range(20)},
        },
        "HostConfig": {"NetworkMode": "web", **{f"Option{n}": None for n in range(80)}},
        "NetworkSettings": {
            "Ports": {"80/tcp": None},
            "Networks": {"web": {"IPAddress": address, "IPPrefixLen": 8, "NetworkID": "n"}},
        },
        "Mounts": [],
    }


def _listed(found: dict[str, Any]) -> dict[str, Any]:
    return {
        "Id": found["Id"],
        "Names": [found["Name"]],
        "Image": "site",
        "ImageID": "sha256:0",
        "State": "running",
        "Status": "Up 1 minute",
        "Labels": found["Config"]["Labels"],
        "NetworkSettings": {"Networks": found["NetworkSettings"]["Networks"]},
    }

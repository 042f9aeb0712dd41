"""The daemon's API over its local socket: the standard library only, since commands start often."""

from __future__ import annotations

import http.client
import json
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from homeport import errors
from homeport.settings import Settings
from homeport.settings.read import read_settings

_SECONDS = 60.0


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path, timeout: float | None) -> None:
        super().__init__("homeport", timeout=timeout)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        self.sock.connect(str(self._path))


class Client:
    """Calls of the API. An error that it answers is raised as what it was."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings

    def get(self, path: str) -> Any:
        """What is there."""
        return self.call("GET", path)

    def post(self, path: str, body: Any = None) -> Any:
        """Ask for something."""
        return self.call("POST", path, body)

    def call(
        self, method: str, path: str, body: Any = None, *, seconds: float | None = _SECONDS
    ) -> Any:
        """One request, with JSON both ways; None: it may take as long as it takes.

        Raises:
            DaemonDown: nobody answers.
            HomeportError: what the daemon said.
        """
        response = self._send(method, path, body, seconds)
        return json.loads(response.read())

    def answers(self) -> bool:
        """Whether a daemon is there."""
        connection = _Connection(self.settings.socket, _SECONDS)
        try:
            connection.connect()
        except OSError:
            return False
        connection.close()
        return True

    def messages(self, path: str, body: Any) -> Iterator[dict[str, Any]]:
        """Ask for something that takes its time: what is told meanwhile.

        Raises:
            DaemonDown: the daemon ended meanwhile.
            HomeportError: it failed.
        """
        try:
            for line in self._send("POST", path, body, None):
                message: dict[str, Any] = json.loads(line)
                if "error" in message:
                    raise _as_error(message["error"])
                yield message
                if "done" in message:
                    return
        except (OSError, ValueError, http.client.HTTPException):
            pass  # it ended before it could say how this ends
        raise errors.DaemonDown(
            "homeport ended in the middle of it", hint="homeport up --detach: it goes on then"
        )

    def stream(self, path: str) -> Iterator[bytes]:
        """What comes, as it comes, until it ends."""
        response = self._send("GET", path, None, None)
        while part := response.read1(65536):
            yield part

    def _send(
        self, method: str, path: str, body: Any, seconds: float | None
    ) -> http.client.HTTPResponse:
        connection = _Connection(self.settings.socket, seconds)
        content = json.dumps(body).encode() if body is not None else None
        try:
            connection.request(method, path, content, {"Content-Type": "application/json"})
            response = connection.getresponse()
        except (OSError, http.client.HTTPException) as error:
            raise errors.DaemonDown(
                f"homeport does not answer at {self.settings.socket}",
                hint="homeport up --detach; HOMEPORT_STATE_DIR says which one is meant",
            ) from error
        if response.status >= 400:
            raise _raised(response)
        return response


def connect() -> Client:
    """The client for the settings of this environment."""
    return Client(read_settings(os.environ))


def _raised(response: http.client.HTTPResponse) -> errors.HomeportError:
    try:
        return _as_error(json.loads(response.read())["error"])
    except (ValueError, KeyError, TypeError):
        return errors.HomeportError(f"the daemon answered {response.status} {response.reason}")


def _as_error(found: dict[str, Any]) -> errors.HomeportError:
    error = errors.HomeportError(found["message"], hint=found["hint"])
    error.exit_status = found["exit_status"]
    return error

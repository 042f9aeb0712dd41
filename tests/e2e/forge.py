"""A forge on loopback: bare repositories behind the real `git http-backend`, and its API."""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import json
import subprocess
import threading
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.e2e.house import App, git_environment

BACKEND = "/usr/lib/git-core/git-http-backend"


@dataclass
class Forge:
    """What the server knows, and what it was told."""

    folder: Path
    token: str = ""  # what git and the API have to show; "": the repositories are public
    down: bool = False  # it answers 502
    elsewhere: str = ""  # where it sends everybody
    statuses: list[dict[str, Any]] = field(default_factory=list)
    shown: set[str] = field(default_factory=set)  # passwords
    seen_in_argv: list[str] = field(default_factory=list)
    fetches: int = 0
    address: str = ""

    def repository(self, name: str) -> Path:
        """A new bare repository."""
        path = self.folder / f"{name}.git"
        argv = ["git", "init", "-q", "--bare", "-b", "main", str(path)]
        subprocess.run(argv, env=git_environment(), check=True)
        return path

    def url(self, name: str) -> str:
        """Where it is fetched from."""
        return f"http://{self.address}/{name}.git"


class Handler(BaseHTTPRequestHandler):
    """git and the API; the forge is the server's."""

    protocol_version = "HTTP/1.1"

    def log_message(self, *_: Any) -> None:
        """Be silent."""

    @property
    def forge(self) -> Forge:
        """Whose handler this is."""
        found: Forge = self.server.forge  # type: ignore[attr-defined]
        return found

    def do_GET(self) -> None:
        self.answer(b"")

    def do_POST(self) -> None:
        self.answer(self.rfile.read(int(self.headers.get("Content-Length", "0"))))

    def answer(self, body: bytes) -> None:
        """Any request."""
        forge = self.forge
        shown = self.password()
        forge.shown.add(shown)
        if shown:
            forge.seen_in_argv += [line for line in commands() if shown in line]
        if forge.down:
            return self.reply(502)
        if forge.elsewhere:
            return self.reply(302, {"Location": forge.elsewhere + self.path})
        if forge.token and shown != forge.token:
            return self.reply(401, {"WWW-Authenticate": 'Basic realm="forge"'})
        if "/api/v1/" in self.path:
            forge.statuses.append({"path": self.path, **json.loads(body)})
            return self.reply(201)
        return self.git(body)

    def password(self) -> str:
        """What is shown as a password, or as a token."""
        scheme, _, value = self.headers.get("Authorization", "").partition(" ")
        if scheme == "Basic":
            return base64.b64decode(value).decode().partition(":")[2]
        return value

    def git(self, body: bytes) -> None:
        """Run git's own server program."""
        path, _, query = self.path.partition("?")
        self.forge.fetches += "git-upload-pack" in path
        environment = git_environment() | {
            "GIT_PROJECT_ROOT": str(self.forge.folder),
            "GIT_HTTP_EXPORT_ALL": "1",
            "PATH_INFO": path,
            "QUERY_STRING": query,
            "REQUEST_METHOD": self.command,
            "CONTENT_TYPE": self.headers.get("Content-Type", ""),
            "CONTENT_LENGTH": str(len(body)),
            "HTTP_CONTENT_ENCODING": self.headers.get("Content-Encoding", ""),
            "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
        }
        done = subprocess.run(
            [BACKEND], input=body, env=environment, capture_output=True, check=True
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        headers = dict(line.split(": ", 1) for line in head.decode().splitlines())
        status = int(headers.pop("Status", "200").split()[0])
        self.reply(status, headers, content)

    def reply(
        self, status: int, headers: Mapping[str, str] | None = None, body: bytes = b""
    ) -> None:
        """An answer."""
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def commands() -> Iterator[str]:
    """The arguments of every process of this machine, which everybody may read."""
    for entry in Path("/proc").iterdir():
        if entry.name.isdigit():
            try:
                yield (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            except OSError:
                continue


@contextmanager
def running_forge(folder: Path, **values: Any) -> Iterator[Forge]:
    """A forge, while the block lasts."""
    forge = Forge(folder, **values)
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.forge = forge  # type: ignore[attr-defined]
    forge.address = f"127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield forge
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


@dataclass
class Followed:
    """An app whose repository lives on the forge."""

    app: App
    forge: Forge

    def __post_init__(self) -> None:
        self.name = f"me/{self.app.name}"
        self.bare = self.forge.repository(self.name)

    def follow(self) -> None:
        """As its owner does."""
        house, name = self.app.house, self.app.name
        settings = (f"remote={self.forge.url(self.name)}", "forge=gitea", "remote-token=-")
        house.homeport("app", "set", name, *settings, stdin=self.forge.token + "\n")
        self.secret = house.data("app", "hook", name)["secret"]

    def push(self, *refs: str) -> None:
        """A push to the forge, which tells nobody."""
        self.app.git("push", "-q", "--force", str(self.bare), *(refs or ("main",)))

    def payload(self, commit: str, ref: str = "refs/heads/main") -> bytes:
        """What Gitea would send."""
        told = {
            "ref": ref,
            "before": "0" * 40,
            "after": commit,
            "repository": {"full_name": self.name},
            "pusher": {"login": "ann"},
        }
        return json.dumps(told).encode()

    def deliver(
        self, body: bytes, *, delivery: str = "", event: str = "push", **headers: str | None
    ) -> tuple[int, dict[str, Any]]:
        """A webhook, signed as Gitea signs; a header of None is left out."""
        mac = hmac.new(self.secret.encode(), body, hashlib.sha256).hexdigest()
        given = {
            "X-Gitea-Event": event,
            "X-GitHub-Event": event,
            "X-Gitea-Delivery": delivery or str(uuid.uuid4()),
            "X-Gitea-Signature": mac,
            "Content-Type": "application/json",
        } | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.post(body, {name: v for name, v in given.items() if v is not None})

    def post(self, body: Any, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """To the hook; what it answers."""
        port = self.app.house.git_port
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
        try:
            connection.request("POST", f"/hooks/{self.app.name}", body, dict(headers))
            answer = connection.getresponse()
            found: dict[str, Any] = json.loads(answer.read())
            return answer.status, found
        finally:
            connection.close()

    def events(self, kind: str) -> list[dict[str, Any]]:
        """The app's events of a kind."""
        lines = self.app.house.homeport("events", "--app", self.app.name, "--json").stdout
        found = [json.loads(line) for line in lines.splitlines()]
        return [event for event in found if event["event"] == kind]

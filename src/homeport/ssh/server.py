"""The SSH server: keys in, git out. No shell, no terminal, no forwarding, no files."""

from __future__ import annotations

import asyncio
import contextlib
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import asyncssh

from homeport.engine import process
from homeport.errors import HomeportError, NotFound
from homeport.source.explained import Explained
from homeport.source.receive import receive_limits
from homeport.source.sshkeys import fingerprint
from homeport.ssh.request import GitRequest, read_request
from homeport.tasks import to_its_end

_LOGIN = 20.0  # seconds until a client must have shown a key
_UNKNOWN = 20  # clients at once that have not
_OFFERS = 10  # keys that one client may show
_ALIVE = 30.0  # seconds between two questions whether a silent client is still there
_CHUNK = 65536


class Keys(Protocol):
    """Who may come."""

    def who(self, fingerprint: str) -> str | None:
        """The name of a key; None for one that is not known."""

    def may(self, name: str, app: str) -> bool:
        """Whether the key of that name is good for an app, now."""


@dataclass(slots=True, kw_only=True)
class SshServer:
    """What is served, and to whom."""

    repositories: Path
    host_key: Path
    keys: Keys
    max_push: int  # MiB
    unknown: int = 0  # clients that have not shown a key yet
    _acceptor: asyncssh.SSHAcceptor | None = field(default=None)

    async def start(self, host: str, port: int) -> None:
        """Listen.

        Raises:
            OSError: the port is taken.
        """
        self._acceptor = await asyncssh.listen(
            host,
            port,
            server_factory=lambda: _Session(self),
            process_factory=self._serve,
            server_host_keys=[str(make_host_key(self.host_key))],
            encoding=None,
            allow_pty=False,
            agent_forwarding=False,
            x11_forwarding=False,
            allow_scp=False,
            compression_algs=None,
            login_timeout=_LOGIN,
            keepalive_interval=_ALIVE,
        )

    async def stop(self) -> None:
        """Hang up."""
        if self._acceptor:
            self._acceptor.close()
            await self._acceptor.wait_closed()
            self._acceptor = None

    async def _serve(self, session: asyncssh.SSHServerProcess[bytes]) -> None:
        """One command, to its end; whatever it is, its client gets an exit status."""
        try:
            status = await self._command(session)
        except HomeportError as error:
            hint = f"hint: {error.hint}\n" if error.hint else ""
            session.stderr.write(f"error: {error.message}\n{hint}".encode())
            status = 1
        with contextlib.suppress(OSError):
            session.exit(status)

    async def _command(self, session: asyncssh.SSHServerProcess[bytes]) -> int:
        name = str(session.get_extra_info("homeport_key"))
        request = read_request(None if session.subsystem else session.command)
        repository = self.repositories / f"{request.app}.git"
        # A key that is not good for an app is not told whether there is one.
        if not (self.keys.may(name, request.app) and repository.is_dir()):
            raise NotFound(
                f"there is no app {request.app} for the key {name}", hint="homeport key list"
            )
        return await self._git(session, request, repository, name)

    async def _git(
        self,
        session: asyncssh.SSHServerProcess[bytes],
        request: GitRequest,
        repository: Path,
        name: str,
    ) -> int:
        git = await asyncio.create_subprocess_exec(
            "git",
            request.service.removeprefix("git-"),
            str(repository),
            env=self._environment(session, name),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            start_new_session=True,
        )
        process.give_way(git.pid)
        feeding = asyncio.create_task(_feed(session, git))
        telling = asyncio.create_task(_tell(session, git))
        try:
            await _answer(session, git, Explained(self.max_push) if request.pushes else None)
            await telling
            return await git.wait()
        except OSError:  # the client has gone: git ends, and a run goes on
            return 1
        finally:
            feeding.cancel()
            telling.cancel()
            await to_its_end(process.end(git))

    def _environment(self, session: asyncssh.SSHServerProcess[bytes], name: str) -> dict[str, str]:
        """Of what the client wants to set, the version of git's protocol alone."""
        wanted = dict(session.env).get("GIT_PROTOCOL", "")
        version = wanted if wanted in ("version=1", "version=2") else ""
        return {
            "PATH": "/usr/local/bin:/usr/bin:/bin:/usr/lib/git-core",
            "REMOTE_USER": name,
            "GIT_PROTOCOL": version,
            **receive_limits(self.max_push),
        }


class _Session(asyncssh.SSHServer):
    """One connection, until it has shown a key that is known."""

    def __init__(self, server: SshServer) -> None:
        self._server, self._offers, self._known = server, 0, False
        self._connection: asyncssh.SSHServerConnection | None = None

    def connection_made(self, conn: asyncssh.SSHServerConnection) -> None:
        self._connection = conn
        self._server.unknown += 1
        if self._server.unknown > _UNKNOWN:
            conn.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        self._leave()

    def auth_completed(self) -> None:
        self._leave()

    def begin_auth(self, username: str) -> bool:
        return True

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        """The last key that is asked about is the one whose signature counts."""
        self._offers += 1
        if self._offers > _OFFERS or self._connection is None:
            return False
        name = self._server.keys.who(fingerprint(key.public_data))
        if name is None:
            return False
        self._connection.set_extra_info(homeport_key=name)
        return True

    def _leave(self) -> None:
        if not self._known:
            self._known = True
            self._server.unknown -= 1


async def _feed(session: asyncssh.SSHServerProcess[bytes], git: asyncio.subprocess.Process) -> None:
    stdin = git.stdin
    assert stdin
    with contextlib.suppress(BrokenPipeError, ConnectionResetError, asyncssh.Error):
        while data := await session.stdin.read(_CHUNK):
            stdin.write(data)
            await stdin.drain()
    stdin.close()


async def _answer(
    session: asyncssh.SSHServerProcess[bytes],
    git: asyncio.subprocess.Process,
    explained: Explained | None,
) -> None:
    assert git.stdout
    while part := await git.stdout.read(_CHUNK):
        session.stdout.write(explained.feed(part) if explained else part)
        await session.stdout.drain()
    if explained:
        session.stdout.write(explained.end())


async def _tell(session: asyncssh.SSHServerProcess[bytes], git: asyncio.subprocess.Process) -> None:
    assert git.stderr
    with contextlib.suppress(OSError):
        while part := await git.stderr.read(_CHUNK):
            session.stderr.write(part)


def make_host_key(path: Path) -> Path:
    """The key by which clients know this box: made once, readable by its owner alone."""
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = path.with_suffix(".new")
        beside.unlink(missing_ok=True)
        handle = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(asyncssh.generate_private_key("ssh-ed25519").export_private_key())
        beside.replace(path)
    public = path.with_suffix(".pub")
    if not public.exists():
        key = asyncssh.read_private_key(str(path))
        public.write_bytes(key.export_public_key())
    return path

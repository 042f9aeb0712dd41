"""The Engine of another machine, reached over ssh by docker's own client.

docker starts the `ssh` of its PATH, and hands no options on. So there is one that stands first, and
that gives the real one a configuration: no questions, a key of homeport's own beside those of who
runs it, and the host keys that were shown when the builder was added. What that person's own
configuration says of the host (its address, its user, a jump host) holds.
Source: docker/cli, cli/connhelper; ssh_config(5): of each setting, the first value holds.
"""

from __future__ import annotations

import base64
import hashlib
import os
import re
import shutil
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from homeport.engine import process
from homeport.errors import HomeportError, Unavailable

_SECONDS = 40.0
_PRUNED_WITHIN = 300.0  # seconds: a card of a Pi is slow
_TOTAL = re.compile(r"^Total(?: reclaimed space)?:\s*([\d.]+)\s*([kMGT]?)B", re.MULTILINE)
_UNITS = {"": 1, "k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}
# docker asks for 30 s to connect, which goes before what a configuration says.
_SHIM = """\
#!/bin/sh
exec "$HOMEPORT_SSH" -F "$HOMEPORT_SSH_CONFIG" -o ConnectTimeout=10 "$@"
"""
_CONFIG = """\
BatchMode yes
ServerAliveInterval 15
UpdateHostKeys no
StrictHostKeyChecking {strict}
UserKnownHostsFile "{pins}" ~/.ssh/known_hosts ~/.ssh/known_hosts2
IdentityFile "{key}"
IdentityFile ~/.ssh/id_ed25519
IdentityFile ~/.ssh/id_ecdsa
IdentityFile ~/.ssh/id_rsa
Include ~/.ssh/config
Include /etc/ssh/ssh_config
"""
# What ssh or docker says, what that means, and what to do.
_FAULTS = (
    (
        "REMOTE HOST IDENTIFICATION HAS CHANGED",
        "another host key than the one that was remembered is shown",
        "is it the same machine? Then homeport builder rm {name}, and add it again",
    ),
    (
        "Host key verification failed",
        "its host key is not known",
        "homeport builder rm {name}, and add it again: its host key is shown then",
    ),
    (
        "Permission denied (",
        "it does not let homeport in",
        "add this line to ~/.ssh/authorized_keys there: {key}",
    ),
    (
        "permission denied while trying to connect to the Docker daemon",
        "who logs in may not use Docker there",
        "there, as root: usermod -aG docker USER",
    ),
    (
        "Cannot connect to the Docker daemon",
        "no Docker Engine runs there",
        "there: systemctl start docker",
    ),
    ("not found", "there is no docker on it", "install Docker there"),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """One. `folder` holds homeport's key and what is remembered; it is made when it is needed."""

    name: str
    host: str  # a DOCKER_HOST: ssh://me@pi
    folder: Path

    async def learn(self) -> tuple[str, tuple[str, ...]]:
        """Meet it for the first time: its architecture, and its host keys, now remembered.

        Returns:
            The architecture as its Engine calls it, and the fingerprints of what was not known.

        Raises:
            Unavailable: it does not answer, or lets nobody in.
        """
        self.forget()
        await self._prepare(strict="accept-new")
        try:
            arch = await self.architecture()
        except Unavailable:
            self.forget()
            raise
        await self._prepare(strict="yes")
        return arch, tuple(_fingerprint(line) for line in self._pinned())

    def forget(self) -> None:
        """Forget its host keys."""
        for path in (self._pins, self._config):
            path.unlink(missing_ok=True)

    async def architecture(self) -> str:
        """The architecture of its Engine, as that calls it itself.

        Raises:
            Unavailable: it does not answer.
        """
        argv = ["docker", "version", "--format", "{{.Server.Arch}}"]
        where = await self.environment()
        try:
            done = await process.run(argv, env=where, seconds=_SECONDS)
        except HomeportError as error:  # no end within that time
            raise self._fault("", error.message) from error
        if done.status or not done.text.strip():
            raise self._fault(done.stderr.decode(errors="replace"), done.complaint)
        return done.text.strip()

    async def prune_cache(self, keep: int) -> int:
        """Take the oldest of its build cache away until that has `keep` bytes; bytes that went.

        Raises:
            Unavailable: it does not answer.
        """
        argv = ["docker", "builder", "prune", "--all", "--force", "--keep-storage", str(keep)]
        where = {**await self.environment(), "BUILDX_BUILDER": "default"}
        try:
            done = await process.run(argv, env=where, seconds=_PRUNED_WITHIN)
        except HomeportError as error:
            raise self._fault("", error.message) from error
        if done.status:
            raise self._fault(done.stderr.decode(errors="replace"), done.complaint)
        return reclaimed(done.text)

    async def environment(self) -> Mapping[str, str]:
        """With which `docker` reaches it.

        Raises:
            Unavailable: there is no ssh on this box.
        """
        if not self.host.startswith("ssh://"):
            return {"DOCKER_HOST": self.host}
        if not self._config.exists():
            await self._prepare(strict="yes")
        return {
            "DOCKER_HOST": self.host,
            "PATH": f"{self.folder / 'bin'}:{os.environ.get('PATH', os.defpath)}",
            "HOMEPORT_SSH": _program("ssh"),
            "HOMEPORT_SSH_CONFIG": str(self._config),
        }

    @property
    def _config(self) -> Path:
        return self.folder / f"{self.name}.conf"

    @property
    def _pins(self) -> Path:
        return self.folder / f"{self.name}.known_hosts"

    @property
    def _key(self) -> Path:
        return self.folder / "key"

    def _pinned(self) -> list[str]:
        return self._pins.read_text().splitlines() if self._pins.exists() else []

    async def _prepare(self, *, strict: str) -> None:
        shim = self.folder / "bin" / "ssh"
        shim.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.folder.chmod(0o700)
        shim.write_text(_SHIM)
        shim.chmod(0o700)
        if not self._key.exists():
            await _make_key(self._key)
        pins, key = (str(path).replace("%", "%%") for path in (self._pins, self._key))
        self._config.write_text(_CONFIG.format(strict=strict, pins=pins, key=key))

    def _fault(self, said: str, last: str) -> Unavailable:
        words = last.rpartition("stderr=")[2].strip()  # ssh's own, at the end of docker's
        other = (words, "is it on, and does `docker -H {host} version` work here?")
        why, hint = next(((w, h) for mark, w, h in _FAULTS if mark in said), other)
        public = self._key.with_suffix(".pub")
        key = public.read_text().strip() if public.exists() else ""
        return Unavailable(
            f"builder {self.name} at {self.host} does not answer: {why}",
            hint=hint.format(name=self.name, host=self.host, key=key),
        )


def reclaimed(said: str) -> int:
    """What docker says that it took away, in bytes. Pure."""
    found = _TOTAL.search(said)
    return round(float(found[1]) * _UNITS[found[2]]) if found else 0


async def _make_key(path: Path) -> None:
    comment = f"homeport@{socket.gethostname()}"
    argv = [_program("ssh-keygen"), "-q", "-t", "ed25519", "-N", "", "-C", comment]
    done = await process.run([*argv, "-f", str(path)])
    if done.status:
        raise Unavailable(f"no key could be made in {path.parent}: {done.complaint}")


def _program(name: str) -> str:
    found = shutil.which(name)
    if not found:
        raise Unavailable(f"{name} is not installed", hint="apt-get install openssh-client")
    return found


def _fingerprint(line: str) -> str:
    """Of a line of known_hosts, as `ssh-keygen -l` shows it."""
    key = base64.b64decode(line.split()[2])
    return "SHA256:" + base64.b64encode(hashlib.sha256(key).digest()).decode().rstrip("=")

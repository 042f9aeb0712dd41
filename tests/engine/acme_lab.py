"""A real and strict ACME server, with a real name server: what the tests of certificates share."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from homeport.certs.issue import Trouble, do
from homeport.certs.job import AskWindows, Issue, Issued, Places
from homeport.certs.model import Held, Server, Wanted
from homeport.dns.model import Zone
from homeport.dns.providers.rfc2136 import Rfc2136
from tests.acme_front import Front
from tests.e2e.named import Named
from tests.pebble import Pebble


@dataclass
class Lab:
    """An ACME server, its name server, and who answers for names at port 80."""

    folder: Path
    named: Named
    pebble: Pebble
    front: Front
    tokens: Path
    seconds: float = 30.0
    replaces: str = ""
    places: Places = field(init=False)

    def __post_init__(self) -> None:
        self._before = self.pebble.orders()
        self.places = Places(
            certs=str(self.folder / "certs"),
            tokens=str(self.tokens),
            state=str(self.folder / "acme"),
            ca=str(self.folder / "ca"),
        )

    @property
    def server(self) -> Server:
        """How it is spoken to."""
        return Server(ca_file=self.pebble.ca_file, seconds=self.seconds)

    @property
    def records(self) -> Rfc2136:
        """Who sets TXT records."""
        options = {
            "server": f"127.0.0.1:{self.named.port}",
            "key_name": "home",
            "key": self.named.key,
        }
        return Rfc2136(Zone(name="example.org", provider="rfc2136", options=options))

    def wanted(self, *names: str, **more: Any) -> Wanted:
        """A certificate by this server."""
        return Wanted(names=names, directory=self.front.directory, **more)

    @property
    def orders(self) -> int:
        """How many were placed in this test."""
        return self.pebble.orders() - self._before

    async def issue(self, wanted: Wanted) -> Held:
        """It, issued."""
        job = Issue(
            wanted=wanted,
            places=self.places,
            server=self.server,
            replaces=self.replaces,
            nameservers={"example.org": (("127.0.0.1", self.named.port),)},
        )
        issued = await do(job, self.records)
        assert isinstance(issued, Issued)
        return issued.held

    async def trouble(self, wanted: Wanted) -> Trouble:
        """Why it was not issued."""
        with pytest.raises(Trouble) as caught:
            await self.issue(wanted)
        return caught.value

    def verified(self, wanted: Wanted, *, root: int = 0) -> str:
        """What OpenSSL says of it, for its last name."""
        current = self.folder / "certs" / ".made" / wanted.key / "current"
        (self.folder / "root.pem").write_text(self.pebble.root(root))
        command: list[str | Path] = [
            "openssl", "verify", "-CAfile", self.folder / "root.pem",
            "-untrusted", current / "fullchain.pem",
            "-verify_hostname", wanted.names[-1].replace("*", "any"),
            current / "fullchain.pem",
        ]  # fmt: skip
        done = subprocess.run(command, check=False, capture_output=True, text=True)
        return (done.stdout + done.stderr).strip().replace(f"{current}/", "")

    def about(self, held: Held) -> AskWindows:
        """Asks when the server wants its renewal."""
        return AskWindows(
            holder=held.holder,
            renewal_ids=(held.renewal_id,),
            places=self.places,
            server=self.server,
        )

    def problem_of(self, error: Trouble) -> tuple[str, str, str]:
        """What is told of it."""
        return error.problem.kind, error.problem.host, error.problem.step


@dataclass(frozen=True)
class World:
    """What the tests share: starting it takes seconds."""

    named: Named
    pebble: Pebble
    tokens: Path


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An ACME server that refuses every fifth nonce, and has every name proved anew."""
    folder = tmp_path_factory.mktemp("acme")
    tokens = folder / "tokens"
    tokens.mkdir()
    web = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Tokens, directory=str(tokens)))
    threading.Thread(target=web.serve_forever, daemon=True).start()
    named = Named(folder / "named")
    named.start()
    refusing = {
        "PEBBLE_WFE_NONCEREJECT": "20",
        "PEBBLE_AUTHZREUSE": "0",
        "PEBBLE_ALTERNATE_ROOTS": "2",
    }
    pebble = Pebble(folder / "pebble", named.port, web.server_port, refusing)
    pebble.start()
    named.change("*.example.org", "A", "127.0.0.1")
    yield World(named, pebble, tokens)
    pebble.stop()
    named.stop()
    web.shutdown()
    web.server_close()


@pytest.fixture
def lab(tmp_path: Path, world: World) -> Iterator[Lab]:
    """All of it; `*.example.org` leads to it."""
    front = Front(world.pebble)
    front.start()
    yield Lab(tmp_path, world.named, world.pebble, front, world.tokens)
    front.stop()


class _Tokens(SimpleHTTPRequestHandler):
    def translate_path(self, path: str) -> str:
        return super().translate_path(path.removeprefix("/.well-known/acme-challenge"))

    def log_message(self, *_: object) -> None:
        """Nothing."""

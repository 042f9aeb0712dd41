"""Word of what fails reaches a server that listens, and its address is shown nowhere."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.e2e.conftest import started
from tests.e2e.house import App, House, eventually

SECRET = "T0SECRET"


class Listener(BaseHTTPRequestHandler):
    """Keeps what it is told in the server's `told`."""

    def log_message(self, *_: Any) -> None:
        """Be silent."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        self.server.told.append((self.path, dict(self.headers), body))  # type: ignore[attr-defined]
        self.send_response(200)
        self.send_header("Content-Length", "0")
        self.end_headers()


@contextmanager
def listening(port: int = 0) -> Iterator[ThreadingHTTPServer]:
    """While the block lasts."""
    server = ThreadingHTTPServer(("127.0.0.1", port), Listener)
    server.told = []  # type: ignore[attr-defined]
    thread = threading.Thread(target=server.serve_forever, args=(0.05,))
    thread.start()
    try:
        yield server
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def titles(server: Any) -> list[str]:
    """What it was told, in the order in which it came."""
    return [
        headers["Title"] if "Title" in headers else json.loads(body)["title"]
        for _, headers, body in server.told
    ]


def test_what_fails_is_told_and_that_it_is_well_again(tmp_path: Path) -> None:
    with listening() as chat, listening() as ntfy:
        addresses = (
            f"http://127.0.0.1:{chat.server_port}/{SECRET},"
            f"ntfy+http://me:{SECRET}@127.0.0.1:{ntfy.server_port}/box"
        )
        for house in started(House(tmp_path, {"HOMEPORT_NOTIFY": addresses})):
            assert "on its way to 2 addresses" in house.homeport("notify").stderr
            app = house.app()
            app.live("one")
            _breaks(app)
            app.live("two")
            name = app.name
            expected = ["homeport can reach you", f"{name} did not go live"]
            expected += [f"{name} is live again"]
            eventually(partial(_were_told, expected, chat, ntfy))
            _, headers, text = ntfy.told[1]  # type: ignore[attr-defined]
            assert ("high", "warning") == (headers["Priority"], headers["Tags"])
            assert headers["Authorization"].startswith("Basic ")
            assert b"exit" in text
            _shows_no_secret(house)


def test_who_was_down_is_told_when_homeport_starts_again(tmp_path: Path) -> None:
    with listening() as gone:
        port = gone.server_port
    house = House(tmp_path, {"HOMEPORT_NOTIFY": f"http://127.0.0.1:{port}/{SECRET}"})
    for _ in started(house):
        house.homeport("notify")
        house.kill()
        with listening(port) as back:
            house.start()
            eventually(lambda: titles(back) == ["homeport can reach you"])


def test_an_address_that_cannot_be_keeps_homeport_from_starting(tmp_path: Path) -> None:
    house = House(tmp_path, {"HOMEPORT_NOTIFY": f"ftp://example.org/{SECRET}"})
    done = house.homeport("up", check=False)
    assert (2, False) == (done.returncode, SECRET in done.stderr)
    assert "notify: address 1 is no URL" in done.stderr


def _were_told(expected: list[str], *servers: Any) -> bool:
    return all(expected == titles(server) for server in servers)


def _breaks(app: App) -> None:
    app.version("broken", 'CMD ["sh", "-c", "exit 3"]')
    assert 1 == app.push(check=False).returncode


def _shows_no_secret(house: House) -> None:
    shown = house.homeport("events").stdout + house.homeport("status", "--json").stdout
    assert SECRET not in shown + (house.folder / "daemon.log").read_text()

"""ZeroSSL's API, which gives external accounts: what it is asked, and what it answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from homeport.certs.asking import DIRECTORIES
from homeport.certs.binding import binding_of
from homeport.certs.model import Holder, Secrets, Server
from homeport.certs.problems import Failed
from tests.e2e.house import free_port

ZEROSSL = Holder(directory=DIRECTORIES["zerossl"])
GIVEN = json.dumps({"success": True, "eab_kid": "kid", "eab_hmac_key": "key"})


@dataclass
class Api:
    """It answers with `says`, and keeps what it was asked."""

    says: str = GIVEN
    asked: list[str] = field(default_factory=list)
    port: int = 0

    @property
    def server(self) -> Server:
        """How it is reached."""
        return Server(zerossl=f"http://127.0.0.1:{self.port}")


@pytest.fixture
def api() -> Iterator[Api]:
    """Listens on loopback."""
    found = Api()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0)).decode()
            found.asked.append(f"{self.path} {body}".strip())
            self.send_response(200)
            self.end_headers()
            self.wfile.write(found.says.encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    found.port = server.server_port
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield found
    server.shutdown()
    server.server_close()


def refused(holder: Holder, secrets: Secrets, server: Server) -> tuple[str, str]:
    """Kind and reason."""
    with pytest.raises(Failed) as caught:
        binding_of(holder, secrets, server)
    return caught.value.problem.kind, caught.value.problem.detail


def test_an_account_for_a_key_of_the_api(api: Api) -> None:
    secrets = Secrets(zerossl="s3cret")
    assert ("kid", "key") == binding_of(ZEROSSL, secrets, api.server)
    assert ["/acme/eab-credentials?access_key=s3cret"] == api.asked


def test_an_account_for_an_address_of_email(api: Api) -> None:
    holder = Holder(directory=ZEROSSL.directory, email="me@example.org")
    assert ("kid", "key") == binding_of(holder, Secrets(), api.server)
    assert ["/acme/eab-credentials-email email=me%40example.org"] == api.asked


def test_nobody_else_is_asked(api: Api) -> None:
    other = Holder(directory="https://ca.example/dir", email="me@example.org")
    named = Holder(directory=ZEROSSL.directory, key_id="mine")
    given = (
        binding_of(other, Secrets(zerossl="s3cret"), api.server),
        binding_of(named, Secrets(binding="a2V5", zerossl="s3cret"), api.server),
    )
    assert ((None, ("mine", "a2V5")), []) == (given, api.asked)


@pytest.mark.parametrize(
    ("says", "kind", "why"),
    [
        ('{"success": false}', "externalAccountRequired", "it takes no such key of its API"),
        ("<html>", "down", "its API does not answer as it should"),
        ("[]", "down", "its API does not answer as it should"),
        ('{"success": true}', "down", "its API does not answer as it should"),
    ],
)
def test_a_refusal_names_no_key(api: Api, says: str, kind: str, why: str) -> None:
    api.says = says
    found = refused(ZEROSSL, Secrets(zerossl="s3cret"), api.server)
    assert (kind, f"ZeroSSL gives no account: {why}") == found


def test_it_is_down_and_there_is_nothing_to_ask_by() -> None:
    down = Server(zerossl=f"http://127.0.0.1:{free_port()}")
    assert "down" == refused(ZEROSSL, Secrets(zerossl="s3cret"), down)[0]
    assert "externalAccountRequired" == refused(ZEROSSL, Secrets(), down)[0]

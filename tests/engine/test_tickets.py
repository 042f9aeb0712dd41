"""Session tickets of a real nginx: who comes back resumes, until the key of the ticket is gone."""

from __future__ import annotations

import re
import socket
import ssl
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from homeport.model.route import Route
from homeport.model.tls import Certificate
from homeport.proxy.render import Secured
from tests.certificates import issue
from tests.engine.nginx_lab import Lab, docker, started

pytestmark = pytest.mark.engine
HOST = "tickets.example"
LIFE = 4  # seconds, in the place of a day
REQUEST = f"GET / HTTP/1.1\r\nHost: {HOST}\r\nConnection: close\r\n\r\n".encode()
BOTH = pytest.mark.parametrize("version", ["-tls1_2", "-tls1_3"])


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lab]:
    """An nginx as the daemon has it, with one site."""
    with ready(tmp_path_factory.mktemp("tickets")) as made:
        serve(made)
        yield made


@contextmanager
def ready(folder: Path) -> Iterator[Lab]:
    """An nginx with a certificate."""
    with started(folder) as made:
        (made.folder / "conf" / "tls").mkdir()
        issue(made.folder / "conf" / "tls", "ab12", HOST)
        yield made


def serve(lab: Lab, *, life: str = "1d") -> None:
    """The site by https, which nginx answers for itself; each time by a reload."""
    route = Route(host=HOST, owner="o", leads_to="elsewhere.example")
    secured = Secured(certificates={HOST: Certificate(name=HOST, not_after=9e9, digest="ab12")})
    usual = "ssl_session_timeout 1d;"
    lab.serve(
        route, secured=secured, edit=lambda text: text.replace(usual, usual.replace("1d", life))
    )


def visit(lab: Lab, *options: str) -> str:
    """What openssl tells of one request by https."""
    command = ["openssl", "s_client", "-connect", f"{lab.address}:443", "-servername", HOST]
    done = subprocess.run(
        [*command, "-ign_eof", *options], check=True, input=REQUEST, capture_output=True, timeout=10
    )
    found = done.stdout.decode(errors="replace")
    assert "HTTP/1.1 301" in found
    return found


def resumes(lab: Lab, ticket: Path, version: str) -> bool:
    """Whether a request with a ticket resumes its session; it is answered in any case."""
    return "Reused, TLS" in visit(lab, version, "-sess_in", str(ticket))


def ticket_of(lab: Lab, path: Path, version: str) -> str:
    """Write a new ticket to a file: the name of its key (RFC 5077, 4)."""
    said = re.findall(r"0000 - (\S+(?: \S+){14})", visit(lab, version, "-sess_out", str(path)))
    return str(said[-1])


@BOTH
def test_who_comes_back_with_a_ticket_resumes_also_after_a_reload(
    lab: Lab, tmp_path: Path, version: str
) -> None:
    """The keys are the memory of all workers, those of the next configuration included."""
    ticket = tmp_path / "ticket"
    key = ticket_of(lab, ticket, version)
    assert resumes(lab, ticket, version)
    serve(lab)
    assert [True, key] == [
        resumes(lab, ticket, version),
        ticket_of(lab, tmp_path / "later", version),
    ]


@pytest.fixture
def hasty(tmp_path: Path) -> Iterator[Lab]:
    """One whose tickets and keys live for seconds, from its first handshake on."""
    with ready(tmp_path / "hasty") as made:
        serve(made, life=f"{LIFE}s")
        yield made


@BOTH
def test_a_ticket_outlives_the_change_of_keys_and_not_its_key(
    hasty: Lab, tmp_path: Path, version: str
) -> None:
    """Nginx makes a new key when a life is over, and keeps the one before for a life more."""
    lab = hasty
    ticket, key, following = _last_of_its_key(lab, tmp_path, version)
    assert key != following
    assert resumes(lab, ticket, version)
    deadline = time.monotonic() + 4 * LIFE
    keys = [key, following]
    while len(keys) < 4 and time.monotonic() < deadline:
        made = ticket_of(lab, tmp_path / "new", version)
        keys += [made] if made != keys[-1] else []
        time.sleep(0.1)
    assert 4 == len(set(keys))
    assert not resumes(lab, ticket, version)


def _last_of_its_key(lab: Lab, folder: Path, version: str) -> tuple[Path, str, str]:
    """The ticket before nginx changed keys, its key, and the one after it."""
    deadline = time.monotonic() + 4 * LIFE
    last, turn = ticket_of(lab, folder / "0", version), 0
    while time.monotonic() < deadline:
        turn += 1
        now = ticket_of(lab, folder / str(turn), version)
        if now != last:
            return folder / str(turn - 1), last, now
        time.sleep(0.1)
    raise AssertionError("nginx kept its key")


def test_a_handshake_gives_one_ticket_and_resuming_gives_the_next(lab: Lab, tmp_path: Path) -> None:
    """Half of what OpenSSL makes by itself; tickets of TLS 1.3 are used once."""
    serve(lab)
    first, second = (tmp_path / name for name in ("first", "second"))
    full = visit(lab, "-tls1_3", "-sess_out", str(first))
    again = visit(lab, "-tls1_3", "-sess_in", str(first), "-sess_out", str(second))
    assert [1, 1] == [said.count("Post-Handshake New Session Ticket") for said in (full, again)]
    assert resumes(lab, second, "-tls1_3")


def test_curl_and_python_resume_with_the_one_ticket(lab: Lab) -> None:
    """The second connection of each."""
    serve(lab)
    assert [0, 1] == [
        said.count("reusing session ID") + said.count("re-using session ID") for said in _curl(lab)
    ]
    context = ssl.create_default_context(cafile=str(lab.folder / "conf/tls/ab12.crt"))
    session, fresh = _python(lab, context, None)
    assert [False, True] == [fresh, _python(lab, context, session)[1]]


def _curl(lab: Lab) -> tuple[str, str]:
    """What curl tells of two connections."""
    to, url = f"{HOST}:443:{lab.address}:443", f"https://{HOST}/"
    common = ["-sv", "--connect-to", to, "--cacert", str(lab.folder / "conf/tls/ab12.crt")]
    done = subprocess.run(
        ["curl", *common, "-H", "Connection: close", "--http1.1", url, url],
        check=True, capture_output=True, text=True, timeout=10,
    )  # fmt: skip
    first, second = done.stderr.split("Closing connection 0")
    return first, second


def _python(
    lab: Lab, context: ssl.SSLContext, session: ssl.SSLSession | None
) -> tuple[ssl.SSLSession | None, bool]:
    """One request: its session, and whether it was resumed."""
    with (
        socket.create_connection((lab.address, 443), timeout=10) as plain,
        context.wrap_socket(plain, server_hostname=HOST, session=session) as secure,
    ):
        secure.sendall(REQUEST)
        while secure.recv(65536):
            pass
        return secure.session, bool(secure.session_reused)


def test_none_but_nginxs_user_can_read_the_keys_of_tickets(lab: Lab) -> None:
    """They are in no file, and the memory of its processes is closed to others."""
    text = (lab.folder / "conf" / "nginx.conf").read_text()
    assert "ssl_session_ticket_key" not in text
    listed = docker("top", lab.name, "-eo", "pid,uid,args").splitlines()
    found = [line.split(None, 2) for line in listed if "nginx:" in line]
    assert {"master", "worker"} == {title.split()[1] for _, _, title in found}
    for pid, uid, _ in found:
        memory = Path(f"/proc/{pid}/mem").stat()
        assert (int(uid), 0o600) == (memory.st_uid, memory.st_mode & 0o777)

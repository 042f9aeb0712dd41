"""Certificates by ACME, from a real and strict server, with a real name server."""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from homeport.certs.folder import Folder
from homeport.certs.issue import Trouble, do
from homeport.certs.job import AskWindows, Done, Issue, Issued, Places, Revoke
from homeport.certs.lookup import Lookup
from homeport.certs.memory import Memory
from homeport.certs.model import Held, Secrets, Server, Wanted
from homeport.certs.plan import pause_after
from homeport.certs.rows import ignored_of
from homeport.dns.model import Zone
from homeport.dns.providers.rfc2136 import Rfc2136
from homeport.upkeep.renewal_info import RenewalInfo
from tests.acme_front import Front, Reply, identity, nonsense, problem, renewal_info, slow
from tests.certificates import issue
from tests.e2e.house import free_port, small_disk
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


# -- what works


async def test_a_certificate_for_three_names_by_http(lab: Lab) -> None:
    wanted = lab.wanted("a.example.org", "b.example.org", "c.example.org")
    held = await lab.issue(wanted)
    assert set(wanted.names) == set(held.names)
    assert "fullchain.pem: OK" == lab.verified(wanted)
    assert [] == list(lab.tokens.iterdir())
    assert [] == list((lab.folder / "acme" / "orders").iterdir())
    assert {wanted.key: held} == Folder(lab.folder / "certs").held()


async def test_keys_are_for_their_owner_alone(lab: Lab) -> None:
    await lab.issue(lab.wanted("a.example.org", email="me@example.org"))
    places = (lab.folder / "certs", lab.folder / "acme")
    files = [p for place in places for p in place.rglob("*") if p.is_file() and not p.is_symlink()]
    secret = [p for p in files if b"PRIVATE KEY" in p.read_bytes()]
    assert 2 == len(secret)
    assert {0o600} == {stat.S_IMODE(p.stat().st_mode) for p in secret}
    assert {0o700} == {stat.S_IMODE(place.stat().st_mode) for place in places}


async def test_a_wildcard_by_dns_beside_its_own_domain(lab: Lab) -> None:
    wanted = lab.wanted("example.org", "*.example.org", challenge="dns")
    await lab.issue(wanted)
    assert "fullchain.pem: OK" == lab.verified(wanted)
    assert [] == lab.named.ask("_acme-challenge.example.org", "TXT")


@pytest.mark.parametrize("key_type", ["ec-384", "2048"])
async def test_other_kinds_of_keys(lab: Lab, key_type: str) -> None:
    wanted = lab.wanted("a.example.org", key_type=key_type)
    await lab.issue(wanted)
    assert "fullchain.pem: OK" == lab.verified(wanted)


async def test_the_chain_that_is_preferred_is_taken_by_a_part_of_its_name(lab: Lab) -> None:
    roots = [x509.load_pem_x509_certificate(lab.pebble.root(n).encode()) for n in range(3)]
    ends = [str(r.subject.get_attributes_for_oid(NameOID.COMMON_NAME)[0].value) for r in roots]
    for number, end in enumerate(ends):
        wanted = lab.wanted(f"chain{number}.example.org", chain=end.upper()[-6:])
        assert end == (await lab.issue(wanted)).chain
        assert "fullchain.pem: OK" == lab.verified(wanted, root=number)
    wanted = lab.wanted("nobody.example.org", chain="ISRG Root X1")
    held = await lab.issue(wanted)
    told = f"the authority offers no chain that ends so; this one ends in {ends[0]}"
    assert [f"ACME_PREFERRED_CHAIN: {told}"] == [str(one) for one in ignored_of(wanted, held)]


async def test_a_private_key_stays_where_that_is_wanted_unless_it_was_revoked(lab: Lab) -> None:
    wanted = lab.wanted("a.example.org", same_key=True)
    folder, keys = Folder(lab.folder / "certs"), []
    for _ in range(2):
        await lab.issue(wanted)
        keys.append(folder.private_key(wanted.key))
    await lab.issue(replace(wanted, key_type="ec-384"))
    keys.append(folder.private_key(wanted.key))
    await do(Revoke(key=wanted.key, reason=1, places=lab.places, server=lab.server))
    await lab.issue(replace(wanted, key_type="ec-384"))
    keys.append(folder.private_key(wanted.key))
    assert (True, 3) == (keys[0] == keys[1], len(set(keys)))


async def test_five_at_once_share_one_account(lab: Lab) -> None:
    before = lab.pebble.log().count("accounts in memory")
    many = [lab.wanted(f"n{n}.example.org") for n in range(5)]
    await asyncio.gather(*(lab.issue(one) for one in many))
    assert 1 == len(list((lab.folder / "acme" / "accounts").glob("*.json")))
    assert 1 == lab.pebble.log().count("accounts in memory") - before


async def test_a_server_that_forgot_the_account_is_told_again(lab: Lab) -> None:
    await lab.issue(lab.wanted("a.example.org"))
    lab.pebble.stop()
    lab.pebble.again()
    await lab.issue(lab.wanted("b.example.org"))


async def test_every_fifth_nonce_is_refused_and_every_order_succeeds(lab: Lab) -> None:
    refused = lab.pebble.log().count("Rejected badNonce") + lab.pebble.log().count("badNonce")
    for number in range(5):
        await lab.issue(lab.wanted(f"n{number}.example.org", f"m{number}.example.org"))
    assert 5 == lab.orders
    tries = [one for one in lab.front.asked if one.startswith("POST")]
    assert len(tries) > 5 * 9, refused


async def test_it_is_revoked_and_serves_until_another_is_there(lab: Lab) -> None:
    wanted = lab.wanted("a.example.org")
    held = await lab.issue(wanted)
    job = Revoke(key=wanted.key, reason=4, places=lab.places, server=lab.server)
    assert Done() == await do(job, lab.records)
    assert "Revoked" == lab.pebble.status(held.serial)
    assert {wanted.key: replace(held, revoked=True)} == Folder(lab.folder / "certs").held()
    await lab.issue(wanted)
    assert not Folder(lab.folder / "certs").held()[wanted.key].revoked


# -- external accounts

KID, HMAC = "kid-1", "zWNDZM6eQGHWpSRTPal5eIUYFTu7EajVIoguysqZ9wG44nMEtx3MUAsUDkMTQ12W"


@pytest.fixture
def binding(tmp_path: Path, world: World) -> Iterator[Lab]:
    """An authority that wants an external account."""
    port = world.pebble.http_port
    pebble = Pebble(tmp_path / "bound", world.named.port, port, bound={KID: HMAC})
    pebble.start()
    front = Front(pebble)
    front.start()
    yield Lab(tmp_path, world.named, pebble, front, world.tokens)
    front.stop()
    pebble.stop()


async def test_an_external_account_that_a_container_names_is_bound(binding: Lab) -> None:
    wanted = binding.wanted("a.example.org", key_id=KID)
    wanted = replace(wanted, secrets=Secrets(binding=HMAC))
    held = await binding.issue(wanted)
    assert ("fullchain.pem: OK", KID) == (binding.verified(wanted), held.key_id)
    # It can be revoked without the HMAC key, by the account that ordered it.
    job = Revoke(key=wanted.key, reason=0, places=binding.places, server=binding.server)
    assert Done() == await do(job)
    assert "Revoked" == binding.pebble.status(held.serial)


@pytest.mark.parametrize(
    ("key_id", "key", "kind", "said"),
    [
        ("", "", "externalAccountRequired", "externalAccountBinding"),
        ("nobody", HMAC, "unauthorized", ""),
        (KID, "not base64!", "externalAccountRequired", "the HMAC key of the external account"),
    ],
)
async def test_an_external_account_that_is_none_is_told(
    binding: Lab, key_id: str, key: str, kind: str, said: str
) -> None:
    wanted = binding.wanted("a.example.org", key_id=key_id)
    error = await binding.trouble(replace(wanted, secrets=Secrets(binding=key)))
    assert (kind, "account") == (error.problem.kind, error.problem.step), error.message
    assert said in error.message
    assert HMAC not in str(error)


# -- interrupted


async def test_an_order_that_kill_9_interrupted_is_picked_up_again(lab: Lab) -> None:
    """At each step from the proof to the download, the same order is gone on with."""
    for number, path in enumerate(("/chalZ/", "/finalize-order/", "/certZ/")):
        wanted = lab.wanted(f"kill{number}.example.org")
        reached = threading.Event()
        lab.front.rules = {path: partial(_stuck, reached)}
        running = asyncio.create_task(lab.issue(wanted))
        await asyncio.to_thread(reached.wait, 30)
        for pid in _children():
            os.kill(pid, signal.SIGKILL)
        with pytest.raises(Trouble):
            await running
        lab.front.rules = {}
        await lab.issue(wanted)
        assert "fullchain.pem: OK" == lab.verified(wanted)
        assert number + 1 == lab.orders


def _stuck(reached: threading.Event, passed_on: Callable[[], Reply]) -> Reply:
    """The server has done it, and who asked will never know."""
    reply = passed_on()
    reached.set()
    threading.Event().wait(2)
    return reply


def _children() -> list[int]:
    """The processes that order for this test."""
    found = subprocess.run(
        ["pgrep", "-P", str(os.getpid()), "-f", "homeport.certs.child"],
        check=False,
        capture_output=True,
        text=True,
    )
    return [int(line) for line in found.stdout.split()]


# -- bad days


async def test_a_server_that_is_down(lab: Lab) -> None:
    down = Wanted(names=("a.example.org",), directory=f"https://127.0.0.1:{free_port()}/dir")
    error = await lab.trouble(down)
    assert ("the ACME server does not answer", "down") == (error.message, error.problem.kind)


async def test_a_server_that_nobody_trusts(lab: Lab) -> None:
    job = Issue(wanted=lab.wanted("a.example.org"), places=lab.places)
    with pytest.raises(Trouble) as caught:
        await do(job, lab.records)
    assert "the ACME server's own certificate is not trusted" == caught.value.message


@pytest.mark.parametrize("since", [86_400, -86_401])
async def test_a_clock_that_is_off_by_a_day_is_told(lab: Lab, since: int) -> None:
    """The server's certificate is of tomorrow, or was of yesterday, as such a box sees it."""
    folder = lab.folder / "elsewhere"
    folder.mkdir()
    issue(folder, "tls", "127.0.0.1", since=since, seconds=since + 86_400)
    there = SimpleNamespace(folder=folder, port=lab.pebble.port, ca_file=lab.pebble.ca_file)
    front = Front(cast("Pebble", there))
    front.start()
    wanted = Wanted(names=("a.example.org",), directory=front.directory)
    server = Server(ca_file=str(folder / "tls.crt"))
    with pytest.raises(Trouble) as caught:
        await do(Issue(wanted=wanted, places=lab.places, server=server))
    front.stop()
    today = f"{datetime.now(UTC):%F}"
    assert "today: is the clock of this box right? It says " + today in caught.value.message


async def test_limits_say_when_they_end(lab: Lab) -> None:
    said = "too many certificates already issued for example.org"
    lab.front.rules = {"/order-plz": problem("rateLimited", said, status=429, retry_after="7200")}
    error = await lab.trouble(lab.wanted("a.example.org"))
    found = (error.message, error.problem.kind, error.problem.after)
    assert (said, "rateLimited", 7200.0) == found


@pytest.mark.parametrize("odd", ["9" * 400, "Fri, 31 Dec 9999 23:59:59 GMT", "-5", "soon"])
async def test_an_odd_retry_after_is_no_more_than_odd(lab: Lab, odd: str) -> None:
    rule = problem("rateLimited", "too many", status=429, retry_after=odd)
    lab.front.rules = {"/order-plz": rule}
    error = await lab.trouble(lab.wanted("a.example.org"))
    assert 0 <= error.problem.after <= 366 * 86400
    assert ("too many", "rateLimited") == (error.message, error.problem.kind)


@pytest.mark.parametrize(
    ("record", "name", "why"),
    [
        ('0 issue "other.example"', "a.caa1.example.org", "other.example"),
        ('0 issue ";"', "b.caa2.example.org", "nobody"),
        ('0 issue "pebble.example; validationmethods=dns-01"', "c.caa3.example.org", ""),
        ('0 issuewild "other.example"', "d.caa4.example.org", None),
        ('0 issue "Pebble.example."', "e.caa5.example.org", None),
    ],
)
async def test_a_caa_record_of_a_parent_is_seen_before_anything_is_ordered(
    lab: Lab, record: str, name: str, why: str | None
) -> None:
    """A real record in a real zone; the authority says in its directory who it is."""
    parent = name.partition(".")[2]
    lab.named.change(name, "A", "127.0.0.1")
    lab.named.change(parent, "CAA", record)
    lab.front.rules = identity("pebble.example")
    wanted = lab.wanted(name)
    if why is None:
        await lab.issue(wanted)
        assert 1 == lab.orders
        return
    error = await lab.trouble(wanted)
    assert (("forbidden", name, "order"), 0) == (lab.problem_of(error), lab.orders)
    said = why or "pebble.example; validationmethods=dns-01"
    expected = f"the CAA records of {parent} let {said} sign for {name}"
    assert f"{expected}, and not pebble.example by http-01" == error.message


def test_a_name_server_that_is_silent_keeps_nobody_waiting(world: World) -> None:
    """The next one is asked; and where there is none, a hundred names wait once."""
    world.named.change("silent.example.org", "CAA", '0 issue "other.example"')
    there = ("127.0.0.1", world.named.port)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as silent:
        silent.bind(("127.0.0.1", 0))
        gone = silent.getsockname()
        where, (record,) = Lookup({"example.org": (gone, there)})("a.silent.example.org")
        assert ("silent.example.org", "other.example") == (where, record.value)
        lookup, began = Lookup({"example.org": (gone,)}), time.monotonic()
        names = [f"n{number}.example.org" for number in range(100)]
        assert [(name, ()) for name in names] == [lookup(name) for name in names]
        assert time.monotonic() - began < 60  # a hundred would take 300 and more


async def test_a_caa_record_that_only_the_authority_sees(lab: Lab) -> None:
    said = "CAA record for a.example.org prevents issuance"
    lab.front.rules = {"/finalize-order/": problem("caa", said)}
    error = await lab.trouble(lab.wanted("a.example.org"))
    assert (said, "caa", "certificate") == (error.message, error.problem.kind, error.problem.step)
    assert "CAA records" in error.hint


async def test_a_name_that_leads_elsewhere_says_which_of_them(lab: Lab) -> None:
    lab.named.change("lost.example.org", "A", "127.9.9.9")
    error = await lab.trouble(lab.wanted("a.example.org", "lost.example.org"))
    assert ("connection", "lost.example.org", "challenge") == lab.problem_of(error)


async def test_one_who_answers_something_else_for_the_name(lab: Lab) -> None:
    (lab.folder / "elsewhere").mkdir()
    lab.places = replace(lab.places, tokens=str(lab.folder / "elsewhere"))
    error = await lab.trouble(lab.wanted("a.example.org"))
    assert ("unauthorized", "a.example.org", "challenge") == lab.problem_of(error)


@pytest.mark.parametrize(
    "path", ["/dir", "/nonce-plz", "/sign-me-up", "/order-plz", "/authZ/", "/chalZ/", "/certZ/"]
)
async def test_nonsense_at_any_step_is_a_problem_and_nothing_else(lab: Lab, path: str) -> None:
    lab.front.rules = {path: nonsense()}
    error = await lab.trouble(lab.wanted("a.example.org"))
    assert "garbage" == error.problem.kind, error.message
    assert error.message.isprintable()
    assert {} == Folder(lab.folder / "certs").held()


@pytest.mark.parametrize(("times", "orders"), [(1, 1), (4, 2)])
async def test_an_order_that_is_signed_is_not_placed_anew_for_an_answer_that_is_none(
    lab: Lab, times: int, orders: int
) -> None:
    """The same names are signed five times a week; but not for ever is the same order tried."""
    lab.front.rules = {"/certZ/": nonsense()}
    for _ in range(times):
        assert "garbage" == (await lab.trouble(lab.wanted("a.example.org"))).problem.kind
    lab.front.rules = {}
    await lab.issue(lab.wanted("a.example.org"))
    assert orders == lab.orders


async def test_anothers_certificate_is_not_taken(lab: Lab) -> None:
    other = lab.wanted("other.example.org")
    await lab.issue(other)
    chain = Folder(lab.folder / "certs").chain(other.key)
    lab.front.rules = {"/certZ/": lambda ask: Reply(200, chain, ask().headers)}
    error = await lab.trouble(lab.wanted("a.example.org"))
    assert "the ACME server sent what is no certificate for the key" == error.message
    assert [other.key] == list(Folder(lab.folder / "certs").held())


@pytest.mark.parametrize(
    ("names", "seconds", "said"),
    [
        (["b.example.org"], 86400, "a certificate that is not good for a.example.org"),
        ([], 86400, "a certificate that is not good for a.example.org"),
        (["a.example.org"], -86400, "a certificate that has expired at "),
    ],
)
async def test_what_was_not_asked_for_takes_no_certificates_place(
    lab: Lab, names: list[str], seconds: float, said: str
) -> None:
    """Of the right key, and for another name, for none, or of the past."""
    wanted = lab.wanted("a.example.org")
    held = await lab.issue(wanted)
    lab.front.rules = {"/certZ/": lambda ask: _signed_anew(ask(), names, seconds)}
    error = await lab.trouble(wanted)
    assert error.message.startswith(f"the ACME server sent {said}")
    assert {wanted.key: held} == Folder(lab.folder / "certs").held()


def _signed_anew(reply: Reply, names: list[str], seconds: float) -> Reply:
    """The same key, certified for others."""
    if reply.status != 200:  # a nonce was refused
        return reply
    leaf = x509.load_pem_x509_certificates(reply.body)[0]
    now, signer = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
    made = (
        x509.CertificateBuilder()
        .subject_name(leaf.subject)
        .issuer_name(leaf.issuer)
        .public_key(leaf.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=5))
        .not_valid_after(now + timedelta(seconds=seconds))
    )
    if names:
        every = x509.SubjectAlternativeName([x509.DNSName(name) for name in names])
        made = made.add_extension(every, critical=False)
    pem = made.sign(signer, hashes.SHA256()).public_bytes(serialization.Encoding.PEM)
    return Reply(200, pem, reply.headers)


async def test_a_server_with_a_bad_day_is_down(lab: Lab) -> None:
    lab.front.rules = {"/order-plz": nonsense(b"bad gateway", 502)}
    error = await lab.trouble(lab.wanted("a.example.org"))
    assert ("the ACME server answers 502", "down") == (error.message, error.problem.kind)


async def test_a_server_that_takes_too_long_is_given_up(lab: Lab) -> None:
    lab.seconds = 2.0
    lab.front.rules = {"/my-order/": slow(2.5)}
    error = await lab.trouble(lab.wanted("a.example.org"))
    assert "deadline" == error.problem.kind
    lab.seconds, lab.front.rules = 30.0, {}
    await lab.issue(lab.wanted("a.example.org"))
    assert 1 == lab.orders, "the order was gone on with"


async def test_a_token_cannot_lead_out_of_its_folder(lab: Lab) -> None:
    def bad(passed_on: Callable[[], Reply]) -> Reply:
        reply = passed_on()
        found = json.loads(reply.body)
        for challenge in found.get("challenges", ()):  # else a nonce was refused
            challenge["token"] = "../../" + challenge["token"]
        return Reply(200, json.dumps(found).encode(), reply.headers)

    lab.front.rules = {"/authZ/": bad}
    error = await lab.trouble(lab.wanted("a.example.org"))
    assert "garbage" == error.problem.kind


async def test_a_full_disk_fails_the_order_which_is_gone_on_with_later(lab: Lab) -> None:
    certs = lab.folder / "certs"
    certs.mkdir()
    with small_disk(certs):
        error = await lab.trouble(lab.wanted("a.example.org"))
        assert ("disk", True) == (error.problem.kind, "No space left" in error.message)
        assert {} == Folder(certs).held()
    await lab.issue(lab.wanted("a.example.org"))
    assert 1 == lab.orders


async def test_a_full_disk_places_no_order_that_nobody_would_remember(lab: Lab) -> None:
    """The server counts orders: 300 in three hours."""
    state = lab.folder / "acme"
    state.mkdir()
    with small_disk(state, "64k"):
        await lab.issue(lab.wanted("first.example.org"))
        filler = state / "filler"
        with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
            while True:
                file.write(b"x" * 4096)
        error = await lab.trouble(lab.wanted("a.example.org"))
        assert ("disk", 1) == (error.problem.kind, lab.orders)
        filler.unlink()
        await lab.issue(lab.wanted("a.example.org"))
    assert 2 == lab.orders


async def test_a_provider_that_refuses_the_record_is_named(lab: Lab) -> None:
    error = await lab.trouble(lab.wanted("*.example.net", challenge="dns"))
    assert "dns-provider" == error.problem.kind
    assert "dns.toml" in error.hint


async def test_a_record_that_the_authority_does_not_see_is_no_matter_of_port_80(lab: Lab) -> None:
    """The zone's servers are others than those that the world asks."""
    lab.named = Named(lab.folder / "other")
    lab.named.start()
    try:
        error = await lab.trouble(lab.wanted("*.example.org", challenge="dns"))
    finally:
        lab.named.stop()
    assert ("unauthorized", "example.org", "challenge") == lab.problem_of(error)
    assert "is the zone delegated to these servers?" in error.hint


@pytest.mark.parametrize("off", [-86400, 86400])
async def test_a_clock_that_is_off_by_a_day_is_told_of_a_zone_too(
    lab: Lab, off: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The name server does not take what was signed yesterday."""
    monkeypatch.setattr("dns.message.time", SimpleNamespace(time=lambda: time.time() + off))
    error = await lab.trouble(lab.wanted("*.example.org", challenge="dns"))
    assert "dns-provider" == error.problem.kind
    assert error.message.startswith("127.0.0.1 and this box do not agree on the time")
    assert "is the clock of this box right?" == error.hint


async def test_a_profile_that_the_authority_does_not_have_is_not_asked_for_again_at_once(
    lab: Lab,
) -> None:
    said = "profile not recognized: shortlived"
    lab.front.rules = {"/order-plz": problem("invalidProfile", said, status=400)}
    error = await lab.trouble(lab.wanted("a.example.org", profile="shortlived"))
    assert (said, True) == (error.message, "acme_profile" in error.hint)
    assert 3600 == pause_after(error.problem.kind, 1, 0)


# -- renewal information


async def test_the_server_is_asked_when_it_wants_a_renewal(lab: Lab) -> None:
    window = {"start": "2027-01-02T04:00:00Z", "end": "2027-01-03T04:00:00Z"}
    lab.front.rules = dict(renewal_info(lambda: window, "21600"))
    held = await lab.issue(lab.wanted("a.example.org"))
    found = await do(lab.about(held), lab.records)
    assert isinstance(found, Done)
    said = found.windows[held.renewal_id]
    assert (1798862400.0, 86400.0) == (said.start, said.end - said.start)
    assert f"GET /renewal-info/{held.renewal_id}" in lab.front.asked


@pytest.mark.parametrize(
    ("day", "retry_after", "start", "pause"),
    [
        (2, "60", 0.0, 21600),  # it ends when it begins: RFC 9773, 4.2
        (1, "60", 0.0, 21600),
        (3, "1", 1798862400.0, 60),  # within reason: 4.3.2
        (3, "9" * 400, 1798862400.0, 86400),
        (3, "7200", 1798862400.0, 7200),
        (3, "", 1798862400.0, 21600),
    ],
)
async def test_what_a_server_says_of_renewals_is_taken_within_reason(
    lab: Lab, day: int, retry_after: str, start: float, pause: float
) -> None:
    held = await lab.issue(lab.wanted("a.example.org"))
    window = {"start": "2027-01-02T04:00:00Z", "end": f"2027-01-0{day}T04:00:00Z"}
    lab.front.rules = dict(renewal_info(lambda: window, retry_after))
    now = time.time()
    found = await do(lab.about(held))
    assert isinstance(found, Done)
    one = found.windows[held.renewal_id]
    assert (start, True) == (one.start, pause <= one.ask_again - now < pause + 30)


async def test_nonsense_about_renewals_is_a_problem(lab: Lab) -> None:
    held = await lab.issue(lab.wanted("a.example.org"))
    lab.front.rules = dict(renewal_info(lambda: {"start": "yesterday", "end": "soon"}, "60"))
    with pytest.raises(Trouble, match="answers what is no answer"):
        await do(lab.about(held))


async def test_a_server_without_it_is_asked_again_in_six_hours(lab: Lab) -> None:
    held = await lab.issue(lab.wanted("a.example.org"))
    found = await do(lab.about(held), lab.records)
    assert isinstance(found, Done)
    assert 0.0 == found.windows[held.renewal_id].start


async def test_of_a_thousand_certificates_fifty_are_asked_about_at_a_time(lab: Lab) -> None:
    """What one process answers would be too much for a line, and would take it too long."""
    window = {"start": "2027-01-02T04:00:00Z", "end": "2027-01-03T04:00:00Z"}
    lab.front.rules = dict(renewal_info(lambda: window, "21600"))
    one = await lab.issue(lab.wanted("a.example.org"))
    held = {str(n): replace(one, renewal_id=f"{one.renewal_id}{n}") for n in range(120)}
    memory, woken = Memory(), asyncio.Event()
    info = RenewalInfo(memory, lab.places, lab.server, woken.set)
    known: list[int] = []
    while len(known) < 3:
        woken.clear()
        async with asyncio.TaskGroup() as group:
            info.ask(group, held, time.time())
            info.ask(group, held, time.time())  # it is being asked
        assert woken.is_set()
        known.append(len(memory.windows))
    assert [50, 100, 120] == known
    assert {1798862400.0} == {found.start for found in memory.windows.values()}


def test_the_daemon_imports_nothing_of_it() -> None:
    code = (
        "import sys, homeport.daemon.main; "
        "print(sorted({'acme', 'josepy', 'cryptography', 'requests', 'dns'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "[]\n" == done.stdout

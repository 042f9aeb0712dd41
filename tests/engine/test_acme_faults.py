"""Orders that fail: servers that are down, slow or odd, limits, CAA, wrong names, full disks."""

from __future__ import annotations

import contextlib
import json
import socket
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from msgspec.structs import replace

from homeport.certs.folder import Folder
from homeport.certs.issue import Trouble, do
from homeport.certs.job import Issue
from homeport.certs.lookup import Lookup
from homeport.certs.model import Server, Wanted
from homeport.certs.plan import pause_after
from tests.acme_front import Front, Reply, identity, nonsense, problem, slow
from tests.certificates import issue
from tests.e2e.house import free_port, small_disk
from tests.e2e.named import Named
from tests.engine.acme_lab import Lab, World, lab, world
from tests.pebble import Pebble

__all__ = ["lab", "world"]  # fixtures


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

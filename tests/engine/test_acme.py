"""Certificates by ACME, from a real and strict server, with a real name server."""

from __future__ import annotations

import asyncio
import os
import signal
import stat
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509.oid import NameOID
from msgspec.structs import replace

from homeport.certs.folder import Folder
from homeport.certs.issue import Trouble, do
from homeport.certs.job import Done, Revoke
from homeport.certs.model import Secrets
from homeport.certs.rows import ignored_of
from tests.acme_front import Front, Reply
from tests.engine.acme_lab import Lab, World, lab, world
from tests.pebble import Pebble

__all__ = ["lab", "world"]  # fixtures


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


def test_the_daemon_imports_nothing_of_it() -> None:
    code = (
        "import sys, homeport.daemon.main; "
        "print(sorted({'acme', 'josepy', 'cryptography', 'requests', 'dns'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    assert "[]\n" == done.stdout

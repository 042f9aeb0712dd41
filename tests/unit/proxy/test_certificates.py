"""The folder of certificates: what is good is copied for nginx, and what is not is named."""

from __future__ import annotations

import contextlib
import os
import time
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest

from homeport.proxy.tls import folder as module
from homeport.proxy.tls.folder import Certificates
from tests.certificates import issue, pem_of
from tests.e2e.house import small_disk

OLD = time.time() - 60


@pytest.fixture
def there(tmp_path: Path) -> Certificates:
    """A folder of certificates that nothing is written to at the moment."""
    found = Certificates(tmp_path / "certs", tmp_path / "conf" / "tls")
    found.prepare()
    return found


def settle(there: Certificates) -> None:
    """What is written was written a minute ago."""
    for path in filter(Path.exists, there.folder.iterdir()):
        os.utime(path, (OLD, OLD))


async def test_a_good_pair_is_copied_under_a_name_that_is_its_content(there: Certificates) -> None:
    issue(there.folder, "a.org", "a.org", "*.a.org")
    (one,) = (await there.look()).values()
    assert ("a.org", ("a.org", "*.a.org"), "", False) == (
        one.name,
        one.names,
        one.fault,
        one.authority,
    )
    assert 86_000 < one.not_after - time.time() < 86_401
    copies = sorted((there.folder.parent / "conf" / "tls").iterdir())
    assert [f"{one.digest}.crt", f"{one.digest}.key"] == [path.name for path in copies]
    assert [0o600, 0o600] == [path.stat().st_mode & 0o777 for path in copies]
    assert not there.is_stale()


async def test_each_kind_of_bad_one_is_named_and_the_others_are_good(there: Certificates) -> None:
    folder = there.folder
    for name in ("good", "mismatch", "noise", "crl", "past"):
        issue(folder, name, seconds=-5 if name == "past" else 9999)
    (folder / "mismatch.key").write_bytes((folder / "good.key").read_bytes())
    (folder / "noise.crt").write_text("noise")
    _, key = issue(folder, "encrypted")
    (folder / "encrypted.key").write_bytes(pem_of(key, password=b"secret"))
    (folder / "crl.crl.pem").write_text("noise")
    (folder / "lonely.crt").write_text("no key lies beside it")
    (folder / "link.crt").symlink_to("/nowhere")
    (folder / "link.key").symlink_to("/nowhere")
    settle(there)
    await there.look()
    assert {
        "crl": "crl.crt cannot be used: its crl.pem cannot be read",
        "encrypted": "encrypted.crt cannot be used: its key is encrypted: nginx could not read it",
        "link": "link.crt cannot be used: No such file or directory",
        "mismatch": "mismatch.crt cannot be used: it does not match its key",
        "noise": "noise.crt cannot be used: it or its key is no PEM",
        "past": "past.crt has expired",
    } == there.faults()
    assert "" == there.found["good"].fault


async def test_a_certificate_whose_key_is_being_written_is_waited_for(
    there: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is what it was until the second file is there, too; a fault that stays is told."""
    issue(there.folder, "a.org")
    first = (await there.look())["a.org"]
    kept = (there.folder / "a.org.key").read_bytes()
    issue(there.folder, "a.org")
    other = (there.folder / "a.org.key").read_bytes()
    (there.folder / "a.org.key").write_bytes(kept)
    assert {"a.org": first} == await there.look()
    assert there.is_stale()
    (there.folder / "a.org.key").write_bytes(other)
    second = (await there.look())["a.org"]
    assert (True, "") == (second.digest != first.digest, second.fault)
    (there.folder / "a.org.key").write_bytes(kept)
    monkeypatch.setattr(module, "_WRITES", 0.0)
    await there.look()
    assert {"a.org": "a.org.crt cannot be used: it does not match its key"} == there.faults()


@pytest.fixture
def full(there: Certificates) -> Iterator[Path]:
    """The copies lie on a disk that is soon full; what fills it."""
    copies = there.folder.parent / "conf" / "tls"
    copies.mkdir(parents=True)
    with small_disk(copies, "32k"):
        yield copies / "filler"


def fill(filler: Path) -> None:
    """Not a byte is left."""
    with contextlib.suppress(OSError), filler.open("wb", buffering=0) as file:
        while True:
            file.write(b"x" * 4096)


async def test_a_full_disk_takes_no_working_certificate_away(
    there: Certificates, full: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A renewal that cannot be copied for nginx leaves the one before, and is looked at again."""
    issue(there.folder, "a.org")
    first = (await there.look())["a.org"]
    fill(full)
    issue(there.folder, "a.org")
    issue(there.folder, "new.org")
    settle(there)
    assert {"a.org": first} == {k: c for k, c in (await there.look()).items() if not c.fault}
    assert {"new.org": "new.org.crt cannot be used: No space left on device"} == there.faults()
    assert (False, []) == (there.is_stale(), list(full.parent.glob("*.new")))
    full.unlink()
    later = time.time() + 31
    monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: later))
    assert there.is_stale()
    found = await there.look()
    assert ({}, True) == (there.faults(), found["a.org"].digest != first.digest)
    assert not there.is_stale()


async def test_a_daemon_that_starts_on_a_full_disk_finds_what_nginx_has(
    there: Certificates, full: Path
) -> None:
    issue(there.folder, "a.org")
    first = await there.look()
    fill(full)
    assert first == await Certificates(there.folder, full.parent).look()


async def test_what_nginx_uses_no_longer_is_removed(there: Certificates) -> None:
    issue(there.folder, "a.org")
    first = (await there.look())["a.org"].digest
    issue(there.folder, "a.org")
    second = (await there.look())["a.org"].digest
    there.forget_but(f"ssl_certificate /etc/homeport/tls/{first}.crt;")
    copies = there.folder.parent / "conf" / "tls"
    assert {first, second} == {path.name.partition(".")[0] for path in copies.iterdir()}
    there.forget_but(f"ssl_certificate /etc/homeport/tls/{second}.crt;")
    assert {second} == {path.name.partition(".")[0] for path in copies.iterdir()}


async def test_one_that_expires_is_looked_at_then(
    there: Certificates, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue(there.folder, "a.org", seconds=3600)
    await there.look()
    assert not there.is_stale()
    later = there.found["a.org"].not_after + 0.01
    monkeypatch.setattr(module, "time", SimpleNamespace(time=lambda: later))
    assert there.is_stale()
    await there.look()
    assert {"a.org": "a.org.crt has expired"} == there.faults()

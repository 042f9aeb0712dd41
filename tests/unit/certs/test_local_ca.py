"""The box's own authority, as OpenSSL judges it."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path

import pytest
from cryptography import x509

from homeport.certs.keys import why_not
from homeport.certs.local_ca import LocalCa


def verdict(folder: Path, ca: LocalCa, host: str) -> str:
    """What OpenSSL says of a certificate that it signed for a host."""
    chain, _ = ca.issue((host,))
    (folder / "root.pem").write_bytes(ca.root())
    (folder / "leaf.pem").write_bytes(chain)
    command = ["openssl", "verify", "-CAfile", "root.pem", "-verify_hostname", host, "leaf.pem"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    return (done.stdout + done.stderr).strip().splitlines()[-1]


@pytest.mark.parametrize(
    ("host", "said"),
    [
        ("blog.localhost", "leaf.pem: OK"),
        ("a.b.localhost", "leaf.pem: OK"),
        ("nas.home.arpa", "leaf.pem: OK"),
        ("x.internal", "leaf.pem: OK"),
        ("www.example.org", "permitted subtree violation"),
        ("notlocalhost", "permitted subtree violation"),
    ],
)
def test_it_speaks_for_local_names_alone(tmp_path: Path, host: str, said: str) -> None:
    assert said in verdict(tmp_path, LocalCa(tmp_path / "ca"), host) or said in _all(tmp_path)


def _all(folder: Path) -> str:
    command = ["openssl", "verify", "-CAfile", "root.pem", "leaf.pem"]
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)
    return done.stdout + done.stderr


def test_a_leaf_is_good_for_a_week_and_belongs_to_its_key(tmp_path: Path) -> None:
    chain, key = LocalCa(tmp_path / "ca").issue(("blog.localhost",))
    leaf, root = x509.load_pem_x509_certificates(chain)
    assert timedelta(days=7, hours=1) == leaf.not_valid_after_utc - leaf.not_valid_before_utc
    assert "" == why_not(chain, key, ("blog.localhost",), time.time())
    leaf.verify_directly_issued_by(root)


def test_the_root_is_made_once_and_its_key_is_for_its_owner(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    assert LocalCa(folder).root() == LocalCa(folder).root()
    assert 0o600 == stat.S_IMODE((folder / "root.key").stat().st_mode)
    assert 0o700 == stat.S_IMODE(folder.stat().st_mode)


@pytest.mark.parametrize("owner", [None, 12345])
def test_no_root_is_installed_that_would_sign_nothing(tmp_path: Path, owner: int | None) -> None:
    """As `sudo` would where homeport runs as a plain user: its state folder is another one."""
    state = tmp_path / "state"
    if owner is not None:
        if os.geteuid():
            pytest.skip("root alone gives folders away")
        state.mkdir()
        os.chown(state, owner, -1)
    done = subprocess.run(
        [Path(sys.executable).with_name("homeport"), "proxy", "ca", "install"],
        env={**os.environ, "HOMEPORT_STATE_DIR": str(state), "HOMEPORT_CONFIG": "/dev/null"},
        check=False,
        capture_output=True,
        text=True,
    )
    assert (3, "") == (done.returncode, done.stdout)
    assert f"error: no homeport of this user has its state in {state}\n" in done.stderr
    assert not (state / "ca").exists()

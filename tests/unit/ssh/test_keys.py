"""Public keys: as ssh-keygen makes them, and as people break them."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from homeport.errors import RequestError
from homeport.source.sshkeys import read_key


def made(folder: Path, kind: str, bits: int = 0) -> Path:
    """A key pair of the real ssh-keygen; the path of the private one."""
    path = folder / f"{kind}{bits}"
    size = ["-b", str(bits)] if bits else []
    command = ["ssh-keygen", "-q", "-t", kind, *size, "-N", "", "-C", "me@home", "-f", str(path)]
    subprocess.run(command, check=True)
    return path


@pytest.mark.parametrize(("kind", "bits"), [("ed25519", 0), ("ecdsa", 384), ("rsa", 2048)])
def test_a_key_is_read_with_the_fingerprint_that_ssh_shows(
    tmp_path: Path, kind: str, bits: int
) -> None:
    public = made(tmp_path, kind, bits).with_suffix(".pub")
    shown = subprocess.run(
        ["ssh-keygen", "-l", "-f", str(public)], check=True, capture_output=True, text=True
    )
    found = read_key(public.read_text())
    assert (shown.stdout.split()[1], "me@home") == (found.fingerprint, found.comment)
    assert public.read_text().startswith(found.text + " ")


def test_a_private_key_is_not_taken(tmp_path: Path) -> None:
    with pytest.raises(RequestError, match="private key"):
        read_key(made(tmp_path, "ed25519").read_text())


def test_a_short_rsa_key_is_too_weak(tmp_path: Path) -> None:
    public = made(tmp_path, "rsa", 1024).with_suffix(".pub")
    with pytest.raises(RequestError, match="1024 bits is too weak"):
        read_key(public.read_text())


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "one public key"),
        ("ssh-ed25519 AAAA\nssh-ed25519 BBBB", "one public key"),
        ("ssh-dss AAAAB3NzaC1kc3M=", "too weak"),
        ("ssh-foo AAAA", "no kind"),
        ("ssh-ed25519 not/base64!", "no base64"),
        ("ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA==", "damaged"),
        ("ssh-ed25519 AAAAB3NzaC1yc2E=", "damaged"),
        ('command="id" ssh-ed25519 AAAA', "no kind"),
    ],
)
def test_what_is_no_key_is_named(text: str, why: str) -> None:
    with pytest.raises(RequestError, match=why):
        read_key(text)

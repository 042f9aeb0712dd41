"""`homeport proxy ca`: the root of the box's own authority, shown and installed."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import click

from homeport.certs.local_ca import ROOT, LocalCa
from homeport.cli import show
from homeport.errors import HomeportError, Unavailable
from homeport.settings.read import read_settings

# Where a system keeps the authorities that its owner trusts, and the program that reads them.
_STORES = (
    ("/usr/local/share/ca-certificates", ("update-ca-certificates",)),  # Debian, Alpine
    ("/etc/pki/ca-trust/source/anchors", ("update-ca-trust",)),  # Fedora
    ("/etc/ca-certificates/trust-source/anchors", ("trust", "extract-compat")),  # Arch
)


def show_root(*, as_json: bool) -> None:
    """Print the root, for a browser or another machine to trust."""
    root, path = _root()
    if as_json:
        show.data({"certificate": root, "file": str(path)})
        return
    click.echo(root, nl=False)
    click.echo(f"it is {path}, and may speak for localhost, home.arpa and internal alone", err=True)


def install_root() -> None:
    """Let this machine trust it.

    Raises:
        HomeportError: the system's program refused it.
        Unavailable: there is no root of this user's, no store that is known, or it may not be
            written to.
    """
    state = read_settings(os.environ).state
    _check(state)
    root, _ = _root()
    folder, program = _store()
    path = folder / f"{_name()}.crt"
    try:
        path.write_text(root)
    except OSError as error:
        hint = f"as root: sudo HOMEPORT_STATE_DIR={state} homeport proxy ca install"
        raise Unavailable(f"{path} cannot be written: {error.strerror}", hint=hint) from error
    done = subprocess.run(program, check=False, capture_output=True, text=True)
    if done.returncode:
        raise HomeportError(f"{program[0]} failed: {(done.stderr or done.stdout).strip()[-300:]}")
    click.echo(f"{path} is trusted by this machine now", err=True)
    click.echo("browsers with a store of their own (Firefox) import it by hand", err=True)


def _check(state: Path) -> None:
    """A root that is made for another user's homeport would sign nothing, or be unreadable to it.

    Raises:
        Unavailable: there is none, and it is not this user's to make one.
    """
    if (state / "ca" / ROOT).exists() or (state.is_dir() and state.stat().st_uid == os.geteuid()):
        return
    hint = "without sudo, homeport proxy ca install makes the root, and says how to go on"
    raise Unavailable(f"no homeport of this user has its state in {state}", hint=hint)


def _root() -> tuple[str, Path]:
    folder = read_settings(os.environ).state / "ca"
    try:
        return LocalCa(folder).root().decode(), folder / ROOT
    except OSError as error:
        hint = "as the user who runs homeport"
        raise Unavailable(f"{folder} cannot be used: {error.strerror}", hint=hint) from error


def _store() -> tuple[Path, tuple[str, ...]]:
    for folder, program in _STORES:
        if Path(folder).is_dir() and shutil.which(program[0]):
            return Path(folder), program
    hint = "homeport proxy ca show > root.crt, and let your system trust that file"
    raise Unavailable(f"no store of authorities is known on this {sys.platform} system", hint=hint)


def _name() -> str:
    """Several homeports of a machine have a root each."""
    instance = read_settings(os.environ).instance
    return f"homeport-{instance}" if instance else "homeport"

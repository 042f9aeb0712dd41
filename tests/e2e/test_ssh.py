"""git over SSH, with the real ssh and git."""

from __future__ import annotations

import os
import stat
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.e2e.house import App, House, eventually, git_environment

pytestmark = [pytest.mark.engine, pytest.mark.e2e]


@dataclass
class Person:
    """Somebody with a key, and nothing else."""

    house: House
    folder: Path
    name: str

    @property
    def key(self) -> Path:
        """The private key."""
        return self.folder / "key"

    @property
    def options(self) -> list[str]:
        """What ssh is told: this key, this box, no questions."""
        known = self.folder / "known_hosts"
        return [
            *("-F", "none", "-i", str(self.key), "-p", str(self.house.ssh_port)),
            *("-o", "IdentitiesOnly=yes", "-o", "BatchMode=yes"),
            *("-o", "StrictHostKeyChecking=accept-new", "-o", f"UserKnownHostsFile={known}"),
        ]

    def ssh(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The real client."""
        command = ["ssh", *self.options, *arguments]
        return subprocess.run(
            command,
            check=False,
            capture_output=True,
            text=True,
            timeout=60,
            stdin=subprocess.DEVNULL,
        )

    def git(self, app: App, *arguments: str) -> subprocess.CompletedProcess[str]:
        """The real git in an app's folder, over ssh."""
        env = {**git_environment(), "GIT_SSH_COMMAND": " ".join(["ssh", *self.options])}
        return subprocess.run(
            ["git", *arguments],
            cwd=app.folder,
            env=env,
            check=False,
            capture_output=True,
            text=True,
            timeout=180,
        )

    def url(self, app: str) -> str:
        """Where it is pushed to."""
        return f"ssh://git@127.0.0.1:{self.house.ssh_port}/{app}.git"


def person(house: House, folder: Path, *more: str, kind: str = "ed25519") -> Person:
    """Somebody whose key was added; `more`: what `key add` is told besides."""
    folder.mkdir()
    found = Person(house, folder, f"key-{folder.name}-{os.urandom(3).hex()}")
    command = ["ssh-keygen", "-q", "-t", kind, "-N", "", "-f", str(found.key)]
    subprocess.run(command, check=True)
    house.homeport("key", "add", found.name, f"{found.key}.pub", *more)
    eventually(lambda: b"SSH-2.0" in _greeting(house))
    return found


def _greeting(house: House) -> bytes:
    import socket

    try:
        with socket.create_connection(("127.0.0.1", house.ssh_port), timeout=5) as connection:
            return connection.recv(100)
    except OSError:
        return b""


@pytest.fixture
def me(house: House, tmp_path: Path) -> Iterator[Person]:
    """With a key for everything."""
    found = person(house, tmp_path / "me")
    yield found
    house.homeport("key", "rm", found.name, check=False)


def test_a_push_over_ssh_goes_live_as_one_over_http_does(app: App, me: Person) -> None:
    app.version("1")
    done = me.git(app, "push", me.url(app.name), "main")
    assert 0 == done.returncode, done.stderr
    assert "-----> Live after" in done.stderr
    assert "1" == app.house.get(app.host).body
    assert me.name == app.runs()[0]["by"]
    fetched = me.git(app, "ls-remote", me.url(app.name), "refs/heads/main")
    assert app.git("rev-parse", "HEAD").stdout.strip() == fetched.stdout.split()[0]


def test_a_push_that_fails_is_refused_with_its_reason(app: App, me: Person) -> None:
    app.commit({"Dockerfile": "FROM homeport-test/app:latest\nRUN false\n"})
    done = me.git(app, "push", me.url(app.name), "main")
    assert 1 == done.returncode
    assert "[remote rejected]" in done.stderr


@pytest.mark.parametrize("kind", ["rsa", "ecdsa"])
def test_other_kinds_of_keys_are_good_too(app: App, tmp_path: Path, kind: str) -> None:
    other = person(app.house, tmp_path / kind, kind=kind)
    assert 0 == other.git(app, "ls-remote", other.url(app.name)).returncode
    app.house.homeport("key", "rm", other.name)


def test_there_is_no_shell_no_command_and_no_file_transfer(me: Person, tmp_path: Path) -> None:
    for arguments in (("git@127.0.0.1",), ("-tt", "git@127.0.0.1"), ("git@127.0.0.1", "id")):
        done = me.ssh(*arguments)
        assert 0 != done.returncode
        assert "uid=" not in done.stdout
    assert (
        "id is not allowed here, only git's push and fetch" in me.ssh("git@127.0.0.1", "id").stderr
    )
    assert 0 != me.ssh("-s", "git@127.0.0.1", "sftp").returncode


def test_nothing_is_forwarded(me: Person) -> None:
    port = me.house.git_port
    done = me.ssh("-W", f"127.0.0.1:{port}", "git@127.0.0.1")
    assert 0 != done.returncode
    forward = ("-o", "ExitOnForwardFailure=yes", "-N", "-R", "0:127.0.0.1:80", "git@127.0.0.1")
    assert 0 != me.ssh(*forward).returncode


def test_a_key_that_is_not_known_gets_nothing(app: App, me: Person, tmp_path: Path) -> None:
    stranger = Person(app.house, tmp_path / "stranger", "nobody")
    stranger.folder.mkdir()
    command = ["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", str(stranger.key)]
    subprocess.run(command, check=True)
    done = stranger.git(app, "ls-remote", stranger.url(app.name))
    assert "Permission denied (publickey)" in done.stderr


def test_a_key_for_one_app_is_good_for_no_other(app: App, tmp_path: Path) -> None:
    other = app.house.app()
    limited = person(app.house, tmp_path / "limited", "--app", other.name)
    assert 0 == limited.git(app, "ls-remote", limited.url(other.name)).returncode
    refused = limited.git(app, "ls-remote", limited.url(app.name))
    missing = limited.git(app, "ls-remote", limited.url("nothing"))
    assert f"error: there is no app {app.name} for the key" in refused.stderr
    assert "error: there is no app nothing for the key" in missing.stderr
    app.house.homeport("key", "rm", limited.name)


def test_a_key_that_was_removed_is_good_for_nothing_at_once(
    app: App, me: Person, tmp_path: Path
) -> None:
    control = (
        "-o",
        "ControlMaster=auto",
        "-o",
        f"ControlPath={tmp_path}/c",
        "-o",
        "ControlPersist=60",
    )
    first = me.ssh(*control, "git@127.0.0.1", f"git-upload-pack '{app.name}.git'")
    app.house.homeport("key", "rm", me.name)
    try:
        again = me.ssh(*control, "git@127.0.0.1", f"git-upload-pack '{app.name}.git'")
    finally:
        me.ssh(*control, "-O", "exit", "git@127.0.0.1")
    assert "no app" not in first.stderr
    assert f"there is no app {app.name} for the key {me.name}" in again.stderr


def test_the_box_is_known_by_one_key_that_is_its_own(own_house: House, tmp_path: Path) -> None:
    assert b"" == _greeting(own_house)  # nobody has a key: nothing listens
    me = person(own_house, tmp_path / "me")
    app = own_house.app()
    assert 0 == me.git(app, "ls-remote", me.url(app.name)).returncode
    key = own_house.state / "ssh" / "host_key"
    assert 0o600 == stat.S_IMODE(key.stat().st_mode)
    own_house.homeport("down")
    assert own_house.daemon
    own_house.daemon.wait(30)
    own_house.start()
    eventually(lambda: b"SSH-2.0" in _greeting(own_house))
    assert 0 == me.git(app, "ls-remote", me.url(app.name)).returncode
    known = (me.folder / "known_hosts").read_text()
    shown = own_house.data("key", "list")["host_key"]
    listed = subprocess.run(
        ["ssh-keygen", "-l", "-f", "-"],
        input=known.partition(" ")[2],
        capture_output=True,
        text=True,
        check=True,
    )
    assert shown == listed.stdout.split()[1]
    own_house.homeport("key", "rm", me.name)
    eventually(lambda: b"" == _greeting(own_house))

"""What the registry keeps that no tag names; test_small_disk.py has what a full disk changes."""

from __future__ import annotations

import contextlib
import os
import time
from pathlib import Path

from tests.e2e.conftest import started
from tests.e2e.house import App, House, eventually
from tests.e2e.registry import Client

running = contextlib.contextmanager(started)


def test_what_no_tag_names_stays_for_days(tmp_path: Path) -> None:
    """A CI that pushes by digest may name its index later; who runs a digest may pull it again."""
    with running(House(tmp_path, {"HOMEPORT_DISK_BUDGET": "0"})) as house:
        app, client = house.app(), Client(house, tmp_path / "docker")
        try:
            before = untagged(app, client)
            age(house, hours=71)
            collect(house)
            assert is_there(client, before)
            age(house, hours=73)
            assert collect(house)
            assert not is_there(client, before)
            assert client.pull(f"{app.name}:edge").returncode == 0
        finally:
            client.clean()


def untagged(app: App, client: Client, image: str = "busybox:stable") -> str:
    """What a tag named until it moved, by its digest."""
    assert client.login(app.token).returncode == 0
    assert client.push(f"{app.name}:edge", image).returncode == 0
    (tag,) = app.house.data("image", "list", app.name)
    assert client.push(f"{app.name}:edge", "homeport-test/app:latest").returncode == 0
    return f"{app.name}@{tag['digest']}"


def is_there(client: Client, name: str) -> bool:
    """Whether the registry has it: `docker pull` asks nobody where the Engine has a digest."""
    asked = client.docker("manifest", "inspect", "--insecure", f"{client.address}/{name}")
    return asked.returncode == 0


def age(house: House, *, hours: float) -> None:
    """Let all that the registry has be as old as that."""
    then = time.time() - hours * 3600
    for path in (house.state / "registry" / "data").rglob("*"):
        os.utime(path, (then, then))


def collect(house: House) -> int:
    """Bytes of the registry that went; it waits for a moment in which nobody writes."""
    flags = house.state / "proxy" / "run"  # there is one while it is collected
    before, freed = flags.stat().st_mtime, 0

    def done() -> bool:
        nonlocal freed
        freed = house.data("image", "prune")["freed"]["registry"]
        return flags.stat().st_mtime > before

    eventually(done, seconds=90)
    return freed

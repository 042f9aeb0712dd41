"""The file of zones while the daemon runs: read anew, and the last good one stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import pytest

from homeport.daemon import zones as module
from homeport.daemon.zones import ZoneFile
from homeport.errors import FileFault
from homeport.events import Event, Warned, ZonesRead, ZonesRefused
from homeport.settings import Settings

DUCK = "[zones.\"duckdns.org\"]\nprovider = 'duckdns'\ntoken_file = '{key}'\nhosts = ['{host}']\n"


class Watched:
    """A file of zones that is looked at, and what is told of it."""

    def __init__(self, folder: Path) -> None:
        self.key, self.file = folder / "key", folder / "dns.toml"
        self.key.write_text("t0ken")
        self.told: list[Event] = []
        self.changes = 0
        self.write("a")
        self.zones = ZoneFile(Settings(dns=str(self.file)), self.told.append)

    def write(self, host: str, text: str = "") -> None:
        """Another text."""
        self.file.write_text(text or DUCK.format(key=self.key, host=host))
        self.file.chmod(0o600)

    async def changed(self) -> None:
        self.changes += 1

    async def until(self, fits: Callable[[], bool]) -> None:
        async with asyncio.timeout(5):
            while not fits():
                await asyncio.sleep(0.01)

    @property
    def hosts(self) -> list[str]:
        return [host for zone in self.zones.now.zones for host in zone.hosts]


@pytest.fixture
async def watched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Watched]:
    monkeypatch.setattr(module, "_LOOK", 0.04)
    found = Watched(tmp_path)
    task = asyncio.create_task(found.zones.run(found.changed))
    yield found
    task.cancel()


async def test_what_the_file_says_now_holds(watched: Watched) -> None:
    watched.write("b")
    await watched.until(lambda: watched.changes == 1)
    read = ZonesRead(file=str(watched.file), zones=("duckdns.org",))
    assert (["b.duckdns.org"], [read]) == (watched.hosts, watched.told)


async def test_a_file_that_is_no_good_is_told_with_its_line_and_changes_nothing(
    watched: Watched,
) -> None:
    watched.write("", "\n[zones.a]\nprovider = 'nobody'\n")
    await watched.until(lambda: watched.told != [])
    (refused,) = watched.told
    assert isinstance(refused, ZonesRefused)
    place = f"{watched.file}:3: zones.a.provider"
    assert (place, "names no provider") == (refused.place, refused.reason)
    assert (["a.duckdns.org"], 0) == (watched.hosts, watched.changes)
    assert f"{place}: names no provider" == watched.zones.fault
    watched.write("c")
    await watched.until(lambda: watched.changes == 1)
    assert (["c.duckdns.org"], "") == (watched.hosts, watched.zones.fault)


async def test_a_key_file_that_changes_counts_too(watched: Watched) -> None:
    watched.key.write_text("an0ther")
    await watched.until(lambda: watched.changes == 1)
    assert "an0ther" == watched.zones.now.zones[0].options["token"]


async def test_a_file_that_is_gone_changes_nothing(watched: Watched) -> None:
    watched.file.unlink()
    await watched.until(lambda: watched.told != [])
    assert isinstance(watched.told[0], ZonesRefused)
    assert ["a.duckdns.org"] == watched.hosts


async def test_a_hangup_reads_it_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_LOOK", 600.0)
    watched = Watched(tmp_path)
    task = asyncio.create_task(watched.zones.run(watched.changed))
    await asyncio.sleep(0)
    watched.write("d")
    watched.zones.look()
    await watched.until(lambda: watched.changes == 1)
    assert ["d.duckdns.org"] == watched.hosts
    task.cancel()


def test_a_file_that_others_may_read_is_told_of(tmp_path: Path) -> None:
    file, told = tmp_path / "dns.toml", list[Event]()
    file.write_text("[zones.a]\nprovider='gandi'\ntoken='t'\n")
    file.chmod(0o644)
    ZoneFile(Settings(dns=str(file)), told.append)
    assert [f"{file} holds credentials, and others may read it: chmod 600"] == [
        event.text for event in told if isinstance(event, Warned)
    ]


def test_a_daemon_does_not_start_with_a_file_that_is_no_good(tmp_path: Path) -> None:
    file = tmp_path / "dns.toml"
    file.write_text("[zones")
    with pytest.raises(FileFault, match=r"dns\.toml:1: "):
        ZoneFile(Settings(dns=str(file)), lambda _: None)

"""Compose is not asked for what it is known to say."""

from pathlib import Path

from homeport.cli.foresight import Foresight
from homeport.stack.hashes import service_hash

WEB = {"image": "busybox", "command": None}
SERVICES = {"web": WEB}
CHANGED = {"web": {**WEB, "image": "busybox:1"}}
SAID = {"web": service_hash(WEB, SERVICES)}


def test_nothing_is_known_before_it_was_asked(tmp_path: Path) -> None:
    assert Foresight(tmp_path / "blog/hashing", "2.26").hashes(SERVICES) is None


def test_its_way_is_remembered_from_one_command_to_the_next(tmp_path: Path) -> None:
    file = tmp_path / "blog/hashing"
    Foresight(file, "2.26").learn(SERVICES, SAID)
    expected = {"web": service_hash(CHANGED["web"], CHANGED)}
    assert expected == Foresight(file, "2.26").hashes(CHANGED)


def test_another_plugin_is_asked_again(tmp_path: Path) -> None:
    file = tmp_path / "blog/hashing"
    Foresight(file, "2.26").learn(SERVICES, SAID)
    assert Foresight(file, "2.40").hashes(SERVICES) is None


def test_a_plugin_that_goes_another_way_is_asked_each_time(tmp_path: Path) -> None:
    file = tmp_path / "blog/hashing"
    known = Foresight(file, "2.26")
    known.learn(SERVICES, SAID)
    known.learn(SERVICES, {"web": "another"})
    assert not file.exists()

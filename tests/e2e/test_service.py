"""homeport as a service, on a machine that a real systemd runs."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.cli.service import Service, service_of, unit_text
from homeport.settings.read import read_settings
from tests.e2e.booted import Machine
from tests.e2e.house import HOMEPORT, Answer, House, eventually

pytestmark = pytest.mark.e2e


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    """Its daemon is not started by us."""
    made = House(tmp_path, {"HOMEPORT_NOTIFY": 'ntfy+http://127.0.0.1:9/a"b$c%d\\e'})
    yield made
    made.stop()


@pytest.fixture
def machine(house: House) -> Iterator[Machine]:
    """Running."""
    made = Machine(house.folder, HOMEPORT.parents[2])
    try:
        made.boot()
        yield made
    finally:
        made.scrap()


def pid(house: House) -> int:
    """That of the daemon, in the machine; 0 where none answers."""
    found = house.homeport("status", "--json", check=False)
    return int(house.data("status")["pid"]) if found.returncode == 0 else 0


def test_it_is_there_after_a_boot_and_a_kill_and_is_taken_away_again(
    house: House, machine: Machine
) -> None:
    """And what was live before the power went is live again, with what was set."""
    done = machine.run(str(HOMEPORT), "up", "--install", env=house.env)
    service = service_of(read_settings(house.env))
    assert f"now and at each boot ({service.unit})" in done.stdout
    state = ("systemctl", "show", "-P", "ActiveState,UnitFileState", service.name)
    assert ["active", "enabled"] == machine.run(*state).stdout.split()
    assert "600\n" == machine.run("stat", "-c", "%a", str(service.variables)).stdout
    app = house.app()
    app.live("one")
    first = pid(house)
    machine.run("kill", "-9", str(first))
    eventually(lambda: house.ready() and pid(house) != first)
    machine.lose_power()
    machine.boot()
    eventually(house.ready)
    eventually(lambda: house.get(app.host) == Answer(200, "one"))
    app.live("two")
    house.homeport("app", "rm", app.name, "--yes")
    assert "homeport is down" in machine.run(str(HOMEPORT), "down", env=house.env).stdout
    eventually(lambda: ["inactive", "enabled"] == machine.run(*state).stdout.split())
    gone = machine.run(str(HOMEPORT), "down", "--all", "--uninstall", env=house.env)
    assert f"{service.unit} is taken away" in gone.stdout
    assert [] == left(machine, service)


def left(machine: Machine, service: Service) -> list[Path]:
    """The files of a service that are still there."""
    wanted = service.unit.parent / "multi-user.target.wants" / service.unit.name
    files = (service.unit, wanted, service.variables)
    return [one for one in files if machine.run("ls", str(one), check=False).returncode == 0]


def test_a_daemon_that_somebody_started_gives_way_to_the_service(
    house: House, machine: Machine
) -> None:
    machine.run(str(HOMEPORT), "up", "--detach", env=house.env)
    first = pid(house)
    machine.run(str(HOMEPORT), "up", "--install", "--domain", "box.example", env=house.env)
    assert pid(house) != first
    environ = machine.run("cat", f"/proc/{pid(house)}/environ").stdout.split("\0")
    for setting in ({**house.settings, "HOMEPORT_DOMAIN": "box.example"}).items():
        assert "=".join(setting) in environ
    machine.run(str(HOMEPORT), "down", "--uninstall", env=house.env)
    again = machine.run(str(HOMEPORT), "down", "--uninstall", env=house.env)
    assert "there is no service of homeport's" in again.stdout


@pytest.mark.parametrize("python", ["/opt/homeport/.venv/bin/python", '/a b/$c/%d/e"f/g\\h/python'])
def test_systemd_takes_the_unit(tmp_path: Path, python: str) -> None:
    program = tmp_path / python.lstrip("/")
    program.parent.mkdir(parents=True)
    program.symlink_to("/bin/true")
    unit = tmp_path / "homeport.service"
    unit.write_text(unit_text(str(program), Service("homeport")))
    done = subprocess.run(
        ["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False
    )
    assert (0, "") == (done.returncode, done.stderr)

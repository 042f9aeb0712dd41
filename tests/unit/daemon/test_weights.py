from pathlib import Path

import pytest

from homeport.daemon.weights import V1, V2, Version, Weights, weights_of

ROOT, ID = Path("/sys/fs/cgroup"), "4acc75d05812"


@pytest.mark.parametrize(
    ("cgroups", "expected"),
    [
        ("4:memory:/docker/{id}\n1:cpu:/docker/{id}\n0::/\n", Weights(ROOT / "cpu/docker", V1)),
        ("4:cpu,cpuacct:/docker/{id}\n0::/\n", Weights(ROOT / "cpu/docker", V1)),
        ("0::/docker/{id}\n", Weights(ROOT / "docker", V2)),
        ("0::/system.slice/docker-{id}.scope\n", None),  # beside docker.service: systemd's
        ("0::/apps.slice/{id}\n", None),
        ("0::/docker/another\n", None),  # a process of this machine, not of the Engine's
        ("0::/../docker/{id}\n", None),  # seen from within another container
        ("0::/\n", None),
        ("", None),
    ],
)
def test_the_group_of_all_containers_is_found_and_systemds_are_left_alone(
    cgroups: str, expected: Weights | None
) -> None:
    assert expected == weights_of(cgroups.format(id=ID), ID, ROOT)


@pytest.mark.parametrize("version", [V1, V2])
def test_containers_are_raised_and_builds_lowered_once_there_are_any(
    tmp_path: Path, version: Version
) -> None:
    (tmp_path / version.file).write_text(f"{version.usual}\n")
    Weights(tmp_path, version).keep()
    (tmp_path / "buildkit").mkdir()
    (tmp_path / "buildkit" / version.file).write_text(f"{version.usual}\n")
    Weights(tmp_path, version).keep()
    found = [(folder / version.file).read_text() for folder in (tmp_path, tmp_path / "buildkit")]
    assert found == [f"{version.live}\n", f"{version.builds}\n"]


def test_a_weight_that_a_person_has_set_stays(tmp_path: Path) -> None:
    (tmp_path / "cpu.weight").write_text("300\n")
    Weights(tmp_path, V2).keep()
    assert (tmp_path / "cpu.weight").read_text() == "300\n"


def test_who_may_not_change_weights_is_not_troubled(tmp_path: Path) -> None:
    Weights(tmp_path / "nowhere", V1).keep()
    assert list(tmp_path.iterdir()) == []

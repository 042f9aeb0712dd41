from pathlib import Path

import pytest

from homeport.daemon.weights import V1, V2, Version, Weights, carriers, in_service, weights_of
from homeport.model.container import Container, Endpoint

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
    assert found == [f"{version.together}\n", f"{version.builds}\n"]


def test_a_weight_that_a_person_has_set_stays(tmp_path: Path) -> None:
    (tmp_path / "cpu.weight").write_text("300\n")
    Weights(tmp_path, V2).keep()
    assert (tmp_path / "cpu.weight").read_text() == "300\n"


def test_who_may_not_change_weights_is_not_troubled(tmp_path: Path) -> None:
    Weights(tmp_path / "nowhere", V1).keep()
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("version", [V1, V2])
def test_what_is_live_weighs_more_than_what_is_started_and_a_job_keeps_its_own(
    tmp_path: Path, version: Version
) -> None:
    for name, weight in {"live": version.usual, "job": 7}.items():
        (tmp_path / name).mkdir()
        (tmp_path / name / version.file).write_text(f"{weight}\n")
        Weights(tmp_path, version).raise_live(name)
    found = [(tmp_path / name / version.file).read_text() for name in ("live", "job")]
    assert found == [f"{version.live}\n", "7\n"]


def test_in_service_is_what_runs_and_is_not_staged_and_each_start_counts_anew() -> None:
    names = {"blog-web-1": "running", "blog-web-2.staged": "running", "blog-db-1": "exited"}
    containers = [_container(name, state) for name, state in names.items()]
    assert in_service(containers) == {("blog-web-1", "10:00")}


def test_the_processes_that_carry_to_a_container_are_known_by_its_address(tmp_path: Path) -> None:
    to_it = "docker-proxy", "-host-port", "80", "-container-ip", "172.18.0.2", "-container-port"
    _process(tmp_path, 41, "docker-proxy", *to_it)
    _process(tmp_path, 42, "docker-proxy", "docker-proxy", "-container-ip", "172.18.0.22")
    _process(tmp_path, 43, "sh", *to_it)
    _process(tmp_path, 44, "docker-proxy")  # it ends just now
    assert carriers(_container("nginx", "running"), tmp_path) == [41]


def _container(name: str, state: str) -> Container:
    return Container(
        id=name.partition(".")[0],
        name=name,
        image="",
        image_id="",
        state=state,
        labels={},
        started_at="10:00",
        endpoints=(Endpoint(network="edge", network_id="1", address="172.18.0.2"),),
    )


def _process(proc: Path, number: int, name: str, *words: str) -> None:
    folder = proc / str(number)
    folder.mkdir()
    (folder / "comm").write_text(f"{name}\n")
    (folder / "cmdline").write_text("".join(f"{word}\0" for word in words))

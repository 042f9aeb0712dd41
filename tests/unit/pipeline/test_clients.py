"""Programs that ask a service, where the image of a job has none."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path

import pytest

from homeport.pipeline.bash.program import Clients, Work, program
from homeport.pipeline.travis import Event, plan
from homeport.pipeline.work import Occasion, work_of

APT = """#!/bin/sh
echo "$@" >>{folder}/asked
cat
[ -e {folder}/down ] && {{ echo no network; exit 100; }}
case "$*" in *install*)
  for name in ask list; do
    printf '#!/bin/sh\\necho "%s $1" "$(cat)"\\n' $name >{folder}/$name; chmod +x {folder}/$name
  done;;
esac
"""
CLIENTS = Clients(package="asker", programs=("ask", "list", "true"))


def ran(folder: Path, *script: str) -> str:
    """What a job says whose image has no client."""
    (folder / "bin").mkdir()
    (folder / "apt-get").write_text(APT.format(folder=folder))
    (folder / "apt-get").chmod(0o755)
    work = Work(phases={"script": script}, clients=[CLIENTS])
    (folder / "program").write_text(program(work))
    env = {
        "PATH": f"{folder}/bin:{folder}:{os.environ['PATH']}",
        "HOMEPORT_RESULT": str(folder / "result"),
        "HOMEPORT_BIN": str(folder / "bin"),
    }
    done = subprocess.run(
        ["bash", str(folder / "program")], env=env, check=False, capture_output=True, text=True
    )
    return done.stdout


def test_a_client_comes_when_it_is_asked_for(tmp_path: Path) -> None:
    said = ran(
        tmp_path, "echo input | ask first", "sh -c 'echo more | ask second'", "list x </dev/null"
    )
    assert ["ask first input", "ask second more", "list x "] == [
        line for line in said.splitlines() if line.startswith(("ask", "list"))
    ]
    asked = (tmp_path / "asked").read_text().splitlines()
    assert ["update", "install"] == [line.split()[3] for line in asked]
    assert [] == list((tmp_path / "bin").iterdir())


def test_one_that_nobody_asks_for_costs_nothing(tmp_path: Path) -> None:
    ran(tmp_path, "true")
    assert not (tmp_path / "asked").exists()
    assert ["ask", "list"] == sorted(path.name for path in (tmp_path / "bin").iterdir())


def test_one_that_cannot_be_had_is_told(tmp_path: Path) -> None:
    (tmp_path / "down").touch()
    said = ran(tmp_path, "ask")
    assert "no network\nask is not in this image, and asker could not be installed\n" in said
    assert 'The command "ask" exited with 127.' in said


@pytest.mark.parametrize(
    ("services", "told", "programs"),
    [
        ("postgresql", {"PGHOST": "localhost", "PGUSER": "postgres"}, {"psql", "createdb"}),
        ("[redis-server, mysql]", {"MYSQL_HOST": "127.0.0.1"}, {"redis-cli", "mysql"}),
        ("docker", {}, set()),
    ],
)
def test_a_job_is_told_where_its_services_are(
    services: str, told: dict[str, str], programs: set[str]
) -> None:
    text = f"language: generic\nservices: {services}\nenv: MYSQL_HOST=other\nscript: x\n"
    (job,) = plan(text, file="f", event=Event()).jobs
    occasion = Occasion(slug="a", branch="main", commit="c", message="", run=1)
    work = work_of(job, occasion, label="1.1", folder="/x", secrets={})
    found = {one.name: one.value for one in work.variables if one.literal}
    assert told == {name: found[name] for name in told}
    assert programs == programs & {name for one in work.clients for name in one.programs}
    assert (
        "export MYSQL_HOST=other" == [v.line for v in work.variables if v.name == "MYSQL_HOST"][-1]
    )


XVFB = """#!/bin/sh
cat
printf '#!/bin/sh\\necho "$@" >{folder}/began\\n' >{folder}/bin/Xvfb; chmod +x {folder}/bin/Xvfb
"""


@pytest.mark.parametrize(
    ("text", "display"),
    [
        ("services: xvfb\nscript: x", "started"),
        ("before_script: sh -e /etc/init.d/xvfb start\nscript: x", "there"),
        ("script: Xvfb :1 &", "there"),
        ("script: make", ""),
    ],
)
def test_a_job_has_the_display_that_it_speaks_of(text: str, display: str) -> None:
    (job,) = plan(f"language: generic\n{text}\n", file="f", event=Event()).jobs
    occasion = Occasion(slug="a", branch="main", commit="c", message="", run=1)
    work = work_of(job, occasion, label="1.1", folder="/x", secrets={})
    assert display == work.display


def test_a_display_is_installed_and_started_as_on_travis(tmp_path: Path) -> None:
    (tmp_path / "bin").mkdir()
    (tmp_path / "apt-get").write_text(XVFB.format(folder=tmp_path))
    (tmp_path / "apt-get").chmod(0o755)
    script = [f"sh -e {tmp_path}/xvfb start; echo ended with $?"]
    (tmp_path / "program").write_text(program(Work(phases={"script": script}, display="there")))
    env = {
        "PATH": f"{tmp_path}/bin:{tmp_path}:{os.environ['PATH']}",
        "HOMEPORT_RESULT": str(tmp_path / "result"),
        "HOMEPORT_INIT": str(tmp_path),
    }
    (tmp_path / "bin" / "sleep").write_text("#!/bin/sh\n")
    (tmp_path / "bin" / "sleep").chmod(0o755)
    bash = ["bash", str(tmp_path / "program")]
    said = subprocess.run(bash, env=env, check=False, capture_output=True, text=True).stdout
    assert "Xvfb did not start\nended with 1\n" in said  # that of this test is none
    assert ":99 -ac -screen 0 1280x1024x24\n" == (tmp_path / "began").read_text()


def test_apt_has_its_lists_and_asks_nobody_as_on_travis(tmp_path: Path) -> None:
    root = tmp_path / "root"
    for folder in ("usr/bin", "usr/local/bin", "etc/apt/apt.conf.d", "var/lib/apt/lists"):
        (root / folder).mkdir(parents=True)
    lists = root / "var/lib/apt/lists/debian_Packages.lz4"
    for name in ("apt-get", "apt"):
        text = f'#!/bin/sh\necho {name} "$@"\n[ "$1" != update ] || : >{lists}\n'
        (root / "usr/bin" / name).write_text(text)
        (root / "usr/bin" / name).chmod(0o755)
    script = ["apt-get remove x", "apt-get install x", "sh -c 'apt install y'", "apt-get install z"]
    (tmp_path / "program").write_text(program(Work(phases={"script": script})))
    env = {
        "PATH": f"{root}/usr/local/bin:{root}/usr/bin:{os.environ['PATH']}",
        "HOMEPORT_RESULT": str(tmp_path / "result"),
        "HOMEPORT_ROOT": str(root),
    }
    bash = ["bash", str(tmp_path / "program")]
    said = subprocess.run(bash, env=env, check=False, capture_output=True, text=True).stdout
    asked = [line for line in said.splitlines() if line.startswith("apt")]
    update = ["apt-get update -qq"]
    assert asked == ["apt-get remove x", *update, "apt-get install x", "apt install y",
                     "apt-get install z"]  # fmt: skip
    said = (root / "etc/apt/apt.conf.d/90homeport").read_text()
    assert 'APT::Get::Assume-Yes "true";\nDpkg::Use-Pty "0";\n' == said  # no lines of progress


def test_docker_compose_has_its_old_name_too(tmp_path: Path) -> None:
    root = tmp_path / "root"
    plugin = root / "usr/local/lib/docker/cli-plugins/docker-compose"
    (root / "usr/local/bin").mkdir(parents=True)
    plugin.parent.mkdir(parents=True)
    plugin.write_text('#!/bin/sh\necho compose "$@"\n')
    plugin.chmod(0o755)
    script = ["docker-compose up -d 'a b'", f"echo echo mine >{root}/usr/local/bin/docker-compose"]
    (tmp_path / "program").write_text(program(Work(phases={"script": [*script, "docker-compose"]})))
    env = {
        "PATH": f"{root}/usr/local/bin:/usr/bin:/bin",
        "HOMEPORT_RESULT": str(tmp_path / "result"),
        "HOMEPORT_ROOT": str(root),
    }
    bash = ["bash", str(tmp_path / "program")]
    said = subprocess.run(bash, env=env, check=False, capture_output=True, text=True).stdout
    found = [line for line in said.splitlines() if line.startswith(("compose", "mine"))]
    assert (["compose up -d a b", "mine"], '#!/bin/sh\necho compose "$@"\n') == (
        found,
        plugin.read_text(),
    )

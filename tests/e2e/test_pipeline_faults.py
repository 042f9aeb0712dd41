"""Jobs that mean no good, or know no better: each ends, says why, and hurts nobody else."""

from __future__ import annotations

import json
import re
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.conftest import started
from tests.e2e.house import App, House, docker, eventually
from tests.e2e.test_faults import background_push
from tests.e2e.test_pipeline import piped

pytestmark = [pytest.mark.engine, pytest.mark.e2e]


@pytest.fixture(scope="module")
def hasty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One whose jobs may take eight seconds, and be silent for four."""
    settings = {"HOMEPORT_JOB_DEADLINE": "8", "HOMEPORT_JOB_SILENCE": "4"}
    yield from started(House(tmp_path_factory.mktemp("hasty"), settings))


@pytest.fixture
def quick(hasty: House) -> Iterator[App]:
    """An app of it, live."""
    made = hasty.app()
    made.live("0")
    yield made
    hasty.homeport("app", "rm", made.name, "--yes", "--volumes")


def refused(app: App, script: str, *more: str) -> str:
    """What the push says of a job that does not pass; what is live stays live."""
    piped(app, "\n".join(["language: generic", f"script: {script}", *more, ""]))
    done = app.push(check=False)
    assert 1 == done.returncode, done.stderr
    assert "0" == app.house.get(app.host).body
    label = f"label=homeport.run={app.runs()[0]['number']}"
    eventually(lambda: "" == docker("ps", "-aq", "--filter", label))
    return done.stderr


def test_a_job_that_ignores_signals_and_never_ends_is_ended(quick: App) -> None:
    loop = "trap '' TERM INT HUP; while true; do echo goes on; sleep 0.5; done"
    said = refused(quick, f'"{loop}"')
    assert re.search(r"job \d+\.1 errored after \d+\.\d+ s: it did not end within 8 s", said)


def test_a_job_that_says_nothing_is_ended(quick: App) -> None:
    said = refused(quick, "sleep 600")
    assert "it said nothing for 4 s" in said


def test_a_fork_bomb_hurts_its_own_job_alone(quick: App) -> None:
    answers: list[str] = []
    over = threading.Event()

    def visit() -> None:
        while not over.wait(0.05):
            answers.append(quick.house.get(quick.host, seconds=10).body)

    visitor = threading.Thread(target=visit)
    visitor.start()
    try:
        refused(quick, '"bomb() { bomb | bomb & }; bomb; sleep 1; echo over; false"')
    finally:
        over.set()
        visitor.join()
    assert {"0"} == set(answers)


def test_a_job_that_needs_more_memory_than_it_has_fails(quick: App) -> None:
    hungry = "perl -e '$x .= \"x\" x 1e8 for 1..30'"
    said = refused(quick, f"'{hungry.replace(chr(39), chr(39) * 2)}'")
    assert re.search(r"job \d+\.1 failed", said)


def test_an_image_that_is_not_there_is_named(quick: App) -> None:
    piped(quick, "language: python\npython: '9.99'\nscript: 'true'\n")
    done = quick.push(check=False)
    assert re.search(r"the image python:9\.99 for linux/\w+ cannot be pulled", done.stderr)
    assert "0" == quick.house.get(quick.host).body


def test_a_job_that_prints_for_ever_is_ended_and_its_log_is_cut(quick: App) -> None:
    said = refused(quick, "yes a line that is printed again and again and again")
    assert re.search(r"the output is over 64 MB|did not end within 8 s", said)
    folder = quick.house.state / "logs"
    assert max(path.stat().st_size for path in folder.glob("*.log")) < 65 << 20


@pytest.fixture
def small(tmp_path: Path) -> Iterator[House]:
    """One whose disk has 400 MB."""
    folder = tmp_path / "small"
    folder.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=400m", "tmpfs", folder], check=True)
    try:
        yield from started(House(folder))
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


@pytest.mark.parametrize("pace", ["", "sleep 0.1;"])
def test_a_job_that_fills_the_disk_is_ended_and_homeport_goes_on(small: House, pace: str) -> None:
    app = small.app()
    app.live("0")
    fill = f"for i in $(seq 1000); do {pace} head -c 5000000 /dev/zero >big$i || exit 1; done"
    said = refused(app, f'"{fill}"')
    if pace:
        assert re.search(r"the disk has \d+ MB left", said)
    piped(app, "language: generic\nscript: 'true'\n", "again")
    assert 0 == app.push().returncode
    assert "1" == small.get(app.host).body


def test_what_jobs_keep_makes_room_before_a_job_is_ended_for_it(small: House) -> None:
    app = small.app()
    app.live("0")
    caches = small.state / "caches"
    for name, size in (("old", 150_000_000), ("new", 30_000_000)):
        (caches / name).mkdir(parents=True, exist_ok=True)
        (caches / name / "cache.tar").write_bytes(bytes(size))
    eventually(lambda: not [*caches.glob("*/*.tar")])
    piped(app, "language: generic\nscript: 'true'\n")
    assert 0 == app.push().returncode
    events = map(json.loads, small.homeport("events", "--json").stdout.splitlines())
    assert 180_000_000 == sum(e["kept"] for e in events if e["event"] == "DiskFreed")


def test_a_cancelled_run_ends_its_jobs(app: App) -> None:
    app.live("0")
    piped(app, "language: generic\nscript: echo begins; sleep 600\n")
    push = threading.Thread(target=lambda: app.push(check=False))
    push.start()
    eventually(lambda: app.runs()[0]["state"] == "running")
    number = str(app.runs()[0]["number"])
    eventually(lambda: "begins" in app.house.homeport("run", "logs", number).stdout)
    began = time.monotonic()
    app.house.homeport("run", "cancel", number)
    push.join(60)
    assert not push.is_alive()
    assert time.monotonic() - began < 30
    assert "cancelled" == app.runs()[0]["state"]
    (job,) = app.house.data("run", "jobs", number)
    assert ("cancelled", "its run was ended") == (job["state"], job["reason"])
    eventually(lambda: "" == docker("ps", "-aq", "--filter", f"label=homeport.run={number}"))


def test_files_that_unpack_to_a_gigabyte_are_refused_and_homeport_stays_small(app: App) -> None:
    """A push of some kilobytes; the daemon reads no more of it than it takes."""
    app.live("0")
    before = app.house.data("status")["memory"]
    for name in (".travis.yml", "Dockerfile"):
        with (app.folder / name).open("wb") as file:
            file.truncate(300 << 20)
        app.git("add", name)
        app.git("commit", "-q", "-m", f"a large {name}")
        done = app.push(check=False)
        assert 1 == done.returncode
        assert f"{name}: is larger than 1 MB" in done.stderr
        app.git("rm", "-q", "-f", name)
    assert app.house.data("status")["memory"] - before < 60 << 20
    assert "0" == app.house.get(app.host).body


@pytest.mark.parametrize(
    "made", ["mkfifo", "ln -s /dev/zero", "ln -s /etc/shadow", "mkdir"], ids=lambda made: made
)
def test_a_job_that_leaves_something_else_than_its_result_holds_nobody_up(
    quick: App, made: str
) -> None:
    script = f"rm -f /homeport/result*; {made} /homeport/result.phase; kill -9 $$"
    assert "ended with status 137" in refused(quick, script)
    assert quick.house.data("status")["ready"]


def test_a_homeport_that_is_killed_in_the_middle_of_a_job_goes_on_with_it(
    own_house: House,
) -> None:
    app, logs = own_house.app(), own_house.state / "logs"
    piped(app, "language: generic\nscript: echo it speaks; sleep 3\n")
    push = background_push(app)
    eventually(lambda: any("] it speaks" in path.read_text() for path in logs.glob("*.log")))
    own_house.kill()
    push.communicate(timeout=30)
    own_house.start()
    eventually(lambda: app.runs()[0]["state"] == "live", tell=app.runs)
    label = f"label=homeport.run={app.runs()[0]['number']}"
    eventually(lambda: "" == docker("ps", "-aq", "--filter", label))
    state = own_house.state
    eventually(lambda: [] == [*state.glob("jobs/*"), *state.glob("jobs.*")])

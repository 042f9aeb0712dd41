"""The store: events, runs, releases, tokens and logs in a real SQLite file."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Iterator
from pathlib import Path

import pytest

from homeport.errors import Conflict, NotFound, Unavailable
from homeport.events import (
    DeploymentFinished,
    DeploymentStarted,
    JobFinished,
    ReleaseMade,
    RunFinished,
    RunQueued,
    RunStarted,
    StageStarted,
    WentLive,
)
from homeport.model.app import Release, RunState
from homeport.model.image import BuildState, ImageBuild
from homeport.store.ledger import Store
from homeport.store.schema import MIGRATIONS


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store of its own, with an app."""
    store = Store(tmp_path)
    store.apps.create("blog")
    yield store
    store.close()


def published(
    store: Store, commit: str, digest: str, *tags: str, parts: tuple[str, ...] = ()
) -> None:
    """A build that was published."""
    made = ImageBuild(
        id=0, app="blog", repository="blog", run=1, ref="refs/heads/main", commit=commit,
        state=BuildState.SUCCESS, tags=tags, digest=digest, parts=parts,
    )  # fmt: skip
    store.builds.add(made)


def test_a_tag_shows_the_commit_that_it_was_built_from(store: Store) -> None:
    """Two commits may make one image: each of its tags has its own; so have its parts."""
    published(store, "c1", "sha256:a", "v1", parts=("sha256:arm",))
    published(store, "c2", "sha256:a", "latest", parts=("sha256:arm",))
    tags = {"v1": "sha256:a", "latest": "sha256:a", "armhf": "sha256:arm", "mine": "sha256:b"}
    assert {"v1": "c1", "latest": "c2", "armhf": "c2"} == store.builds.commits("blog", tags)
    found = {tag: store.builds.of_digest("blog", at, tag) for tag, at in tags.items()}
    assert {"v1": "c1", "latest": "c2", "armhf": "c2", "mine": ""} == {
        tag: build.commit if build else "" for tag, build in found.items()
    }


def test_the_worst_image_of_the_newest_push_is_its_state(store: Store) -> None:
    """One of two images failed, and the other was built last: the badge said passing."""

    def built(run: int, ref: str, **states: BuildState) -> None:
        for name, state in states.items():
            made = ImageBuild(
                id=0, app="blog", repository=f"blog/{name}", run=run, ref=ref, commit="c",
                state=state,
            )  # fmt: skip
            store.builds.add(made)

    good, bad = BuildState.SUCCESS, BuildState.FAILED
    assert store.builds.state("blog", "blog") is None
    built(1, "refs/heads/main", api=good, web=good)
    assert good == store.builds.state("blog", "blog")
    built(2, "refs/heads/main", api=bad, web=good)
    assert (bad, bad, good) == tuple(
        store.builds.state("blog", name) for name in ("blog", "blog/api", "blog/web")
    )
    built(3, "refs/heads/topic", api=good, web=good)
    assert bad == store.builds.state("blog", "blog", "refs/heads/main")
    assert good == store.builds.state("blog", "blog", "refs/heads/topic")
    built(3, "refs/heads/topic", api=bad)
    built(3, "refs/heads/topic", api=good)  # tried again
    assert good == store.builds.state("blog", "blog")


def queued(store: Store) -> int:
    """A run of the app."""
    return store.queue(RunQueued(app="blog", kind="push", ref="refs/heads/main", commit="abc"))


def release(number: int) -> Release:
    """A release of the app."""
    return Release(app="blog", number=number, commit="abc", images={"web": "sha256:1"}, config="{}")


def test_a_run_goes_from_queued_to_live_by_events_alone(store: Store) -> None:
    """record() is the only way in which a status changes."""
    number = queued(store)
    states = [store.runs.get(number).state]
    store.record(RunStarted(app="blog", run=number))
    states.append(store.runs.get(number).state)
    store.record(RunFinished(app="blog", run=number, state="live", seconds=1.0))
    states.append(store.runs.get(number).state)
    assert [RunState.QUEUED, RunState.RUNNING, RunState.LIVE] == states


def test_a_release_is_current_once_it_is_live(store: Store) -> None:
    """Not when it is made, and not when it fails."""
    number = queued(store)
    store.releases.add(release(1))
    store.record(ReleaseMade(app="blog", run=number, number=1, commit="abc"))
    store.record(DeploymentStarted(app="blog", run=number, release=1, direction="forward"))
    before = store.apps.get("blog").current_release
    store.record(WentLive(app="blog", run=number, release=1, urls=(), seconds=1.0))
    assert (0, 1) == (before, store.apps.get("blog").current_release)


def test_an_unfinished_deployment_is_found_again(tmp_path: Path) -> None:
    """The daemon died in the middle of it; the file knows where it was going."""
    store = Store(tmp_path)
    store.apps.create("blog")
    number = queued(store)
    store.record(DeploymentStarted(app="blog", run=number, release=3, direction="forward"))
    store.close()
    store = Store(tmp_path)
    found = store.releases.unfinished()
    store.record(DeploymentFinished(app="blog", run=number, release=3, state="live", seconds=1.0))
    after = store.releases.unfinished()
    store.close()
    assert [(3, "forward")] == [(d.release, d.direction) for d in found]
    assert [] == after


def test_a_rollback_goes_to_what_was_live_before(store: Store) -> None:
    """A release that never went live is passed over."""
    for number, live in ((1, True), (2, False), (3, True)):
        store.record(DeploymentStarted(app="blog", run=number, release=number, direction="forward"))
        if live:  # what it replaced drains yet: the deployment is not finished
            store.record(WentLive(app="blog", run=number, release=number, urls=(), seconds=1.0))
        store.releases.add(release(number))
    assert 1 == store.releases.live_before("blog", 3)


def test_the_lines_of_a_run_are_its_log(store: Store) -> None:
    """Events and output, in the order in which they came."""
    number = queued(store)
    store.record(StageStarted(app="blog", run=number, stage="build"))
    store.output(number, "#1 [1/2] FROM debian")
    assert b"-----> build\n#1 [1/2] FROM debian\n" == store.logs.read(number)


async def test_a_log_is_followed_until_its_run_is_over(store: Store) -> None:
    """What is written later arrives, and then it ends."""
    number = queued(store)
    over = False
    got: list[bytes] = []

    async def read() -> None:
        got.extend([part async for part in store.logs.follow(number, 0, lambda: over)])

    reader = asyncio.create_task(read())
    await asyncio.sleep(0)
    store.output(number, "one")
    await asyncio.sleep(0)
    over = True
    store.output(number, "two")
    await asyncio.wait_for(reader, 5)
    assert b"one\ntwo\n" == b"".join(got)


async def test_events_are_followed_from_where_one_was(store: Store) -> None:
    """The id of the last one seen is enough to go on."""
    number = queued(store)
    first = store.journal.since()[-1].id
    store.record(RunStarted(app="blog", run=number))
    found = await anext(aiter(store.journal.follow(first)))
    assert RunStarted(app="blog", run=number) == found.event


def test_a_log_that_never_ends_is_cut(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    """A build that prints for ever does not fill the disk; how it ended is told all the same."""
    monkeypatch.setattr("homeport.store.logs.LARGEST", 10)
    run = queued(store)
    for _ in range(5):
        store.output(run, "12345")
    why = "the output is over 64 MB"
    store.record(
        JobFinished(app="blog", run=run, job="1.1", state="errored", reason=why, seconds=1)
    )
    cut = "12345\n1234\n... the rest of the output is not kept\n"
    told = f"       job 1.1 errored after 1.00 s: {why}\n"
    assert cut + told == store.logs.read(run).decode()


def test_a_token_is_stored_as_a_digest_and_shown_once(store: Store, tmp_path: Path) -> None:
    """Whoever reads the file cannot push."""
    token = store.tokens.create("laptop")
    assert "laptop" == store.tokens.who(token)
    assert None is store.tokens.who(token + "x")
    store.db.execute("pragma wal_checkpoint(truncate)")
    assert token.encode() not in (tmp_path / "homeport.db").read_bytes()


def test_a_revoked_token_is_refused_and_its_name_is_free_again(store: Store) -> None:
    """Nobody can push with it any more."""
    token = store.tokens.create("laptop")
    store.tokens.revoke("laptop")
    assert None is store.tokens.who(token)
    assert "laptop" == store.tokens.who(store.tokens.create("laptop"))


def test_two_tokens_of_one_name_are_refused(store: Store) -> None:
    """The hint says how to end the first."""
    store.tokens.create("laptop")
    with pytest.raises(Conflict) as caught:
        store.tokens.create("laptop")
    assert "homeport token revoke laptop ends it" == caught.value.hint


def test_an_app_that_is_not_there_is_named_with_those_that_are(store: Store) -> None:
    """A typo is quickly seen."""
    with pytest.raises(NotFound) as caught:
        store.apps.get("blgo")
    assert "apps: blog" == caught.value.hint


def test_what_a_newer_homeport_wrote_is_not_touched(tmp_path: Path) -> None:
    """An older program does not guess at a newer schema."""
    with sqlite3.connect(tmp_path / "homeport.db") as connection:
        connection.execute("pragma user_version = 999")
    connection.close()
    with pytest.raises(Unavailable, match="newer homeport"):
        Store(tmp_path)


def test_a_full_disk_is_said_as_such_and_loses_nothing(store: Store) -> None:
    """SQLite is given no more pages: what was there before is still there."""
    number = queued(store)
    pages = store.db.row("pragma page_count")
    assert pages is not None
    store.db.execute(f"pragma max_page_count = {pages[0]}")

    def fill() -> None:
        for _ in range(5000):
            store.record(StageStarted(app="blog", run=number, stage="x" * 500))

    with pytest.raises(Unavailable, match="cannot be written") as caught:
        fill()
    assert "make room" in caught.value.hint
    assert RunState.QUEUED is store.runs.get(number).state


def test_the_oldest_logs_of_an_app_make_room_for_newer_ones(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeport.store.logs.MOST", 1000)
    numbers = [queued(store) for _ in range(4)]
    waits = queued(store)
    for number in (*numbers, waits):
        store.output(number, "x" * 300)
        store.job_output(f"{number}.1", b"y" * 100)
    for number in numbers:
        state = RunState.FAILED
        store.record(RunFinished(app="blog", run=number, state=state, reason="", seconds=1.0))
    assert [b"", b"", b"y" * 100, b"y" * 100] == [store.logs.read(f"{n}.1") for n in numbers]
    assert b"no longer kept" in store.logs.read(numbers[0])
    assert store.logs.read(numbers[3]).startswith(b"x" * 300)
    assert b"x" * 300 + b"\n" == store.logs.read(waits)


def test_the_events_of_a_run_are_told_by_their_kinds_in_their_order(store: Store) -> None:
    number, other = queued(store), queued(store)
    began = [StageStarted(app="blog", run=number, stage=str(at)) for at in range(600)]
    for event in began:
        store.record(event)
    store.record(RunStarted(app="blog", run=number))
    store.record(StageStarted(app="blog", run=other, stage="build"))
    assert began == store.journal.of_run(number, StageStarted)
    assert 601 == len(store.journal.of_run(number, StageStarted, RunStarted))
    plan = store.db.rows(
        "explain query plan select kind from events where run = 1 and kind in ('a') order by id"
    )
    assert "events_by_run" in str([tuple(row) for row in plan])


def test_what_proved_a_job_is_known_of_older_records_too(tmp_path: Path) -> None:
    """It stood in the reason alone."""
    reasons = {
        "2.1": "the same passed as job 1.1 (http://box/runs/1/1.1)",
        "2.2": "its script ended with 1",
        "2.3": "the same passed as job 1.x' (http://box)",
        "2.4": "",
    }
    connection = sqlite3.connect(tmp_path / "homeport.db")
    before = next(n for n, text in enumerate(MIGRATIONS) if "add column proof" in text)
    for script in MIGRATIONS[:before]:
        connection.executescript(script)
    for job, reason in reasons.items():
        row = ("blog", 2, job, reason)
        connection.execute("insert into jobs (app, run, number, reason) values (?, ?, ?, ?)", row)
    connection.execute(f"pragma user_version = {before}")
    connection.commit()
    connection.close()

    store = Store(tmp_path)
    found = {job.number: (job.reason, job.proof) for job in store.jobs.of_run(2)}
    assert {n: (r, "1.1" if n == "2.1" else "") for n, r in reasons.items()} == found
    store.close()

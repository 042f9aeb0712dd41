"""The pages of runs and jobs: what they show, live or not, and that no text becomes markup."""

from __future__ import annotations

from dataclasses import replace

import pytest

from homeport.events import JobStarted, ReleaseMade, StageFinished, StageStarted
from homeport.model.app import RunState
from homeport.pipeline.passed import told
from homeport.web.pages.runs import LOG as LONGEST
from homeport.web.pages.runs import Shown, Stage, job_page, run_page, shown, stages_of
from tests.made_images import COMMIT, HOSTILE, NOW
from tests.made_runs import LOG, friendly, hostile, made_job, made_run
from tests.unit.web.test_pages import Read

RUN, JOB = friendly()


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        (RUN, "Run 12 ✗ failed job 12.1 failed homeport run logs 12 --job 12.1"),
        (RUN, "Queued 2 s Duration 58 s Kind push When 1 min ago"),
        (RUN, "Check out 0.2 s Jobs it did not end"),
        (RUN, "12.1 ✗ failed 31 s node 20 its script ended with 1"),
        (RUN, "12.2 \N{EN DASH} cancelled 0 s"),
        (JOB, "blog / Run 12 Job 12.1 node 20 ✗ failed its script ended with 1"),
        (JOB, "install 2.5 s $ npm ci added 3 packages script.1 1.2 s $ npm test 1 failing"),
    ],
)
def test_a_page_shows_what_became_of_it(page: str, expected: str) -> None:
    assert expected in Read(page).text


def test_a_run_links_its_jobs_and_a_job_its_run() -> None:
    assert ["/runs/12/12.1", "/runs/12/12.2"] == [a["href"] for a in Read(RUN).all("a")]
    assert ["/runs/12"] == [a["href"] for a in Read(JOB).all("a")]


def test_a_job_that_was_not_run_leads_to_the_one_that_proves_it() -> None:
    job = made_job(state="passed", reason=told("9.2", "http://box"), proof="9.2")
    pages = [
        run_page(made_run(reason=""), [], [job], b"", now=NOW),
        job_page(made_run(), job, b"", now=NOW),
    ]
    for page in pages:
        assert "the same passed as job 9.2" in Read(page).text
        assert "/runs/9/9.2" in [a["href"] for a in Read(page).all("a")]
    crafted = made_job(reason='the same passed as job 9.2"><script> ', proof='9.2"><script>')
    for one in (crafted, replace(crafted, proof="")):
        assert "<script>" not in job_page(made_run(), one, b"", now=NOW)


def test_the_pages_of_what_goes_on_ask_for_themselves_again_and_others_do_not() -> None:
    going = made_run(state=RunState.RUNNING, finished_at=0.0, reason="")
    pages = [
        run_page(going, [Stage(name="jobs")], [made_job(state="running")], LOG, now=NOW),
        job_page(going, made_job(state="running"), LOG, now=NOW),
    ]
    for page in pages:
        again = [m["content"] for m in Read(page).all("meta") if m.get("http-equiv") == "refresh"]
        assert ["3"] == again
    assert "under way" in Read(pages[0]).text
    assert "http-equiv" not in RUN + JOB


def test_the_log_of_a_job_is_folded_and_what_failed_is_open() -> None:
    assert [
        Shown(name="", seconds=None, text="$ git status", open=True),
        Shown(name="install", seconds=2.5, text="$ npm ci\nadded 3 packages", open=False),
        Shown(name="script.1", seconds=1.2, text="$ npm test\n1 failing", open=True),
        Shown(name="", seconds=None, text="it ended with 1", open=True),
    ] == shown(LOG, failed=True)
    assert not any(part.open for part in shown(LOG, failed=False) if part.name)


def test_a_fold_that_goes_on_is_open_and_one_whose_start_is_gone_has_its_name() -> None:
    going = b"travis_fold:start:install\n$ npm ci\n"
    expected = Shown(name="install", seconds=None, text="$ npm ci", open=True)
    assert [expected] == shown(going, failed=False)
    rest = b"added\ntravis_fold:end:install 1000000000\n"
    expected = Shown(name="install", seconds=1.0, text="added", open=False)
    assert [expected] == shown(rest, failed=False)


def test_of_a_long_log_the_end_is_shown_from_a_whole_line_on() -> None:
    log = (b"x" * 99 + b"\n") * (LONGEST // 100)
    page = Read(run_page(made_run(), [], [], log, now=NOW)).text
    assert "Earlier lines are not shown" in page
    assert LONGEST - 100 > page.count("x") > LONGEST // 4


def test_stages_stand_in_their_order_and_one_that_began_again_once() -> None:
    events = [
        StageStarted(app="blog", run=1, stage="check out"),
        StageFinished(app="blog", run=1, stage="check out", seconds=0.1),
        StageStarted(app="blog", run=1, stage="jobs"),
        JobStarted(app="blog", run=1, job="1.1", name="a", why="b"),
        StageStarted(app="blog", run=1, stage="jobs"),
    ]
    expected = [Stage(name="check out", seconds=0.1), Stage(name="jobs")]
    assert expected == stages_of(events, {})


def test_a_release_that_was_made_is_rolled_out_and_its_receipt_says_how_long() -> None:
    events = [ReleaseMade(app="blog", run=1, number=1, commit=COMMIT)]
    assert [Stage(name="roll out")] == stages_of(events, {})
    receipt = {"stages": {"check out": 0.1, "roll out": 0.7}}
    assert [Stage(name="roll out", seconds=0.7)] == stages_of(events, receipt)


def test_whatever_a_repository_or_a_job_says_stays_text() -> None:
    for page in hostile(HOSTILE):
        read = Read(page)
        tags = {tag for tag, _ in read.elements}
        assert not tags & {"script", "img", "iframe"}
        assert all("onerror" not in attributes for _, attributes in read.elements)
        assert "{{ 7*7 }}" in read.text
        assert "\u202e" not in page

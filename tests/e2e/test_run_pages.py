"""The pages of runs in the daemon: who sees them, what they show, and where they are named."""

from __future__ import annotations

import base64
import re
import threading
import urllib.error
import urllib.request

import pytest

from tests.e2e.conftest import started
from tests.e2e.house import App, House, eventually
from tests.e2e.test_pipeline import piped

pytestmark = [pytest.mark.engine, pytest.mark.e2e]


def fetched(url: str, token: str = "") -> tuple[int, str]:
    """An answer, and its body."""
    proof = base64.b64encode(f"me:{token}".encode()).decode()
    headers = {"Authorization": f"Basic {proof}"} if token else {}
    try:
        request = urllib.request.Request(url, headers=headers)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def test_a_job_knows_its_page_which_shows_what_it_said_and_no_secret(app: App) -> None:
    app.house.homeport("secret", "set", app.name, "KEY", stdin="hush-hush-42")
    script = 'echo "<b>at $TRAVIS_JOB_WEB_URL of $TRAVIS_BUILD_WEB_URL, $KEY</b>"'
    piped(app, f"language: generic\nscript: '{script}'\n")
    run = app.runs()[0] if app.push().returncode == 0 else {}
    page = app.house.data("run", "show", str(run["number"]))["page"]
    said = app.house.homeport("run", "logs", str(run["number"]), "--job", "1").stdout
    assert f"at {page}/{run['number']}.1 of {page}, [secure]" in said
    assert page in app.house.homeport("run", "show", str(run["number"])).stdout
    assert [401, 401] == [fetched(url)[0] for url in (page, f"{page}/1")]
    app.house.homeport("app", "set", app.name, "public=true")
    status, text = fetched(page)
    assert (200, 1) == (status, text.count(f'<a href="/runs/{run["number"]}/{run["number"]}.1">'))
    for stage in ("Check out", "Jobs", "Build", "Roll out"):
        assert re.search(f"<dt>{stage}</dt><dd>[0-9.]+ s</dd>", text), stage
    status, text = fetched(f"{page}/1")
    assert 200 == status
    assert f"&lt;b&gt;at {page}" in text
    assert "hush-hush-42" not in text
    assert [404, 404] == [fetched(url)[0] for url in (f"{page}/9", f"{page}/%2e%2e")]


def test_a_page_follows_its_run_and_who_has_a_token_sees_it(app: App) -> None:
    piped(app, "language: generic\nscript: echo it speaks; sleep 4\n")
    token = app.house.homeport("token", "create", f"{app.name}-reader").stdout.split()[0]
    pushing = threading.Thread(target=app.push)
    pushing.start()
    try:
        eventually(lambda: bool(app.runs()))
        number = app.runs()[0]["number"]
        page = app.house.data("run", "show", str(number))["page"]
        eventually(lambda: "it speaks" in fetched(f"{page}/1", token)[1])
        for url in (page, f"{page}/1"):
            assert 'http-equiv="refresh"' in fetched(url, token)[1]
            assert 401 == fetched(url, "another")[0]
    finally:
        pushing.join()
    assert 'http-equiv="refresh"' not in fetched(page, token)[1]
    assert 404 == fetched(f"{page.rpartition('/')[0]}/999999", token)[0]


def test_what_no_job_of_this_box_can_test_does_not_go_live(app: App) -> None:
    app.live("0")
    piped(app, "language: generic\nos: [osx, windows]\nscript: 'true'\n")
    done = app.push(check=False)
    assert 1 == done.returncode
    assert (
        ".travis.yml: jobs: nothing was tested: no job of it runs on this box, which is not for "
        "osx, windows" in done.stderr
    )
    assert "the setting untested" in done.stderr
    assert "0" == app.house.get(app.host).body


def test_it_goes_live_where_the_box_is_told_to_let_it(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:
    settings = {"HOMEPORT_UNTESTED": "on"}
    for house in started(House(tmp_path_factory.mktemp("untested"), settings)):
        app = house.app()
        piped(app, "language: generic\nos: osx\nscript: 'true'\n")
        assert "jobs for osx are not run" in app.push().stderr
        assert "1" == house.get(app.host).body

"""A version that is live is looked at: worse than the one before, it goes back by itself."""

from __future__ import annotations

import json

import pytest

from tests.e2e.house import Answer, App, eventually
from tests.e2e.visitors import visitors

pytestmark = pytest.mark.alone  # what visitors meet in so many seconds decides


def release(app: App, version: str, **deploy: object) -> None:
    """Push a version of one service; what `deploy` says is in its update_config."""
    environment, check = deploy.pop("environment", {}), deploy.pop("healthcheck", {})
    assert isinstance(environment, dict)
    web = {
        "image": "homeport-test/app",
        "environment": {"VIRTUAL_HOST": app.host, "VERSION": version, **environment},
        "restart": "always",
        "deploy": {"update_config": {"monitor": "8s", **deploy}},
        "healthcheck": check,
    }
    app.commit({"compose.yaml": json.dumps({"services": {"web": web}})})
    app.push()


def told(app: App, event: str) -> list[dict[str, str]]:
    """The events of a kind, of this app."""
    lines = app.house.homeport("events", "--json").stdout.splitlines()
    return [e for e in map(json.loads, lines) if e["event"] == event and e["app"] == app.name]


def test_a_version_that_answers_errors_goes_back_with_the_figures(app: App) -> None:
    """5xx that the one before did not answer; nobody has to look."""
    release(app, "good")
    with visitors(app.house.port, app.host):
        release(app, "bad", environment={"STATUS": "500"})
        eventually(lambda: app.house.get(app.host) == Answer(200, "good"), seconds=30)
    (taken,) = told(app, "TakenBack")
    assert "answers of the new web were errors (5xx), 0 of" in taken["reason"]
    eventually(lambda: app.runs()[0]["state"] == "live")
    assert ("rollback", "monitor") == (app.runs()[0]["kind"], app.runs()[0]["by"])


def test_a_version_that_is_started_again_and_again_goes_back(app: App) -> None:
    """It was ready for a moment, and then it ended."""
    release(app, "good")
    release(app, "short", environment={"LIVES": "1"})
    eventually(lambda: told(app, "TakenBack"), seconds=30)
    (taken,) = told(app, "TakenBack")
    assert "1 of 1 new replicas of web failed" in taken["reason"]
    eventually(lambda: app.runs()[0]["state"] == "live")
    assert Answer(200, "good") == app.house.get(app.host)


def test_a_healthcheck_that_flaps_goes_back(app: App) -> None:
    """It was healthy for long enough to go live, and no longer."""
    release(app, "good")
    once = {"test": "[ ! -e /tmp/seen ] && touch /tmp/seen", "interval": "1s", "retries": 1}
    release(app, "flaps", healthcheck=once)
    eventually(lambda: told(app, "TakenBack"), seconds=30)
    (taken,) = told(app, "TakenBack")
    assert "1 of 1 new replicas of web failed: " in taken["reason"]
    assert "is unhealthy" in taken["reason"]
    eventually(lambda: app.runs()[0]["state"] == "live")
    assert Answer(200, "good") == app.house.get(app.host)


def test_failure_action_continue_only_tells(app: App) -> None:
    """The file's own words: it stays."""
    release(app, "good")
    release(app, "bad", environment={"STATUS": "500"}, failure_action="continue")
    eventually(lambda: told(app, "Warned"), seconds=30)
    (warned,) = told(app, "Warned")
    assert "it stays: failure_action is continue" in warned["text"]
    assert Answer(500, "bad") == app.house.get(app.host)


def test_a_version_that_is_no_worse_stays(app: App) -> None:
    """It answers errors as the one before did."""
    release(app, "one", environment={"STATUS": "500"})
    with visitors(app.house.port, app.host):
        release(app, "two", environment={"STATUS": "500"}, monitor="3s")
        number = str(app.runs()[0]["number"])
        receipt = app.house.data("run", "show", number)["receipt"]
        live = receipt["requests"]["served"]

        def served() -> int:
            found: int = app.house.data("run", "show", number)["receipt"]["requests"]["served"]
            return found

        eventually(lambda: served() > live, seconds=30)
    assert Answer(500, "two") == app.house.get(app.host)
    assert [] == told(app, "TakenBack")


def test_the_receipt_counts_what_visitors_met(app: App) -> None:
    """Served, failed, the longest pause: in the push's own lines, and final after the drains."""
    release(app, "one")
    with visitors(app.house.port, app.host) as visits:
        release(app, "two", environment={"BOOT": "1"}, monitor="2s")
        number = str(app.runs()[0]["number"])
        log = app.house.homeport("run", "logs", number).stdout
        assert "served, 0 failed, longest pause 0." in log
        first = app.house.data("run", "show", number)["receipt"]["requests"]
        assert first["served"] > 20
        eventually(lambda: app.house.data("run", "show", number)["receipt"]["requests"] != first)
    final = app.house.data("run", "show", number)["receipt"]["requests"]
    assert (0, True) == (final["failed"], final["longest_pause"] < 1)
    assert first["served"] < final["served"] <= visits.count

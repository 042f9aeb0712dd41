"""An app follows a repository that lives on a forge: webhooks, polling, statuses."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.conftest import started
from tests.e2e.forge import Followed, Forge, running_forge
from tests.e2e.house import Answer, App, House, eventually

TOKEN = "frg_5f0c1a7e9b3d"


@pytest.fixture
def forge(tmp_path: Path) -> Iterator[Forge]:
    """One with private repositories."""
    with running_forge(tmp_path / "forge", token=TOKEN) as made:
        yield made


@pytest.fixture
def followed(app: App, forge: Forge) -> Followed:
    """An app that follows a repository, whose first version is live."""
    made = Followed(app, forge)
    app.version("one")
    made.push()
    made.follow()
    eventually(lambda: Answer(200, "one") == app.house.get(app.host), seconds=60, tell=app.runs)
    return made


def test_a_push_to_the_forge_goes_live_and_the_forge_is_told(followed: Followed) -> None:
    """A signed webhook makes one run, by who pushed; its status is pending, then success."""
    app = followed.app
    commit = app.version("two")
    followed.push()
    status, told = followed.deliver(followed.payload(commit))
    (run,) = told["runs"]
    assert (202, "refs/heads/main moved") == (status, told["note"])
    eventually(lambda: Answer(200, "two") == app.house.get(app.host), seconds=60, tell=app.runs)
    eventually(lambda: app.runs()[0]["state"] == "live")
    made = {key: app.runs()[0][key] for key in ("number", "kind", "ref", "commit", "by")}
    assert {
        "number": run, "kind": "push", "ref": "refs/heads/main", "commit": commit,
        "by": "ann at gitea",
    } == made  # fmt: skip
    eventually(lambda: states(followed, commit)[-1:] == ["success"])
    assert ["pending", "success"] == sorted(set(states(followed, commit)))
    assert "refs/heads/main of the remote is" in app.house.homeport("run", "logs", str(run)).stdout


@pytest.fixture
def named(tmp_path: Path, forge: Forge) -> Iterator[Followed]:
    """As `followed`, in a homeport that has a name for others, of an app that all may see."""
    house = House(tmp_path / "named", settings={"HOMEPORT_HOST": "ci.localhost"})
    house.folder.mkdir()
    for _ in started(house):
        made = Followed(house.app(), forge)
        house.homeport("app", "set", made.app.name, "public=true")
        made.app.commit({".travis.yml": "language: generic\nscript: echo $TRAVIS_BUILD_WEB_URL\n"})
        made.app.version("one")
        made.push()
        made.follow()
        yield made


def test_a_status_leads_to_the_page_of_its_run_and_so_does_a_job(named: Followed) -> None:
    """Through the proxy, under the name that others know."""
    app, house = named.app, named.app.house
    commit = app.git("rev-parse", "HEAD").stdout.strip()
    eventually(lambda: states(named, commit)[-1:] == ["success"], seconds=60, tell=app.runs)
    (number,) = (run["number"] for run in app.runs())
    link = f"http://ci.localhost:{house.port}/runs/{number}"
    assert {link} == {told["target_url"] for told in told_of(named, commit)}
    assert link == house.data("run", "show", str(number))["page"]
    assert link in house.homeport("run", "logs", str(number), "--job", "1").stdout
    page = house.get("ci.localhost", f"/runs/{number}")
    assert (200, True) == (page.status, commit[:12] in page.body)
    job = house.get("ci.localhost", f"/runs/{number}/1")
    assert (200, True) == (job.status, link in job.body)
    assert house.data("app", "hook", app.name)["url"].startswith("http://ci.localhost:")


def states(followed: Followed, commit: str) -> list[str]:
    """What the forge was told of a commit, in order."""
    return [told["state"] for told in told_of(followed, commit)]


def told_of(followed: Followed, commit: str) -> list[dict[str, Any]]:
    """All that the forge was told of a commit."""
    path = f"/api/v1/repos/{followed.name}/statuses/{commit}"
    return [told for told in followed.forge.statuses if told["path"] == path]


def test_a_run_that_fails_is_told_as_a_failure(followed: Followed) -> None:
    """With the first line of the reason; what was live stays live."""
    app = followed.app
    commit = app.version("two", "ENV CRASH=3\n")
    followed.push()
    followed.deliver(followed.payload(commit))
    eventually(lambda: states(followed, commit)[-1:] == ["failure"], seconds=60)
    last = told_of(followed, commit)[-1]
    assert re.fullmatch(r"run \d+ failed: .*status 3.*", last["description"])
    assert f"homeport/{app.name}" == last["context"]
    assert Answer(200, "one") == app.house.get(app.host)


def test_the_same_commit_twice_makes_one_run(followed: Followed) -> None:
    """Delivered twice, and replayed under the same id."""
    app = followed.app
    commit = app.version("two")
    followed.push()
    body = followed.payload(commit)
    assert 202 == followed.deliver(body, delivery="first")[0]
    assert (200, {"ignored": "nothing moved since the last look"}) == followed.deliver(body)
    replayed = followed.deliver(body, delivery="first")
    assert (200, {"ignored": "first was taken before"}) == replayed
    assert [commit] == [run["commit"] for run in app.runs()][:-1]


def test_other_branches_and_tags_are_stored_and_those_that_are_deleted_go(
    followed: Followed,
) -> None:
    """A branch `a` that makes room for `a/b`, too."""
    app = followed.app
    app.git("branch", "topic")
    app.git("tag", "v1")
    followed.push("topic", "v1")
    _, told = followed.deliver(followed.payload("", "refs/heads/topic"))
    assert "refs/heads/topic, refs/tags/v1 moved" == told["note"]
    assert {"refs/heads/main", "refs/heads/topic", "refs/tags/v1"} == stored(app)
    app.git("branch", "topic/below", check=False)
    app.git("branch", "-m", "topic", "x")
    app.git("branch", "-m", "x", "topic/below")
    followed.push(":topic")
    followed.push("topic/below", ":v1")
    _, told = followed.deliver(followed.payload("", "refs/heads/topic"))
    assert "refs/heads/topic, refs/tags/v1, refs/heads/topic/below moved" == told["note"]
    assert {"refs/heads/main", "refs/heads/topic/below"} == stored(app)


def stored(app: App) -> set[str]:
    """The branches and tags that homeport has of an app."""
    bare = app.house.state / "repositories" / f"{app.name}.git"
    listed = app.git(f"--git-dir={bare}", "for-each-ref", "--format=%(refname)")
    return {ref for ref in listed.stdout.split() if "/homeport/" not in ref}


@pytest.mark.parametrize(
    ("signature", "said"),
    [
        (None, "X-Gitea-Signature is missing"),
        ("", "X-Gitea-Signature is empty"),
        ("0" * 64, "X-Gitea-Signature is not what the secret of this hook makes of it"),
    ],
)
def test_a_webhook_without_the_right_signature_does_nothing(
    followed: Followed, signature: str | None, said: str
) -> None:
    """It is told once, and nothing is fetched."""
    commit = followed.app.version("two")
    followed.push()
    fetches = followed.forge.fetches
    for _ in range(3):
        status, told = followed.deliver(followed.payload(commit), X_Gitea_Signature=signature)
        assert (401, "Denied", said) == (status, told["error"]["kind"], told["error"]["message"])
    assert fetches == followed.forge.fetches
    assert [said] == [event["reason"] for event in followed.events("HookRefused")]
    assert 1 == len(followed.app.runs())


def test_a_body_of_50_mb_is_refused_without_being_kept(followed: Followed) -> None:
    """Whether its length is said or not; the daemon does not grow by it."""
    house = followed.app.house
    before = house.data("status")["memory"]
    body = b"x" * (50 << 20)
    headers = {"X-Gitea-Event": "push", "Content-Type": "application/json"}
    refused = followed.post(body, headers)
    assert (413, "the body is larger than 25 MiB") == (refused[0], refused[1]["error"]["message"])
    parts = (body[:65536] for _ in range(800))
    chunked = followed.post(parts, headers)
    assert 413 == chunked[0]
    assert house.data("status")["memory"] - before < 60 << 20


def test_what_a_payload_says_is_never_run(followed: Followed) -> None:
    """Signed, and hostile: the ref is refused by git's rules, and what is fetched is the remote."""
    upload = "refs/heads/--upload-pack=touch /tmp/x"
    for ref in (upload, "refs/heads/a..b", "HEAD", "refs/heads/$(x)\n", "refs/heads/../x"):
        status, told = followed.deliver(followed.payload("0" * 40, ref))
        assert 400 == status
        assert "is no branch and no tag" in told["error"]["message"]


def test_the_token_of_a_private_remote_is_seen_nowhere(followed: Followed) -> None:
    """Neither in arguments, events, logs, answers nor files that others may read."""
    app, forge = followed.app, followed.forge
    assert TOKEN in forge.shown
    assert [] == forge.seen_in_argv
    house = app.house
    told = house.homeport("events", "--app", app.name, "--json").stdout
    told += house.homeport("app", "show", app.name, "--json").stdout
    told += house.homeport("run", "logs", str(app.runs()[0]["number"])).stdout
    told += (house.folder / "daemon.log").read_text()
    assert TOKEN not in told
    assert followed.secret not in told
    found = [p for p in house.state.rglob("*") if p.is_file() and TOKEN.encode() in p.read_bytes()]
    assert all(path.name.startswith("homeport.db") for path in found)
    refused = house.homeport("app", "set", app.name, f"remote-token={TOKEN}", check=False)
    assert 2 == refused.returncode
    assert TOKEN not in refused.stderr + refused.stdout


def test_a_token_is_shown_to_no_other_host(followed: Followed, tmp_path: Path) -> None:
    """Neither to one that the forge redirects to, nor to one that the app follows later."""
    with running_forge(tmp_path / "other", token="another") as other:
        followed.forge.elsewhere = f"http://localhost:{other.address.partition(':')[2]}"
        followed.app.version("two")
        _, told = followed.deliver(followed.payload(""))
        assert "cannot be fetched from" in told["note"]
        assert {""} == other.shown
        followed.forge.elsewhere = ""
        house, name = followed.app.house, followed.app.name
        house.homeport("app", "set", name, f"remote={other.url('me/other')}")
        eventually(lambda: len(followed.events("RemoteLost")) == 2)
        assert {""} == other.shown


@pytest.mark.parametrize(
    "remote",
    ["ext::sh -c id", "--upload-pack=id", "https://me:secret@h/x", "ftp://h/x", "fd::3"],
)
def test_a_remote_that_git_must_not_be_given_is_refused(app: App, remote: str) -> None:
    """By its owner's own hand, too."""
    done = app.house.homeport("app", "set", app.name, f"remote={remote}", check=False)
    assert 2 == done.returncode
    assert "secret" not in done.stderr


def test_the_secret_of_a_hook_is_shown_once_and_can_be_changed(followed: Followed) -> None:
    """The one before is good no more."""
    house, name = followed.app.house, followed.app.name
    first = house.data("app", "hook", name)
    assert ("", f"http://127.0.0.1:{house.git_port}/hooks/{name}") == (
        first["secret"],
        first["url"],
    )
    assert followed.secret == house.data("app", "hook", name, "--show")["secret"]
    house.homeport("app", "hook", name, "--rotate")
    assert 401 == followed.deliver(followed.payload(""))[0]


@pytest.fixture(scope="module")
def polling(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """A homeport that looks at its remotes twice a second."""
    folder = tmp_path_factory.mktemp("polling")
    yield from started(House(folder, settings={"HOMEPORT_POLL": "0.5"}))


@pytest.fixture
def polled(polling: House, forge: Forge) -> Iterator[Followed]:
    """As `followed`, in a homeport that polls."""
    app = polling.app()
    made = Followed(app, forge)
    app.version("one")
    made.push()
    made.follow()
    eventually(lambda: Answer(200, "one") == polling.get(app.host), seconds=60, tell=app.runs)
    yield made
    polling.homeport("app", "rm", app.name, "--yes", "--volumes")


def test_a_lost_webhook_is_found_by_polling(polled: Followed) -> None:
    """One run, by nobody but the clock; a look that finds nothing fetches nothing."""
    app = polled.app
    commit = app.version("two")
    polled.push()
    eventually(lambda: Answer(200, "two") == app.house.get(app.host), seconds=60, tell=app.runs)
    eventually(lambda: app.runs()[0]["state"] == "live")
    first, *_ = app.runs()
    assert (commit, "poll") == (first["commit"], first["by"])
    assert 2 == len(app.runs())


def test_a_forge_that_is_down_is_told_once_and_holds_nothing(polled: Followed) -> None:
    """What was pushed meanwhile is found when it is back; what is live serves."""
    app, forge = polled.app, polled.forge
    forge.down = True
    eventually(lambda: polled.events("RemoteLost"))
    commit = app.version("two")
    polled.push()
    status, told = polled.deliver(polled.payload(commit))
    assert 202 == status
    assert "it is tried again" in told["note"]
    # A run goes on, though nobody can be told of it.
    app.house.homeport("deploy", app.name, "--ref", "main")
    assert Answer(200, "one") == app.house.get(app.host)
    assert 1 == len(polled.events("RemoteLost"))
    forge.down = False
    eventually(lambda: Answer(200, "two") == app.house.get(app.host), seconds=90, tell=app.runs)
    eventually(lambda: states(polled, commit)[-1:] == ["success"])
    assert 1 == len(polled.events("RemoteBack"))


def test_what_was_pushed_while_homeport_was_down_is_found(own_house: House, forge: Forge) -> None:
    """And is run once, whatever was seen before."""
    app = own_house.app()
    made = Followed(app, forge)
    app.version("one")
    made.push()
    made.follow()
    eventually(lambda: Answer(200, "one") == own_house.get(app.host), seconds=60, tell=app.runs)
    own_house.kill()
    commit = app.version("two")
    made.push()
    own_house.start()
    eventually(lambda: Answer(200, "two") == own_house.get(app.host), seconds=60, tell=app.runs)
    assert [commit] == [run["commit"] for run in app.runs()][:-1]


PULLED = """
language: generic
env: [CELL=1, CELL=2]
script:
  - echo "pull $TRAVIS_PULL_REQUEST of $TRAVIS_PULL_REQUEST_BRANCH for $TRAVIS_BRANCH"
  - echo "it is $TRAVIS_EVENT_TYPE, secrets $TRAVIS_SECURE_ENV_VARS ${TOKEN:-none}"
  - docker build -q -t made . && docker push made
jobs:
  include:
    - if: type = pull_request AND fork = true
      name: of a fork
      script: "true"
"""


def pulled(followed: Followed, fork: bool) -> dict[str, Any]:
    """A pull request that the forge tells of; what it was answered."""
    app = followed.app
    app.git("checkout", "-q", "-B", "topic")
    commit = app.commit({".travis.yml": PULLED}, "wants to be merged")
    followed.push("HEAD:refs/pull/7/head")
    told = {
        "action": "opened",
        "number": 7,
        "pull_request": {
            "head": {
                "sha": commit,
                "ref": "topic",
                "repo": {"full_name": "bob/fork" if fork else followed.name},
            },
            "base": {"ref": "main"},
        },
        "repository": {"full_name": followed.name},
        "sender": {"login": "bob"},
    }
    status, answer = followed.deliver(json.dumps(told).encode(), event="pull_request")
    assert 202 == status
    return answer


def test_a_pull_request_runs_its_jobs_and_goes_nowhere(followed: Followed) -> None:
    app = followed.app
    app.house.homeport("secret", "set", app.name, "TOKEN", stdin="s3cr3t-token")
    (run,) = pulled(followed, fork=False)["runs"]
    eventually(lambda: app.runs()[0]["state"] == "passed", tell=app.runs)
    log = app.house.homeport("run", "logs", str(run)).stdout
    assert "pull 7 of topic for main" in log
    assert "it is pull_request, secrets true [secure]" in log
    assert "latest: not pushed, since this is a pull request" in log
    assert "of a fork" not in log
    assert Answer(200, "one") == app.house.get(app.host)
    commit = app.runs()[0]["commit"]
    eventually(lambda: states(followed, commit)[-1:] == ["success"])


def test_a_pull_request_of_a_fork_waits_and_gets_no_secrets(followed: Followed) -> None:
    app = followed.app
    app.house.homeport("secret", "set", app.name, "TOKEN", stdin="s3cr3t-token")
    answer = pulled(followed, fork=True)
    (run,) = answer["runs"]
    assert f"pull request 7: homeport run approve {run} lets it run" == answer["note"]
    assert "waiting" == app.runs()[0]["state"]
    (newer,) = pulled(followed, fork=True)["runs"]
    states_now = {r["number"]: r["state"] for r in app.runs()}
    assert ("superseded", "waiting") == (states_now[run], states_now[newer])
    app.house.homeport("run", "approve", str(newer))
    eventually(lambda: app.runs()[0]["state"] == "passed", tell=app.runs)
    log = app.house.homeport("run", "logs", str(newer)).stdout
    assert "secrets false none" in log
    assert "of a fork" in log
    refused = app.house.homeport("run", "approve", str(newer), check=False)
    assert "is passed, and waits for nobody" in refused.stderr

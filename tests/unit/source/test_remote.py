"""Remotes: what may be followed, what moved there, and what its forge is told."""

from __future__ import annotations

import json
import subprocess

import pytest

from homeport.errors import RequestError
from homeport.model.app import Run, RunState
from homeport.source.forge import Forge, check_forge, forge_of
from homeport.source.names import is_ref
from homeport.source.poll import Move, moves, next_look
from homeport.source.remote import Login, read_login, read_remote
from homeport.source.statuses import State, Status, request_of, status_of
from tests.unit.source.test_webhook import HOSTILE

LOGIN = Login(user="", token="t0ken")
COMMIT = "2" * 40


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://github.com/me/blog.git", ("https", "github.com", "me/blog")),
        ("http://127.0.0.1:3000/me/blog", ("http", "127.0.0.1:3000", "me/blog")),
        ("https://[::1]:3000/me/blog/", ("https", "[::1]:3000", "me/blog")),
        ("git@github.com:me/blog.git", ("ssh", "github.com", "me/blog")),
        ("ssh://git@box:2222/me/blog.git", ("ssh", "box:2222", "me/blog")),
        ("git://h/blog", ("git", "h", "blog")),
        ("/srv/git/blog.git", ("file", "", "srv/git/blog")),
        ("file:///srv/git/blog.git", ("file", "", "srv/git/blog")),
    ],
)
def test_a_remote_is_taken_apart(url: str, expected: tuple[str, str, str]) -> None:
    remote = read_remote(url)
    assert (url, *expected) == (remote.url, remote.scheme, remote.host, remote.path)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "blog",
        "../blog",
        "-oProxyCommand=x",
        "--upload-pack=x",
        "ext::sh -c x",
        "ext::sh",
        "fd::3",
        "ftp://h/x",
        "transport://h/x",
        "https://me:hunter2@h/x",
        "https://hunter2@h/x",
        "ssh://-oProxyCommand=x/y",
        "ssh://-x@h/y",
        "ssh://h:hunter2@x/y",
        "https:///me/blog",
        "https://h",
        "https://h/x?y=hunter2",
        "https://h:99999/x",
        "https://h/a b",
        "https://h/a\nb",
        "file://h/x",
        "https://h/" + "x" * 1000,
        "https://[::1/x",
    ],
)
def test_what_git_is_not_to_be_given_is_refused_and_not_repeated(url: str) -> None:
    with pytest.raises(RequestError) as refused:
        read_remote(url)
    assert "hunter2" not in refused.value.message + refused.value.hint


@pytest.mark.parametrize(
    ("named", "about"),
    [("me/blog", True), ("Me/Blog", True), ("blog", True), ("e/blog", False), ("", False)],
)
def test_a_repository_is_known_by_its_path(named: str, about: bool) -> None:
    """Its host has one name inside, and others outside."""
    assert about is read_remote("https://h/sub/me/blog.git").is_about(named)


@pytest.mark.parametrize(("text", "expected"), [("abc", ("", "abc")), ("ann:abc", ("ann", "abc"))])
def test_a_token_may_have_a_user(text: str, expected: tuple[str, str]) -> None:
    login = read_login(text)
    assert expected == (login.user, login.token)
    assert "abc" not in repr(login)


@pytest.mark.parametrize("text", ["", "hunter2\nb", ":hunter2", "hunter2:", "hunter2ä"])
def test_what_is_no_token_is_refused_and_not_repeated(text: str) -> None:
    with pytest.raises(RequestError) as refused:
        read_login(text)
    assert "hunter2" not in refused.value.message


@pytest.mark.parametrize(
    ("url", "said", "expected"),
    [
        ("https://github.com/a/b", "", Forge.GITHUB),
        ("git@gitlab.com:a/b", "", Forge.GITLAB),
        ("https://codeberg.org/a/b", "", Forge.FORGEJO),
        ("https://bitbucket.org/a/b", "", Forge.BITBUCKET),
        ("https://gitea.example.org:3000/a/b", "", Forge.GITEA),
        ("https://gitlab.example.org/a/b", "", Forge.GITLAB),
        ("https://code.example.org/a/b", "", None),
        ("https://code.example.org/a/b", "gitea", Forge.GITEA),
        ("/srv/git/b", "", None),
    ],
)
def test_a_forge_is_told_by_its_host_or_by_a_person(
    url: str, said: str, expected: Forge | None
) -> None:
    assert expected is forge_of(read_remote(url), said)


def test_a_forge_that_takes_no_statuses_cannot_be_named() -> None:
    for name in ("docker hub", "gogs"):
        with pytest.raises(RequestError):
            check_forge(name)


@pytest.mark.parametrize("ref", [*HOSTILE, "refs/heads/a", "refs/tags/v1.0", "refs/heads/ä/b@c-d"])
def test_names_of_refs_are_those_that_git_takes(ref: str) -> None:
    """Stricter only for what is not below heads and tags, very long, or does not print."""
    if "\0" in ref:
        assert not is_ref(ref)
        return
    git = subprocess.run(["git", "check-ref-format", ref], check=False).returncode == 0
    ours = ref.startswith(("refs/heads/", "refs/tags/")) and len(ref) <= 400 and ref.isprintable()
    assert (git and ours) is is_ref(ref)


# --- what moved ---


def deploys(ref: str) -> bool:
    return ref == "refs/heads/main"


def told(found: list[Move]) -> list[str]:
    """A line each."""
    return [f"{m.ref[5:]} {m.before}->{m.after}{'' if m.runs else ' (quietly)'}" for m in found]


def test_nothing_moved_is_nothing_to_do() -> None:
    refs = {"refs/heads/main": "a", "refs/tags/v1": "b"}
    assert [] == moves(refs, refs, live={}, deploys=deploys)


def test_at_the_first_look_only_the_deploy_branch_asks_for_a_run() -> None:
    there = {"refs/heads/a": "x", "refs/heads/main": "y", "refs/tags/v1": "z"}
    expected = ["heads/main ->y", "heads/a ->x (quietly)", "tags/v1 ->z (quietly)"]
    assert expected == told(moves({}, there, live={}, deploys=deploys))


def test_at_the_first_look_what_is_live_asks_for_no_run() -> None:
    there = {"refs/heads/main": "y"}
    assert ["heads/main ->y (quietly)"] == told(moves({}, there, live=there, deploys=deploys))


def test_deletes_come_first_then_the_deploy_branch() -> None:
    seen = {"refs/heads/main": "1", "refs/heads/a": "2"}
    there = {"refs/heads/main": "3", "refs/heads/a/b": "2", "refs/tags/v1": "3"}
    expected = ["heads/a 2->", "heads/main 1->3", "heads/a/b ->2", "tags/v1 ->3"]
    assert expected == told(moves(seen, there, live={}, deploys=deploys))


def test_a_branch_that_was_forced_back_asks_for_a_run_though_that_commit_is_live() -> None:
    """What was pushed in between may be on its way."""
    live = {"refs/heads/main": "1"}
    found = moves({"refs/heads/main": "2"}, live, live=live, deploys=deploys)
    assert ["heads/main 2->1"] == told(found)


@pytest.mark.parametrize(
    ("every", "pauses"),
    [
        (300.0, [300.0, 30.0, 60.0, 120.0, 3600.0]),
        (1.0, [1.0, 1.0, 2.0, 4.0, 3600.0]),
        (7200.0, [7200.0, 30.0, 60.0, 120.0, 7200.0]),
        (0.0, [float("inf"), 30.0, 60.0, 120.0, 3600.0]),
    ],
)
def test_a_forge_that_is_down_is_asked_again_ever_more_seldom(
    every: float, pauses: list[float]
) -> None:
    assert pauses == [next_look(every, failures) for failures in (0, 1, 2, 3, 99)]


# --- statuses ---


def run(state: RunState, **more: object) -> Run:
    given = {"number": 7, "app": "blog", "kind": "push", "ref": "refs/heads/main", "by": "ann"}
    return Run(commit=COMMIT, state=state, **{**given, **more})  # type: ignore[arg-type]


def test_every_state_of_a_run_is_told() -> None:
    assert {
        "waiting": "pending",
        "queued": "pending", "running": "pending", "live": "success", "passed": "success",
        "failed": "failure", "interrupted": "failure", "cancelled": "stopped",
        "superseded": "stopped",
    } == {str(state): str(status_of(run(state), "").state) for state in RunState}  # fmt: skip


def test_a_status_says_the_run_and_the_first_line_of_its_reason() -> None:
    failed = run(RunState.FAILED, reason="it broke\n" + "x" * 500)
    expected = Status(
        commit=COMMIT,
        state=State.FAILURE,
        context="homeport/blog",
        description="run 7 failed: it broke",
        url="https://box/7",
    )
    assert expected == status_of(failed, "https://box/7")
    long = run(RunState.FAILED, reason="x" * 500)
    assert 140 == len(status_of(long, "").description)


def test_images_of_the_same_commit_have_a_status_of_their_own() -> None:
    assert "homeport/blog/images" == status_of(run(RunState.PASSED, kind="build"), "").context


@pytest.mark.parametrize(
    ("forge", "remote", "url", "header", "body"),
    [
        (
            Forge.GITHUB,
            "https://github.com/me/blog.git",
            f"https://api.github.com/repos/me/blog/statuses/{COMMIT}",
            ("Authorization", "Bearer t0ken"),
            {"state": "failure", "context": "c", "target_url": "u", "description": "d"},
        ),
        (
            Forge.GITHUB,
            "git@ghe.example.org:me/blog.git",
            f"https://ghe.example.org/api/v3/repos/me/blog/statuses/{COMMIT}",
            ("Authorization", "Bearer t0ken"),
            {"state": "failure", "context": "c", "target_url": "u", "description": "d"},
        ),
        (
            Forge.FORGEJO,
            "https://h:3000/sub/me/blog.git",
            f"https://h:3000/sub/api/v1/repos/me/blog/statuses/{COMMIT}",
            ("Authorization", "token t0ken"),
            {"state": "failure", "context": "c", "target_url": "u", "description": "d"},
        ),
        (
            Forge.GITLAB,
            "ssh://git@gitlab.example.org:2222/group/team/blog.git",
            f"https://gitlab.example.org/api/v4/projects/group%2Fteam%2Fblog/statuses/{COMMIT}",
            ("PRIVATE-TOKEN", "t0ken"),
            {"state": "failed", "name": "c", "target_url": "u", "description": "d"},
        ),
        (
            Forge.BITBUCKET,
            "https://bitbucket.org/me/blog.git",
            f"https://api.bitbucket.org/2.0/repositories/me/blog/commit/{COMMIT}/statuses/build",
            ("Authorization", "Bearer t0ken"),
            {"state": "FAILED", "key": "c", "name": "c", "url": "u", "description": "d"},
        ),
    ],
)
def test_each_forge_is_told_in_its_own_way(
    forge: Forge, remote: str, url: str, header: tuple[str, str], body: dict[str, str]
) -> None:
    status = Status(commit=COMMIT, state=State.FAILURE, context="c", description="d", url="u")
    request = request_of(forge, read_remote(remote), LOGIN, status)
    assert request
    assert (url, body) == (request.url, json.loads(request.body))
    assert header[1] == request.headers[header[0]]
    assert "t0ken" not in repr(request)


def test_a_box_without_a_name_tells_no_url_except_where_one_is_asked_for() -> None:
    status = Status(commit=COMMIT, state=State.STOPPED, context="c", description="d", url="")
    remote = read_remote("https://h/me/blog.git")
    found = {
        forge: json.loads(request.body)
        for forge in (Forge.GITEA, Forge.BITBUCKET)
        if (request := request_of(forge, remote, LOGIN, status))
    }
    assert {"state": "error", "context": "c", "description": "d"} == found[Forge.GITEA]
    assert ("STOPPED", remote.url) == (
        found[Forge.BITBUCKET]["state"],
        found[Forge.BITBUCKET]["url"],
    )

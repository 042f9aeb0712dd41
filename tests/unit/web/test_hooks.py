"""Webhooks at their address: what is answered, and what is done. A real store; no git."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from homeport.delivery.following import Seen
from homeport.errors import Unavailable
from homeport.model.pull import PullRequest
from homeport.source.receive import create_repository
from homeport.source.webhook import url_token
from tests.unit.source import deliveries as d
from tests.unit.source.deliveries import Delivery
from tests.unit.web.test_api import Api


@pytest.fixture
async def api(tmp_path: Path) -> AsyncIterator[Api]:
    """With an app that follows a remote, and has a hook."""
    made = Api(tmp_path)
    made.store.apps.create("blog")
    await create_repository(tmp_path / "repositories" / "blog.git", tmp_path / "hooks")
    made.store.apps.set_remote("blog", "https://code.example.org/me/blog.git")
    made.store.remotes._set("blog", "secret", d.SECRET)
    yield made
    made.store.close()


async def deliver(api: Api, made: Delivery, app: str = "blog") -> httpx.Response:
    """As a forge does: over the network, with no token."""
    path = f"/hooks/{app}" + (f"/{made.token}" if made.token else "")
    return await api.ask("POST", path, local=False, headers=made.headers, content=made.body)


def events(api: Api, kind: str) -> list[Any]:
    """Those of a kind."""
    return [r.event for r in api.store.journal.since() if type(r.event).__name__ == kind]


async def test_a_push_is_looked_at_and_answered_with_its_run(api: Api) -> None:
    answer = await deliver(api, d.gitea(d.push()))
    assert (202, {"runs": [9], "note": "refs/heads/main moved"}) == (
        answer.status_code,
        answer.json(),
    )
    assert [("look", "blog", "ann at gitea")] == api.asked.calls


async def test_a_push_that_moved_nothing_is_answered_as_such(api: Api) -> None:
    api.asked.found = Seen()
    answer = await deliver(api, d.gitea(d.push()))
    assert (200, {"ignored": "nothing moved since the last look"}) == (
        answer.status_code,
        answer.json(),
    )


async def test_a_remote_that_is_down_is_no_fault_of_the_hook(api: Api) -> None:
    """A forge would switch it off."""
    api.asked.found = Unavailable("https://x cannot be fetched from: no route")
    answer = await deliver(api, d.gitea(d.push()))
    note = "https://x cannot be fetched from: no route; it is tried again"
    assert (202, {"runs": [], "note": note}) == (answer.status_code, answer.json())


async def test_a_fetch_that_takes_long_goes_on_when_the_forge_has_its_answer(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("homeport.web.hooks._ANSWER_WITHIN", 0.0)
    api.asked.fetched.clear()
    answer = await deliver(api, d.gitea(d.push()))
    assert (202, {"runs": [], "note": "it is being fetched"}) == (
        answer.status_code,
        answer.json(),
    )
    api.asked.fetched.set()


async def test_a_delivery_that_was_taken_is_not_taken_again(api: Api) -> None:
    answers = [(await deliver(api, d.gitlab(d.lab_push(project={})))).json() for _ in range(2)]
    assert "it is about ''" in answers[0]["ignored"]  # which is not taken
    made = d.gitea(d.push())
    found = [(await deliver(api, made)).status_code for _ in range(2)]
    assert ([202, 200], 1) == (found, len(api.asked.calls))


async def test_a_delivery_may_come_again_after_a_day(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = d.gitea(d.push())
    await deliver(api, made)
    monkeypatch.setattr("homeport.store.remotes._KEPT", 0.0)
    assert 202 == (await deliver(api, made)).status_code


async def test_docker_hub_moves_images_by_the_token_in_its_url(api: Api) -> None:
    told = {"push_data": {"tag": "latest"}, "repository": {"repo_name": "me/blog"}}
    assert 202 == (await deliver(api, d.docker_hub(told))).status_code
    assert [("tag_moved",)] == api.asked.calls
    wrong = Delivery(headers={}, body=d.docker_hub(told).body, token=url_token("another"))
    refused = await deliver(api, wrong)
    assert 401 == refused.status_code
    assert refused.json()["error"]["message"].startswith("the token in the URL is not")


async def test_a_pull_request_is_fetched_and_one_of_a_fork_waits(api: Api) -> None:
    answer = await deliver(api, d.github(d.pull_request(), "pull_request"))
    told = {"runs": [9], "note": "pull request 5"}
    assert (202, told) == (answer.status_code, answer.json())
    other = d.github(d.pull_request(head="bob/blog"), "pull_request")
    answer = await deliver(api, other.with_headers(x_github_delivery="another"))
    assert "pull request 5: homeport run approve 9 lets it run" == answer.json()["note"]
    own, fork = (call[4] for call in api.asked.calls)
    assert ("pull", "blog", "refs/pull/5/head", "bob at github") == api.asked.calls[0][:4]
    assert PullRequest(number=5, fork=False, base="main", head="topic", slug="me/blog") == own
    assert PullRequest(number=5, fork=True, base="main", head="topic", slug="bob/blog") == fork


async def test_a_ping_is_answered_well(api: Api) -> None:
    answer = await deliver(api, d.github({"zen": "ok"}, "ping"))
    assert (200, {"ignored": "nothing happens for 'ping'"}) == (answer.status_code, answer.json())


async def test_a_forge_that_its_host_does_not_tell_is_known_by_its_webhook(api: Api) -> None:
    """Once, and only by who can sign."""
    await deliver(api, d.gitea(d.push()).with_headers(x_gitea_signature="0" * 64))
    assert "" == api.store.apps.get("blog").forge
    await deliver(api, d.gitea(d.push()))
    await deliver(api, d.github(d.push()))
    assert "gitea" == api.store.apps.get("blog").forge


async def test_an_app_that_follows_nothing_says_so(api: Api) -> None:
    api.store.apps.set_remote("blog", "")
    answer = await deliver(api, d.gitea(d.push()))
    assert 200 == answer.status_code
    assert "follows no remote: homeport app set blog remote=URL" in answer.json()["ignored"]


@pytest.mark.parametrize("app", ["none", "blog2", "Blog", "b%00"])
async def test_where_there_is_no_hook_nothing_is_read(api: Api, app: str) -> None:
    api.store.apps.create("blog2")  # an app, without a hook
    answer = await deliver(api, d.gitea(d.push()), app)
    assert 404 == answer.status_code
    assert {"kind", "message", "hint", "exit_status"} == set(answer.json()["error"])


async def test_a_refusal_is_told_once_however_often_it_comes(api: Api) -> None:
    made = d.gitea(d.push()).with_headers(x_gitea_signature="")
    answers = {(await deliver(api, made)).status_code for _ in range(5)}
    said = [event.reason for event in events(api, "HookRefused")]
    assert ({401}, ["X-Gitea-Signature is empty"]) == (answers, said)


async def test_who_guesses_does_not_fill_the_disk(api: Api) -> None:
    """What he sends never becomes a reason of its own."""
    for number in range(300):
        made = Delivery(headers={"x-gitea-event": f"e{number}"}, body=b"")
        await deliver(api, made.with_headers(x_gitea_signature=f"{number}"))
    assert 1 == len(events(api, "HookRefused"))


async def test_a_body_without_an_end_is_refused_at_its_limit(
    api: Api, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No more of it is taken than that."""
    taken = 0

    def parts() -> Iterator[bytes]:
        nonlocal taken
        for _ in range(1000):
            taken += 1
            yield b"x" * (1 << 20)

    async def endless() -> AsyncIterator[bytes]:
        for part in parts():
            yield part

    headers = {"x-gitea-event": "push"}
    answer = await api.ask("POST", "/hooks/blog", local=False, headers=headers, content=endless())
    assert (413, "TooLarge") == (answer.status_code, answer.json()["error"]["kind"])
    assert taken <= 25 + 1 + 64 + 1  # and what is thrown away until the answer is heard


# --- the owner's side ---


async def test_a_secret_is_shown_when_it_is_made_and_when_it_is_asked_for(api: Api) -> None:
    api.store.apps.create("shop")
    shown = [
        (await api.ask("POST", "/api/apps/shop/hook", json=body)).json()["secret"]
        for body in ({}, {}, {"show": True}, {"rotate": True}, {"show": True})
    ]
    first, other = shown[0], shown[3]
    assert [first, "", first, other, other] == shown
    assert (True, True) == (first.startswith("whsec_"), first != other)
    assert 2 == len(events(api, "HookMade"))


async def test_a_secret_and_a_token_stand_in_no_answer_and_no_event(api: Api) -> None:
    change = {"remote_token": "t0ken-of-mine"}
    await api.ask("PATCH", "/api/apps/blog", json=change)
    assert "t0ken-of-mine" == api.store.remotes.token("blog")
    answers = [(await api.ask("GET", path)).text for path in ("/api/apps", "/api/apps/blog")]
    told = "".join([*answers, *(repr(r.event) for r in api.store.journal.since())])
    assert ("t0ken-of-mine" in told, d.SECRET in told) == (False, False)


@pytest.mark.parametrize(
    ("remote", "kept"),
    [("https://code.example.org/me/other.git", True), ("https://evil.example/me/blog", False)],
)
async def test_a_token_is_for_the_host_that_it_was_given_for(
    api: Api, remote: str, kept: bool
) -> None:
    await api.ask("PATCH", "/api/apps/blog", json={"remote_token": "t0ken"})
    await api.ask("PATCH", "/api/apps/blog", json={"remote": remote})
    assert kept is bool(api.store.remotes.token("blog"))


@pytest.mark.parametrize(
    "change",
    [
        {"remote": "ext::sh -c x"},
        {"remote": "https://u:p@h/x"},
        {"forge": "docker hub"},
        {"remote_token": "a\nb"},
        {"remote": "https://h/x", "forge": "none"},
    ],
)
async def test_what_cannot_be_followed_changes_nothing(api: Api, change: dict[str, str]) -> None:
    before = api.store.apps.get("blog")
    answer = await api.ask("PATCH", "/api/apps/blog", json=change)
    assert (400, before, []) == (
        answer.status_code,
        api.store.apps.get("blog"),
        api.asked.calls,
    )
    assert "p@h" not in json.dumps(answer.json())


async def test_an_app_that_is_removed_takes_its_secrets_along(api: Api) -> None:
    await api.ask("DELETE", "/api/apps/blog")
    assert ("", "") == (api.store.remotes.secret("blog"), api.store.remotes.token("blog"))

"""Which events a person is sent word of, and in which shape."""

from __future__ import annotations

import json

import pytest

from homeport.errors import RequestError
from homeport.events import (
    ActionDone,
    AddressChanged,
    BuildFinished,
    CertificateFailed,
    Event,
    RecordFailed,
    RunFinished,
    TakenBack,
    ZonesRefused,
)
from homeport.upkeep.notices import Address, Notice, notice_of, read_addresses, request_of

FAILED = RunFinished(app="blog", run=7, state="failed", reason="web exited with 1", hint="look")


@pytest.mark.parametrize(
    ("event", "title", "text", "urgent"),
    [
        (
            FAILED,
            "blog did not go live",
            "Run 7 failed: web exited with 1\nhint: look",
            True,
        ),
        (
            TakenBack(app="blog", run=7, release=3, to=2, reason="9 of 10 requests failed"),
            "blog went back to release 2",
            "Release 3 goes back to 2: 9 of 10 requests failed",
            True,
        ),
        (
            BuildFinished(build=1, repository="blog", state="failed", reason="no room"),
            "blog is not published",
            "blog is not published (failed): no room",
            True,
        ),
        (
            AddressChanged(v4="93.184.215.14", v6="", source="router"),
            "This box has another address",
            "the address is 93.184.215.14 now (router)",
            False,
        ),
        (
            RecordFailed(zone="example.org", host="", reason="the key is refused"),
            "The records of example.org are not up to date",
            "records of example.org: the key is refused",
            True,
        ),
        (
            ZonesRefused(place="dns.toml:2: router", reason="'x' cannot be"),
            "The file of zones is no good",
            "dns.toml:2: router: 'x' cannot be; what it said before holds",
            True,
        ),
        (
            CertificateFailed(names=("a.org",), step="challenge", reason="no answer", again_in=300),
            "The certificate of a.org is in trouble",
            "certificate of a.org failed (challenge): no answer; again in 300 s",
            True,
        ),
    ],
)
def test_what_fails_is_told_in_the_words_of_the_event(
    event: Event, title: str, text: str, urgent: bool
) -> None:
    assert Notice(title=title, text=text, event=event, urgent=urgent) == notice_of(event, ())


def test_that_an_app_is_live_is_news_only_after_it_failed() -> None:
    live = RunFinished(app="blog", run=8, state="live", seconds=2)
    assert notice_of(live, ()) is None
    told = notice_of(live, {"blog"})
    assert told is not None
    assert ("blog is live again", False) == (told.title, told.urgent)


def test_an_image_that_is_not_published_is_no_news_where_its_commit_did_not_go_live() -> None:
    event = BuildFinished(app="blog", build=1, repository="blog", state="failed", reason="no room")
    assert notice_of(event, ()) is not None
    assert notice_of(event, {"blog"}) is None


def test_what_works_is_told_to_nobody() -> None:
    done = ActionDone(project="p", number=1, subject="s", action="a", target="t", seconds=1)
    assert notice_of(done, ()) is None


def test_each_service_finds_its_own_key_in_one_object() -> None:
    notice = notice_of(FAILED, ())
    assert notice is not None
    request = request_of(Address(url="https://user:p%40ss@hook.example/secret"), notice)
    assert "https://hook.example/secret" == request.url
    assert "Basic dXNlcjpwQHNz" == request.headers["Authorization"]
    body = json.loads(request.body)
    told = "blog did not go live\nRun 7 failed: web exited with 1\nhint: look"
    assert (told, told, 8) == (body["text"], body["content"], body["priority"])
    assert ("RunFinished", 7) == (body["event"], body["fields"]["run"])


def test_ntfy_gets_text_and_a_title_that_fits_into_a_header() -> None:
    notice = Notice(title="größer\r\nX: y", text="wörtlich", event=FAILED, urgent=True)
    request = request_of(Address(url="https://ntfy.example/box", ntfy=True), notice)
    assert "=?UTF-8?B?Z3LDtsOfZXINClg6IHk=?=" == request.headers["Title"]
    assert ("high", "wörtlich") == (request.headers["Priority"], request.body.decode())


def test_addresses_are_a_list_and_show_nothing_of_themselves() -> None:
    found = read_addresses("ntfy+https://ntfy.example/box, ,http://h.example:8080/x?t=secret")
    assert found == (
        Address(url="https://ntfy.example/box", ntfy=True),
        Address(url="http://h.example:8080/x?t=secret"),
    )
    assert "secret" not in repr(found)


@pytest.mark.parametrize(
    "text",
    [
        "ntfy",
        "ftp://h.example/secret",
        "https:///secret",
        "https://h.example/a secret",
        "https://[secret",
        "https://h.example:99999/secret",
        "https://h.example/\x7fsecret",
    ],
)
def test_an_address_that_cannot_be_is_refused_without_being_shown(text: str) -> None:
    with pytest.raises(RequestError) as refused:
        read_addresses(f"https://h.example/ok,{text}")
    assert "notify: address 2 is no URL" == refused.value.message

"""Webhooks: who proves himself, what is understood, and what is refused. Payloads of our own."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.source.decode import decode
from homeport.source.forge import Forge
from homeport.source.remote import read_remote
from homeport.source.webhook import Ignored, Kind, Proven, Pushed, Refused, prove
from tests.unit.source.deliveries import (
    ALL,
    FORGES,
    GONE,
    NEW,
    NOW,
    OLD,
    SECRET,
    Delivery,
    as_form,
    bitbucket,
    bucket_push,
    bucket_ref,
    docker_hub,
    forgejo,
    gitea,
    github,
    gitlab,
    gitlab_signed,
    lab_push,
    mac,
    merge_request,
    pull_request,
    push,
)

NOTHING = "nothing that is followed moved"
PROOFS = (
    "x-hub-signature-256",
    "x-forgejo-signature",
    "x-gitea-signature",
    "x-gitlab-token",
    "webhook-signature",
    "x-hub-signature",
)


def understood(
    delivery: Delivery, remote: str = "https://h/me/blog.git"
) -> tuple[Pushed, ...] | Ignored | Refused:
    """What a delivery comes to."""
    proven = delivery.proven()
    assert isinstance(proven, Proven), proven
    return decode(proven, read_remote(remote) if remote else None)


def only(delivery: Delivery, remote: str = "") -> Pushed:
    """The one thing that moved."""
    found = understood(delivery, remote)
    assert isinstance(found, tuple), found
    (one,) = found
    return one


def refusal(found: object) -> tuple[int, str]:
    """Status and reason."""
    assert isinstance(found, Refused), found
    return found.status, found.reason


def proof_of(delivery: Delivery) -> str:
    """The header that a forge's proof stands in."""
    return next(name for name in PROOFS if name in delivery.headers and name != copied(delivery))


def copied(delivery: Delivery) -> str:
    """GitHub's header where a Gitea sends it."""
    return "x-hub-signature-256" if "x-gitea-event" in delivery.headers else ""


# --- the proof ---


@pytest.mark.parametrize("name", ALL)
def test_a_genuine_delivery_is_known_for_its_forge(name: str) -> None:
    proven = ALL[name].proven()
    assert isinstance(proven, Proven), proven
    assert FORGES[name] is proven.forge


SIGNED = [name for name in ALL if name != "docker hub"]


@pytest.mark.parametrize("name", SIGNED)
@pytest.mark.parametrize("value", [None, "", "sha256=", "0" * 64, "v1,AAAA", "\x80", "ä" * 64])
def test_a_missing_empty_or_wrong_proof_is_refused(name: str, value: str | None) -> None:
    header = proof_of(ALL[name])
    status, reason = refusal(ALL[name].with_headers(**{header: value}).proven())
    assert 401 == status
    assert reason
    assert SECRET not in reason


@pytest.mark.parametrize("name", [n for n in SIGNED if n != "gitlab"])
def test_a_body_that_was_changed_by_a_byte_is_refused(name: str) -> None:
    made = ALL[name]
    changed = replace(made, body=made.body.replace(b"ann", b"eve"))
    assert changed.body != made.body
    assert 401 == refusal(changed.proven())[0]


@pytest.mark.parametrize("name", ALL)
def test_another_secret_is_refused(name: str) -> None:
    assert 401 == refusal(ALL[name].proven(secret="another"))[0]


@pytest.mark.parametrize("name", ALL)
def test_an_app_without_a_secret_takes_nothing(name: str) -> None:
    """An empty key would make a signature that everybody can make."""
    made = ALL[name]
    empty = made.with_headers(**{proof_of(made): mac(made.body, "")} if name in SIGNED else {})
    assert 401 == refusal(empty.proven(secret=""))[0]


def test_what_is_wrong_with_a_proof_is_said() -> None:
    header = "x_hub_signature_256"
    assert ["missing", "empty", "not what the secret of this hook makes of it"] == [
        refusal(github(push()).with_headers(**{header: value}).proven())[1].removeprefix(
            "X-Hub-Signature-256 is "
        )
        for value in (None, "", "sha256=0")
    ]


def test_gitea_and_forgejo_are_looked_for_before_the_headers_that_they_copy() -> None:
    found = [d.proven() for d in (gitea(push()), forgejo(push()))]
    assert [(Forge.GITEA, "of-gitea"), (Forge.FORGEJO, "of-forgejo")] == [
        (p.forge, p.delivery) for p in found if isinstance(p, Proven)
    ]


def test_of_the_two_signatures_of_forgejo_either_is_good_where_it_is_alone() -> None:
    """Forgejo sent only that of Gitea before it had its own; a wrong one is not passed over."""
    older = gitea(push()).with_headers(x_forgejo_event="push")
    assert isinstance(older.proven(), Proven)
    assert 401 == refusal(older.with_headers(x_forgejo_signature="0" * 64).proven())[0]


def test_gitea_signs_the_json_inside_of_a_form_and_github_the_form() -> None:
    assert 401 == refusal(as_form(github(push())).proven())[0]
    whole = as_form(gitea(push()))
    assert 401 == refusal(whole.with_headers(x_gitea_signature=mac(whole.body)).proven())[0]


@pytest.mark.parametrize("away", [-301.0, 301.0, 1e9])
def test_a_signed_time_that_is_far_from_now_is_a_replay(away: float) -> None:
    status, reason = refusal(gitlab_signed(lab_push()).proven(now=NOW + away))
    assert (401, "webhook-timestamp is more than 5 minutes away from now") == (status, reason)


@pytest.mark.parametrize("stamp", [None, "", "-1", "1e9", "soon", "٣", "9" * 40])
def test_a_signed_time_has_to_be_one(stamp: str | None) -> None:
    made = gitlab_signed(lab_push()).with_headers(webhook_timestamp=stamp)
    assert (401, "webhook-timestamp or webhook-id is missing") == refusal(made.proven())


def test_a_gitlab_that_signs_cannot_be_replaced_by_its_token() -> None:
    """Who holds the token alone could leave the signature out; a wrong one is not passed over."""
    both = gitlab_signed(lab_push(), key=b"another").with_headers(x_gitlab_token=SECRET)
    assert 401 == refusal(both.proven())[0]


def test_a_signing_token_may_be_any_text() -> None:
    assert isinstance(gitlab_signed(lab_push(), key=SECRET.encode()).proven(), Proven)


def test_a_request_of_no_forge_is_refused() -> None:
    status, reason = refusal(prove({}, b"{}", secret=SECRET, now=NOW))
    assert 400 == status
    assert "X-GitHub-Event" in reason


@given(st.binary(max_size=200), st.dictionaries(st.sampled_from(PROOFS), st.text(max_size=80)))
def test_nothing_is_proven_by_chance(body: bytes, headers: dict[str, str]) -> None:
    """And nothing breaks."""
    for event in ("x-github-event", "x-gitea-event", "x-gitlab-event", "x-event-key"):
        given_headers = {**headers, event: "push", "webhook-id": "x", "webhook-timestamp": "1"}
        assert isinstance(prove(given_headers, body, secret=SECRET, now=1.0), Refused)


# --- what moved ---


@pytest.mark.parametrize("name", ["github", "gitea", "forgejo"])
def test_a_push(name: str) -> None:
    made = ALL[name]
    proven = made.proven()
    assert isinstance(proven, Proven)
    expected = Pushed(
        forge=FORGES[name],
        kind=Kind.PUSH,
        repository="me/blog",
        ref="refs/heads/main",
        before=OLD,
        after=NEW,
        who="ann",
        delivery=proven.delivery,
    )
    assert expected == only(made, "https://h/me/blog.git")


def test_a_push_to_gitlab_names_all_of_its_groups() -> None:
    expected = Pushed(
        forge=Forge.GITLAB,
        kind=Kind.TAG,
        repository="group/team/blog",
        ref="refs/tags/v1",
        before=GONE,
        after=NEW,
        who="ann",
        delivery="d-2",
    )
    made = gitlab(lab_push(ref="refs/tags/v1", before=GONE), "Tag Push Hook")
    assert expected == only(made, "https://gitlab.com/group/team/blog.git")


def test_one_push_to_bitbucket_may_move_several_refs() -> None:
    made = bitbucket(
        bucket_push(
            {"old": bucket_ref("main", OLD), "new": bucket_ref("main", NEW)},
            {"old": None, "new": bucket_ref("v1", NEW, "tag")},
            {"old": bucket_ref("topic", OLD), "new": None},
            {"old": bucket_ref("x", OLD, "bookmark"), "new": None},
        )
    )
    found = understood(made)
    assert isinstance(found, tuple)
    assert [
        ("refs/heads/main", Kind.PUSH, OLD, NEW, False),
        ("refs/tags/v1", Kind.TAG, "", NEW, False),
        ("refs/heads/topic", Kind.PUSH, OLD, "", True),
    ] == [(p.ref, p.kind, p.before, p.after, p.deleted) for p in found]


@pytest.mark.parametrize(
    "made",
    [
        github(push(after=GONE, deleted=True)),
        github(push(after=GONE)),
        gitlab(lab_push(after=GONE)),
        gitea({"ref": "main", "ref_type": "branch"}, "delete"),
    ],
)
def test_a_branch_that_is_deleted(made: Delivery) -> None:
    found = only(made)
    assert ("refs/heads/main", True) == (found.ref, found.deleted)


def test_a_tag_that_is_made() -> None:
    found = only(gitea({"ref": "v1", "ref_type": "tag", "sha": NEW}, "create"))
    assert ("refs/tags/v1", Kind.TAG, False) == (found.ref, found.kind, found.deleted)


def test_an_image_that_docker_hub_was_given() -> None:
    told = {"push_data": {"tag": "1.2"}, "repository": {"repo_name": "me/blog"}}
    expected = Pushed(forge=Forge.DOCKER_HUB, kind=Kind.IMAGE, repository="me/blog", ref="1.2")
    assert expected == only(docker_hub(told), "https://h/another/one.git")


@pytest.mark.parametrize(
    ("made", "fork"),
    [
        (github(pull_request(), "pull_request"), False),
        (github(pull_request("synchronize", "bob/blog"), "pull_request"), True),
        (gitea(pull_request("synchronized", None), "pull_request_sync"), True),
        (gitlab(merge_request("open", 1), "Merge Request Hook"), False),
        (gitlab(merge_request("update", 2, oldrev=OLD), "Merge Request Hook"), True),
    ],
)
def test_a_pull_request_and_whether_it_comes_from_a_fork(made: Delivery, fork: bool) -> None:
    found = only(made, "https://h/me/blog.git")
    expected = (Kind.PULL_REQUEST, 5, NEW, "bob", fork)
    assert expected == (found.kind, found.number, found.after, found.who, found.fork)


def test_a_pull_request_of_bitbucket() -> None:
    source = {"commit": {"hash": "2" * 12}, "repository": {"full_name": "bob/blog"}}
    told = {**bucket_push(), "pullrequest": {"id": 5, "source": source}}
    found = only(bitbucket(told, "pullrequest:created"))
    assert (Kind.PULL_REQUEST, 5, True) == (found.kind, found.number, found.fork)


# --- what asks for nothing ---


@pytest.mark.parametrize(
    ("made", "reason"),
    [
        (github({"zen": "ok"}, "ping"), "nothing happens for 'ping'"),
        (github(push(), "issues"), "nothing happens for 'issues'"),
        (gitlab(lab_push(), "Job Hook"), "nothing happens for 'Job Hook'"),
        (github(pull_request("labeled"), "pull_request"), NOTHING),
        (
            gitlab(merge_request("update", 1), "Merge Request Hook"),
            NOTHING,
        ),
        (
            github({"ref": "x", "ref_type": "repository"}, "create"),
            NOTHING,
        ),
        (bitbucket(bucket_push()), NOTHING),
        (
            github(push(repository={"full_name": "me/other"})),
            "it is about 'me/other'; this app follows 'me/blog'",
        ),
    ],
)
def test_a_genuine_delivery_that_asks_for_nothing_says_why(made: Delivery, reason: str) -> None:
    found = understood(made)
    assert isinstance(found, Ignored)
    assert reason == found.reason


# --- what cannot be ---

HOSTILE = [
    "",
    "main",
    "HEAD",
    "refs/heads/",
    "refs/notes/x",
    "refs/heads/../../config",
    "refs/heads/a..b",
    "refs/heads/a b",
    "refs/heads/a\nb",
    "refs/heads/a\x00b",
    "refs/heads/a~1",
    "refs/heads/a^",
    "refs/heads/a:b",
    "refs/heads/*",
    "refs/heads/a[b",
    "refs/heads/a\\b",
    "refs/heads/.a",
    "refs/heads/a/.b",
    "refs/heads/a.lock",
    "refs/heads/a.lock/b",
    "refs/heads/a.",
    "refs/heads/a/",
    "refs/heads//a",
    "refs/heads/@{x",
    "refs/heads/a?b",
    "refs/heads/a\u202eb",
    "refs/heads/" + "a" * 1000,
    "--upload-pack=touch /tmp/x",
]


@pytest.mark.parametrize("ref", HOSTILE)
@pytest.mark.parametrize("make", [github, gitea])
def test_a_ref_that_git_would_not_take_is_refused(
    make: Callable[[object], Delivery], ref: str
) -> None:
    status, reason = refusal(understood(make(push(ref=ref))))
    assert (400, True) == (status, reason.endswith("is no branch and no tag"))


@pytest.mark.parametrize("commit", ["x", "2" * 39, "2" * 41, "G" * 40, "--all", "$(id)"])
def test_a_commit_that_is_none_is_refused(commit: str) -> None:
    assert (400, "the payload names a commit that is none") == refusal(
        understood(github(push(after=commit)))
    )


@pytest.mark.parametrize(
    "body",
    [b"", b"{", b"[]", b"null", b'{"ref": 3}', b"\xff", b"[" * 100_000, b'{"a":' * 100_000],
)
def test_a_genuine_payload_that_is_cut_or_something_else_is_refused(body: bytes) -> None:
    made = Delivery(
        headers={"x-github-event": "push", "x-hub-signature-256": f"sha256={mac(body)}"}, body=body
    )
    status, reason = refusal(understood(made))
    assert (400, True) == (status, len(reason) <= 300)


def test_every_cut_of_a_payload_is_refused() -> None:
    whole = json.dumps(push()).encode()
    proven = Proven(forge=Forge.GITHUB, event="push", delivery="", payload=b"")
    cut = [decode(replace(proven, payload=whole[:size]), None) for size in range(len(whole))]
    assert {400} == {refusal(found)[0] for found in cut}


def test_names_are_cut_and_hold_nothing_that_moves_a_cursor() -> None:
    found = only(github(push(pusher={"name": "\x1b[2Jeve\n\u202e" + "x" * 200})))
    assert found.who.startswith("[2Jevexxx")
    assert (True, True) == (found.who.isprintable(), len(found.who) <= 100)

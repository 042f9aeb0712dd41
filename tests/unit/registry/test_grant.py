"""Who may do what in the registry."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.errors import RequestError
from homeport.registry.grant import Asked, asked, granted, read_grants, read_scopes, refusal
from homeport.registry.passes import Pass, seal, unseal

KEY = b"a key of this test's own"


@pytest.mark.parametrize(
    ("method", "uri", "scope"),
    [
        ("GET", "/v2/blog/manifests/latest", "repository:blog:pull"),
        ("HEAD", "/v2/blog/web/manifests/latest", "repository:blog/web:pull"),
        ("GET", f"/v2/blog/blobs/sha256:{'a' * 64}", "repository:blog:pull"),
        ("POST", "/v2/blog/blobs/uploads/", "repository:blog:pull,push"),
        ("PATCH", "/v2/blog/blobs/uploads/1-2?_state=abc%3D", "repository:blog:pull,push"),
        ("PUT", "/v2/blog/manifests/v1.0", "repository:blog:pull,push"),
        ("DELETE", f"/v2/blog/manifests/sha256:{'a' * 64}", "repository:blog:delete"),
        ("GET", "/v2/blog/tags/list?n=10", "repository:blog:pull"),
        ("GET", "/v2/_catalog?n=10", "registry:catalog:*"),
    ],
)
def test_each_request_needs_a_scope(method: str, uri: str, scope: str) -> None:
    found = asked(method, uri)
    assert found
    assert scope == found.scope


def test_a_layer_that_is_mounted_needs_a_pull_from_the_other() -> None:
    found = asked("POST", f"/v2/blog/blobs/uploads/?mount=sha256:{'a' * 64}&from=shop")
    assert found
    assert "repository:blog:pull,push repository:shop:pull" == found.scope
    assert "pull on shop is not granted" == refusal(found, {"blog": ["pull", "push"]})


@pytest.mark.parametrize(
    "uri",
    [
        "/v2/../secret/manifests/latest",
        "/v2/blog/%2e%2e/shop/manifests/latest",
        "/v2/blog//shop/manifests/latest",
        "/v2/Blog/manifests/latest",
        "/v2/blog/manifests/..",
        "/v2/blog/manifests/-x",
        f"/v2/{'a' * 300}/manifests/latest",
        "/v2x",
        "/api/apps",
        "",
    ],
)
def test_what_is_no_request_to_a_registry_is_none(uri: str) -> None:
    assert asked("GET", uri) is None


def test_an_unknown_method_is_no_request() -> None:
    assert asked("TRACE", "/v2/blog/manifests/latest") is None


def test_the_tag_that_moves_is_named() -> None:
    put = asked("PUT", "/v2/blog/manifests/v1")
    assert put == Asked(needs=(("blog", "pull"), ("blog", "push")), writes_tag="v1")
    by_digest = asked("PUT", f"/v2/blog/manifests/sha256:{'a' * 64}")
    assert by_digest
    assert not by_digest.writes_tag


def test_homeport_itself_mounts_from_every_repository_and_nobody_can_ask_for_that() -> None:
    mounts = asked("POST", "/v2/blog/blobs/uploads/?mount=sha256:0&from=shop")
    assert mounts
    own = {"blog": ("pull", "push"), "*": ("pull",)}
    assert "" == refusal(mounts, own)
    other = asked("PUT", "/v2/shop/manifests/latest")
    assert other
    assert "push on shop is not granted" == refusal(other, own)
    assert {} == read_scopes(["repository:*:pull"])


def test_a_limited_token_gets_what_it_was_made_for_and_no_more() -> None:
    wanted = read_scopes(
        ["repository:blog:pull,push repository:blog/web:pull,push", "repository:shop:pull,push"]
    )
    grants = read_grants(["blog=push"])
    assert granted(wanted, grants, ()) == {"blog": ["pull", "push"], "blog/web": ["pull", "push"]}
    assert granted(wanted, read_grants(["*=pull"]), ()) == {
        "blog": ["pull"],
        "blog/web": ["pull"],
        "shop": ["pull"],
    }


def test_nobody_in_particular_may_pull_what_is_public() -> None:
    wanted = read_scopes(["repository:blog/web:pull,push", "repository:shop:pull"])
    assert granted(wanted, None, {"blog"}) == {"blog/web": ["pull"]}


def test_a_full_token_may_do_everything() -> None:
    wanted = read_scopes(["repository:any/thing:pull,push,delete", "registry:catalog:*"])
    found = granted(wanted, {}, ())
    assert found == {"any/thing": ["delete", "pull", "push"], "*": ["catalog"]}
    assert not refusal(Asked(catalog=True), found)
    assert refusal(Asked(catalog=True), {"any/thing": ["pull"]})


@pytest.mark.parametrize("text", ["blog", "blog=write", "=push", "Blog=push", "../x=pull"])
def test_a_grant_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(RequestError):
        read_grants([text])


def test_a_pass_is_good_until_it_ends_and_only_as_it_was_given() -> None:
    shown = Pass(token="ci", access={"blog": ["pull"]}, until=100)
    text = seal(shown, KEY)
    assert shown == unseal(text, KEY, now=99)
    assert unseal(text, KEY, now=100) is None
    assert unseal(text, b"another key", now=99) is None
    assert unseal(text[:-2] + "xx", KEY, now=99) is None


@given(st.text(max_size=200))
def test_any_text_is_no_pass(text: str) -> None:
    assert unseal(text, KEY, now=0) is None


@given(st.text(max_size=200), st.sampled_from(["GET", "PUT", "DELETE", "POST"]))
def test_any_text_is_a_request_or_none(text: str, method: str) -> None:
    found = asked(method, f"/v2/{text}")
    assert found is None or ".." not in found.repository.split("/")
    read_scopes([text])

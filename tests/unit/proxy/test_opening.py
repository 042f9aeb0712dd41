"""Where a request goes on whose host nginx has not read of."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.proxy.dropin.files import Files
from homeport.proxy.dropin.hosts import sha1
from homeport.proxy.dropin.model import Host
from homeport.proxy.dropin.opening import entry, opening
from homeport.proxy.dropin.settings import read_settings
from tests.unit.proxy.dropin_cases import container, hosts_of

DEFAULTS = read_settings({}).defaults


def host(*paths: str, starting: tuple[str, ...] = (), **said: Any) -> Host:
    """One container for each path, called by it."""
    env = {"VIRTUAL_HOST": "a.example"} | said
    every = [container(path, env=env | {"VIRTUAL_PATH": path}) for path in paths]
    ((found,), _) = hosts_of(every, starting=starting)
    return found


def path_for(found: Host, uri: str, scheme: str = "http") -> str | None:
    at = opening(found, scheme, uri, DEFAULTS, {})
    return at.path if at else None


@pytest.mark.parametrize(
    ("uri", "path"),
    [
        ("/", "/"),
        ("/api", "/"),
        ("/api/", "/api/"),
        ("/api/v2?a=/b", "/api/"),
        ("/api/v1/x.y", "/api/v1"),
        ("/api/v1x", "/api/v1"),
    ],
)
def test_the_longest_path_that_a_request_begins_with_answers(uri: str, path: str) -> None:
    assert path == path_for(host("/", "/api/", "/api/v1"), uri)


@pytest.mark.parametrize("uri", ["/api/../x", "/%61pi/", "//api/", "/api//v1", "/api/./", "*", ""])
def test_what_nginx_would_read_otherwise_than_it_is_written_waits_for_it(uri: str) -> None:
    assert path_for(host("/", "/api/"), uri) is None


def test_a_host_of_one_container_takes_whatever_is_asked() -> None:
    assert "/" == path_for(host("/"), "/a/../%62//?c")


def test_a_path_that_nobody_has_is_for_nginx_to_answer() -> None:
    assert path_for(host("/api/"), "/other") is None


def test_one_path_with_something_of_its_own_keeps_its_host_closed() -> None:
    ((found,), _) = hosts_of(
        [
            container("a", env={"VIRTUAL_HOST": "a.example"}),
            container("b", env={"VIRTUAL_HOST": "a.example", "VIRTUAL_PATH": "~ ^/b"}),
        ]
    )
    assert path_for(found, "/") is None


def test_who_may_ask_goes_with_the_path() -> None:
    ((found,), _) = hosts_of(
        [
            container("open", env={"VIRTUAL_HOST": "a.example"}),
            container(
                "inside",
                env={
                    "VIRTUAL_HOST": "a.example",
                    "VIRTUAL_PATH": "/in/",
                    "NETWORK_ACCESS": "internal",
                },
            ),
            container("known", env={"VIRTUAL_HOST": "a.example", "VIRTUAL_PATH": "/me/"}),
        ],
        files=Files(htpasswd=frozenset({f"a.example_{sha1('/me/')}"})),
    )
    found_at = [opening(found, "http", uri, DEFAULTS, {}) for uri in ("/", "/in/x", "/me/x")]
    assert ["new", "inside", "known"] == [entry(at) for at in found_at if at]


def test_one_path_with_two_guards_keeps_its_host_closed() -> None:
    ((found,), _) = hosts_of(
        [container("a", env={"VIRTUAL_HOST": "a.example", "NETWORK_ACCESS": "internal"})],
        files=Files(htpasswd=frozenset({"a.example"})),
    )
    assert path_for(found, "/") is None


def test_a_path_whose_container_boots_is_waited_for_beside_one_that_answers() -> None:
    found = host("/", "/api/", starting=("/api/",))
    assert ("/", "/api/") == (path_for(found, "/"), path_for(found, "/api/"))


def test_nobody_is_let_in_by_a_scheme_of_which_nothing_was_said() -> None:
    assert path_for(host("/"), "/", scheme="https") is None

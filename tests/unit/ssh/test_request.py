"""What may be asked for over SSH."""

from __future__ import annotations

import pytest

from homeport.errors import HomeportError
from homeport.ssh.request import GitRequest, read_request


@pytest.mark.parametrize(
    "command",
    [
        "git-receive-pack '/blog.git'",
        "git-receive-pack 'blog.git'",
        "git-receive-pack blog",
        "git receive-pack '/blog.git'",
        "git-receive-pack '/git/blog.git'",
    ],
)
def test_a_push_is_understood_in_every_spelling_of_gits(command: str) -> None:
    assert GitRequest(service="git-receive-pack", app="blog") == read_request(command)


def test_a_fetch_changes_nothing() -> None:
    found = read_request("git-upload-pack 'blog.git'")
    assert ("git-upload-pack", False) == (found.service, found.pushes)


@pytest.mark.parametrize(
    "command",
    [
        None,
        "",
        "ls",
        "git-upload-archive 'blog.git'",
        "git-receive-pack 'blog.git' --help",
        "git-receive-pack 'blog.git'; id",
        "git-receive-pack '../../etc'",
        "git-receive-pack '--upload-pack=id'",
        "git-receive-pack 'blog.git\n'",
        "git-receive-pack '",
        "git-receive-pack $(id)",
        "scp -t /",
    ],
)
def test_everything_else_is_refused(command: str | None) -> None:
    with pytest.raises(HomeportError):
        read_request(command)

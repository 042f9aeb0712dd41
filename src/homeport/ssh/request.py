"""What a client may ask for over SSH: two commands of git's, and nothing else. Pure.

Source: git's own documentation, gitprotocol-pack(5), "SSH Transport".
"""

from __future__ import annotations

import shlex
from dataclasses import dataclass

from homeport.errors import Denied, NotFound
from homeport.source.names import APP_NAME

_SERVICES = ("git-receive-pack", "git-upload-pack")


@dataclass(frozen=True, slots=True, kw_only=True)
class GitRequest:
    """A push or a fetch of one app."""

    service: str
    app: str

    @property
    def pushes(self) -> bool:
        """Whether it changes something."""
        return self.service == "git-receive-pack"


def read_request(command: str | None) -> GitRequest:
    """A command as git sends it: `git-receive-pack 'blog.git'`, the path with a slash or without.

    Raises:
        Denied: it is something else, or there is none: a person who wants a shell.
        NotFound: no app can have that name.
    """
    if not command:
        raise Denied("there is no shell here, only git", hint="git push ssh://git@BOX:PORT/APP.git")
    try:
        words = shlex.split(command)
    except ValueError as error:
        raise Denied("the command is not understood") from error
    if words[:1] == ["git"] and len(words) > 1:  # `git receive-pack`, as older clients say it
        words = [f"git-{words[1]}", *words[2:]]
    if len(words) != 2 or words[0] not in _SERVICES:
        name = words[0][:40] if words else ""
        raise Denied(f"{name} is not allowed here, only git's push and fetch")
    app = words[1].strip("/").removeprefix("git/").removesuffix(".git")
    if not APP_NAME.fullmatch(app):
        raise NotFound(f"there is no app {app[:40]}", hint="homeport app create NAME, on the box")
    return GitRequest(service=words[0], app=app)

"""What becomes of a ref that moved, whoever moved it: a push to homeport, or one to a forge."""

from __future__ import annotations

from pathlib import Path
from typing import Protocol

from homeport.errors import HomeportError
from homeport.model.app import App
from homeport.model.pull import PullRequest
from homeport.source import refs

_BUILT = ("refs/heads/", "refs/tags/")


class Runs(Protocol):
    """Where runs are queued."""

    def push(self, app: App, ref: str, commit: str, by: str) -> int:
        """A push to the deploy branch."""

    def build(self, app: App, ref: str, commit: str, by: str) -> int:
        """A push to a branch or a tag that does not go live."""

    def pull(self, app: App, ref: str, commit: str, by: str, pull: PullRequest) -> int:
        """A pull request, whose jobs run."""


async def queue_update(
    runs: Runs, repository: Path, app: App, ref: str, new: str, by: str, *, builds: bool
) -> int:
    """The number of the run that a ref's update asks for; 0 where it asks for none.

    Args:
        runs: the queue.
        repository: the app's; the objects are there.
        app: whose ref it is.
        ref: `refs/heads/main`.
        new: what it names now; zeros where it is gone.
        by: who pushed it.
        builds: whether there is a registry that images could be published to.
    """
    if new == refs.NOBODY:
        return 0
    if app.deploys(ref):
        number = runs.push(app, ref, new, by)
        await refs.keep(repository, number, new)
        return number
    if not builds or not ref.startswith(_BUILT):
        return 0
    return await _queue_build(runs, repository, app, ref, new, by)


async def _queue_build(runs: Runs, repository: Path, app: App, ref: str, new: str, by: str) -> int:
    """A build of a branch or a tag, which is stored whatever becomes of it."""
    try:
        _, commit = await refs.resolve(repository, new)  # a tag may be an object of its own
    except HomeportError:
        return 0
    number = runs.build(app, ref, commit, by)
    await refs.keep(repository, number, commit)
    return number

"""A checkout kept for each app, so that only what changed is written again.

BuildKit compares the context with what it had by path, size and time: a file that was not written
is not sent. What is not git's stays where it is: nobody but containers writes here, through the
bind mounts of a compose file (`./data:/data`), and that is somebody's data.
"""

from __future__ import annotations

import contextlib
import shutil
from collections.abc import AsyncIterator
from pathlib import Path

from homeport.engine import process
from homeport.errors import HomeportError


async def checkout(repository: Path, worktree: Path, commit: str) -> None:
    """Make what is git's in `worktree` what `commit` holds; folders of submodules stay as they are.

    Args:
        repository: the bare repository; neither its HEAD nor its branches move.
        worktree: the folder; it is made where it is not there.
        commit: what to check out.

    Raises:
        HomeportError: git could not, for instance because the disk is full.
    """
    worktree.mkdir(parents=True, exist_ok=True, mode=0o700)
    await _finish(repository, worktree)
    under_way = _under_way(worktree)
    under_way.write_text(commit)
    await _read_tree(repository, worktree, commit)
    under_way.unlink()


@contextlib.asynccontextmanager
async def with_git(
    repository: Path,
    worktree: Path,
    commit: str,
    *,
    depth: int = 50,
    submodules: bool = False,
    origin: str = "",
) -> AsyncIterator[None]:
    """Let a checkout be a repository while the context is open: a copy, not the app's own.

    Args:
        repository: the bare repository.
        worktree: the checkout of `commit`.
        commit: what its HEAD is.
        depth: how many commits of its history it has, as Travis has it; 0: all.
        submodules: whether they are checked out, too: over HTTP, without anybody's password.
        origin: where the repository lives elsewhere, which submodules may be named after.

    Raises:
        HomeportError: git could not.
    """
    folder = worktree / ".git"
    shutil.rmtree(folder, ignore_errors=True)
    fetch = ("fetch", "-q", "--no-tags", *_deep(depth), f"file://{repository}", commit)
    try:
        for command in (("init", "-q"), fetch, ("reset", "-q", "--mixed", commit)):
            argv = ["git", "-c", "core.hooksPath=/dev/null", "-C", str(worktree), *command]
            done = await process.run(argv, seconds=600)
            if done.status:
                raise HomeportError(f"the history could not be copied: {done.complaint}")
        if submodules and (worktree / ".gitmodules").is_file():
            await _submodules(worktree, origin)
        yield
    finally:
        shutil.rmtree(folder, ignore_errors=True)


async def _submodules(worktree: Path, origin: str) -> None:
    """No protocol but HTTP: a file of the repository decides what is fetched, and from where."""
    env = {
        "GIT_ALLOW_PROTOCOL": "http:https",
        "GIT_TERMINAL_PROMPT": "0",
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "core.hooksPath",
        "GIT_CONFIG_VALUE_0": "/dev/null",
        "GIT_CONFIG_KEY_1": "credential.helper",
        "GIT_CONFIG_VALUE_1": "",
    }
    commands = [["submodule", "update", "-q", "--init", "--recursive", "--depth", "1"]]
    if origin:
        commands.insert(0, ["remote", "add", "origin", origin])
    for command in commands:
        done = await process.run(["git", "-C", str(worktree), *command], env=env, seconds=600)
        if done.status:
            raise HomeportError(
                f"the submodules could not be fetched: {done.complaint}",
                hint="git: {submodules: false} in the .travis.yml leaves them out",
            )


def _deep(depth: int) -> list[str]:
    return ["--depth", str(depth)] if depth > 0 else []


def forget(worktree: Path) -> None:
    """Take a checkout away, and what stands beside it."""
    shutil.rmtree(worktree, ignore_errors=True)
    for path in (_index(worktree), _under_way(worktree), filled(worktree)):
        path.unlink(missing_ok=True)


async def _finish(repository: Path, worktree: Path) -> None:
    """A checkout that was killed wrote files that its index does not know of: it is ended first."""
    under_way = _under_way(worktree)
    if under_way.exists():
        await _read_tree(repository, worktree, under_way.read_text() or "HEAD")


async def _read_tree(repository: Path, worktree: Path, commit: str) -> None:
    index = _index(worktree)
    Path(f"{index}.lock").unlink(missing_ok=True)  # a git that was killed left it
    await _git(repository, worktree, index, "read-tree", "--reset", "-u", commit)


def filled(worktree: Path) -> Path:
    """Where it stands which submodules a checkout has."""
    return worktree.parent / f"{worktree.name}.submodules"


def _index(worktree: Path) -> Path:
    return worktree.parent / f"{worktree.name}.index"


def _under_way(worktree: Path) -> Path:
    """Where the commit stands that is being checked out."""
    return worktree.parent / f"{worktree.name}.commit"


async def _git(repository: Path, worktree: Path, index: Path, *arguments: str) -> None:
    where = [f"--git-dir={repository}", f"--work-tree={worktree}"]
    # The hooks are the daemon's, and are not meant for a checkout.
    argv = ["git", "-c", "core.bare=false", "-c", "core.hooksPath=/dev/null", *where, *arguments]
    env = {"GIT_INDEX_FILE": str(index)}
    result = await process.run(argv, cwd=worktree, env=env, seconds=600)
    if result.status == 128 and index.exists() and b"index" in result.stderr:
        index.unlink()  # a git that was killed left half of one: it is made anew
        result = await process.run(argv, cwd=worktree, env=env, seconds=600)
    if result.status:
        raise HomeportError(
            f"the commit could not be checked out: {result.complaint}",
            hint="df -h shows whether the disk is full",
        )

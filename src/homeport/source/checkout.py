"""A checkout kept for each app, so that only what changed is written again.

BuildKit compares the context with what it had by path, size and time: a file that was not written
is not sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from homeport.engine import process
from homeport.errors import HomeportError


async def checkout(
    repository: Path, worktree: Path, commit: str, *, keep: Sequence[str] = ()
) -> list[str]:
    """Make `worktree` what `commit` holds; what a person should know of it.

    Args:
        repository: the bare repository; neither its HEAD nor its branches move.
        worktree: the folder; it is made where it is not there.
        commit: what to check out.
        keep: paths in it that are not git's and stay, such as the data of a bind mount.

    Raises:
        HomeportError: git could not, for instance because the disk is full.
    """
    worktree.mkdir(parents=True, exist_ok=True, mode=0o700)
    index = worktree.parent / f"{worktree.name}.index"
    await _git(repository, worktree, index, "read-tree", "--reset", "-u", commit)
    kept = [part for path in keep for part in ("-e", f"/{path}")]
    # -x: what an earlier build left behind must not get into this one.
    await _git(repository, worktree, index, "clean", "-q", "-ffdx", *kept)
    if (worktree / ".gitmodules").exists():
        return ["git submodules are not checked out: their folders are empty"]
    return []


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

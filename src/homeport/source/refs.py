"""Refs of a bare repository. Every function is one git command, and safe to do twice."""

from __future__ import annotations

from pathlib import Path

from homeport.engine import process
from homeport.errors import HomeportError, NotFound

NOBODY = "0" * 40  # what git writes for a ref that is not there


async def git(repository: Path, *arguments: str, stdin: bytes = b"") -> process.Result:
    """Run git in a bare repository; its failure is the caller's to judge."""
    return await process.run(["git", f"--git-dir={repository}", *arguments], stdin=stdin)


async def move(repository: Path, ref: str, commit: str) -> None:
    """Let `ref` name `commit`.

    Raises:
        HomeportError: git refused.
    """
    _accepted(await git(repository, "update-ref", ref, commit))


async def delete(repository: Path, ref: str) -> None:
    """Take a ref away; nothing where it is gone."""
    _accepted(await git(repository, "update-ref", "-d", ref))


async def keep(repository: Path, run: int, commit: str) -> None:
    """Keep the commit of a run reachable, whatever becomes of its branch."""
    await move(repository, f"refs/homeport/runs/{run}", commit)


async def resolve(repository: Path, name: str) -> tuple[str, str]:
    """The ref and the commit that a branch, a tag or a commit's name stands for.

    Raises:
        NotFound: there is none.
    """
    for ref in (name, f"refs/heads/{name}", f"refs/tags/{name}"):
        if ref.startswith("-"):
            continue
        found = await git(repository, "rev-parse", "--verify", "--quiet", f"{ref}^{{commit}}")
        if found.status == 0:
            return ref if ref.startswith("refs/") else f"refs/heads/{name}", found.text
    raise NotFound(f"{name} is no branch, tag or commit of this app", hint="push it first")


def _accepted(result: process.Result) -> None:
    if result.status:
        raise HomeportError(f"git refused to move a ref: {result.complaint}")

"""Submodules of a checkout that is kept: fetched when they move, and not at each push."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from homeport.engine import process
from homeport.errors import HomeportError
from homeport.source.checkout import checkout, filled, with_git


async def checkout_whole(repository: Path, worktree: Path, commit: str, origin: str) -> list[str]:
    """Check a commit out, with its submodules; what a person should know of it.

    Args:
        repository: the bare repository.
        worktree: the folder, which is kept.
        commit: what to check out.
        origin: where the repository lives elsewhere, which submodules may be named after.

    Raises:
        HomeportError: the commit could not be checked out.
    """
    links, note = await _links(repository, commit), filled(worktree)
    wanted = "\n".join((origin, *links)) if links else ""
    there = note.read_text() if note.exists() else ""
    paths = {_path(line) for text in (there, wanted) for line in text.split("\n")} - {""}
    if wanted != there:
        note.unlink(missing_ok=True)
        await asyncio.to_thread(_empty, worktree, paths)
    await checkout(repository, worktree, commit)
    if not wanted or wanted == there:
        return []
    try:
        async with with_git(repository, worktree, commit, depth=1, submodules=True, origin=origin):
            pass
    except HomeportError as error:
        return [f"{error.message}: their folders may be empty"]
    await asyncio.to_thread(_forget_git, worktree, paths)
    note.write_text(wanted)
    return []


async def _links(repository: Path, commit: str) -> list[str]:
    """The submodules of a commit, and what says where they are, as `git ls-tree` has them."""
    argv = ["git", f"--git-dir={repository}", "ls-tree", "-rz", "--full-tree", commit]
    lines = (await process.run(argv)).stdout.decode(errors="replace").split("\0")
    links = [line for line in lines if _path(line) and "\n" not in line]
    return [line for line in lines if line.endswith("\t.gitmodules")] + links if links else []


def _path(line: str) -> str:
    return line.partition("\t")[2] if line.startswith("160000 ") else ""


def _empty(worktree: Path, paths: Iterable[str]) -> None:
    """Git fetches a submodule into an empty folder alone; one that left the commit has none."""
    for folder in _inside(worktree, paths):
        shutil.rmtree(folder, ignore_errors=True)


def _forget_git(worktree: Path, paths: Iterable[str]) -> None:
    """What a submodule knows of its repository is gone with that."""
    for folder in _inside(worktree, paths):
        for git in folder.rglob(".git"):
            if git.is_file():
                git.unlink()


def _inside(worktree: Path, paths: Iterable[str]) -> Iterator[Path]:
    """The folders, but where a link of an earlier commit or a crafted tree leads elsewhere."""
    top = worktree.resolve()
    for path in paths:
        folder = worktree / path
        if ".." not in folder.parts and folder.resolve() == top / path:
            yield folder

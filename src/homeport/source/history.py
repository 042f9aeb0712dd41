"""What git knows of a commit."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from homeport.engine import process


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A commit, and when it was made (RFC 3339)."""

    commit: str
    date: str


async def last_change(repository: Path, commit: str, path: str) -> Change:
    """The newest commit up to `commit` that changed something below `path`."""
    found = (await _log(repository, "--format=%H %cI", commit, "--", path)).split()
    if len(found) != 2:  # nothing below it is in git, such as a folder that a build makes
        return Change(commit=commit, date=await _log(repository, "--format=%cI", commit))
    return Change(commit=found[0], date=found[1])


async def message(repository: Path, commit: str) -> str:
    """A commit's whole message."""
    return await _log(repository, "--format=%B", commit)


async def subject(repository: Path, commit: str) -> str:
    """The first line of a commit's message."""
    return await _log(repository, "--format=%s", commit)


async def tree_of(repository: Path, commit: str) -> str:
    """What a commit holds, as git names it: the same for two commits with the same files."""
    return await _log(repository, "--format=%T", commit)


async def _log(repository: Path, *arguments: str) -> str:
    return (await process.run(["git", f"--git-dir={repository}", "log", "-1", *arguments])).text

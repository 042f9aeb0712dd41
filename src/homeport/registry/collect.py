"""Take away what nobody needs: while nothing is written, and with pulls going on.

Distribution's own collector takes layers that a client pushed a moment ago and has not named yet,
and with `--delete-untagged` the children of an index (2.8). So what goes is decided in `retention`,
and only taken away here. The registry has no cache of it: what is gone is gone for it, too.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
import time
from collections.abc import Awaitable, Callable, Iterable, Set
from dataclasses import dataclass
from pathlib import Path

import msgspec

from homeport.errors import NotFound
from homeport.registry.manifests import Manifest
from homeport.registry.registry import Registry
from homeport.registry.retention import Garbage, Held, garbage
from homeport.registry.storage import Storage

QUIET = 10.0  # seconds without a write before anything is taken away
_WRITES_END = 30.0  # seconds that a write under way may take


@dataclass(frozen=True, slots=True, kw_only=True)
class Freed:
    """What went."""

    manifests: int = 0
    blobs: int = 0
    size: int = 0  # bytes


async def collect(
    registry: Registry,
    *,
    superseded: Set[str],
    keep: float,
    closed: Path,
    is_busy: Callable[[], Awaitable[bool]],
) -> Freed | None:
    """Take away what nobody needs; None where somebody writes, and it has to wait.

    Args:
        registry: whose garbage.
        superseded: digests that later builds of homeport replaced.
        keep: seconds that what no tag names stays.
        closed: the file that tells nginx to let nothing be written.
        is_busy: whether a write is under way.
    """
    if time.monotonic() - registry.written.at < QUIET:
        return None
    closed.touch()
    try:
        if not await _writes_ended(is_busy):
            return None
        return await asyncio.to_thread(_take_away, registry.storage, superseded, keep)
    finally:
        closed.unlink(missing_ok=True)


async def _writes_ended(is_busy: Callable[[], Awaitable[bool]]) -> bool:
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(_WRITES_END):
            while await is_busy():
                await asyncio.sleep(0.1)
            return True
    return False


def _take_away(storage: Storage, superseded: Set[str], keep: float) -> Freed:
    found = find(storage, superseded, now=time.time(), keep=keep)
    for repository, tag in found.tags:
        storage.untag(repository, tag)
    for repository, digest in found.manifests:
        _unlink(storage.link(repository, "_manifests/revisions", digest))
    for repository, digest in found.layers:
        _unlink(storage.link(repository, "_layers", digest))
    size = sum(_unlink(storage.path(digest).parent) for digest in found.blobs)
    return Freed(manifests=len(found.manifests), blobs=len(found.blobs), size=size)


def find(storage: Storage, superseded: Set[str], *, now: float, keep: float) -> Garbage:
    """What could go now."""
    names = storage.every_repository()
    held = {name: _held(storage, name) for name in names}
    return garbage(held, storage.blobs(), superseded=superseded, now=now, keep=keep)


def _held(storage: Storage, repository: str) -> Held:
    revisions = storage.links(repository, "_manifests/revisions")
    tags = {tag: storage.resolve(repository, tag) for tag in storage.tags(repository)}
    left = _left(storage, repository, tags)
    return Held(
        tags=tags,
        tagged_at={tag: storage.moved_at(repository, tag) for tag in tags},
        manifests={digest: _manifest(storage, digest) for digest in revisions},
        came_at={digest: max(at, left.get(digest, 0.0)) for digest, at in revisions.items()},
        layers=storage.links(repository, "_layers"),
    )


def _left(storage: Storage, repository: str, tags: Iterable[str]) -> dict[str, float]:
    """When tags last left what they named before: not before they moved to where they are."""
    found: dict[str, float] = {}
    for tag in tags:
        moved = storage.moved_at(repository, tag)
        for digest in storage.named(repository, tag):
            found[digest] = max(found.get(digest, 0.0), moved)
    return found


def _manifest(storage: Storage, digest: str) -> Manifest:
    try:
        return storage.manifest(digest)
    except (NotFound, msgspec.DecodeError):
        return Manifest(media_type="")


def _unlink(folder: Path) -> int:
    """Take a folder away; the bytes of the blob that was in it."""
    size = 0
    with contextlib.suppress(OSError):
        size = (folder / "data").stat().st_size
    shutil.rmtree(folder, ignore_errors=True)
    return size

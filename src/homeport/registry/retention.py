"""What of the registry nobody needs any more. Pure.

Kept is what a tag names, what belongs to that, and everything that is young: from a layer to the
manifest that names it, and from there to a tag, a client may take its time, and who knows a digest
may still run what a tag named before; what was acknowledged is never lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Set

import msgspec

from homeport.model.names import is_attached, is_staged, subject_of
from homeport.registry.manifests import Manifest

YOUNG = 3600.0  # seconds in which whatever came is left alone, however short of room the disk is
STAGED_FOR = 6 * 3600.0  # seconds after which a build that never ended has left its tags behind


class Held(msgspec.Struct, frozen=True, kw_only=True):
    """What a repository holds; times are epochs."""

    tags: Mapping[str, str]  # tag -> digest
    tagged_at: Mapping[str, float]  # tag -> when it moved
    manifests: Mapping[str, Manifest]  # digest -> manifest or index
    came_at: Mapping[str, float]  # digest of a manifest -> when; or when a tag last left it
    layers: Mapping[str, float]  # digest of a blob -> when the repository got it


class Garbage(msgspec.Struct, frozen=True, kw_only=True):
    """What can go, in this order."""

    tags: tuple[tuple[str, str], ...] = ()  # repository, tag
    manifests: tuple[tuple[str, str], ...] = ()  # repository, digest
    layers: tuple[tuple[str, str], ...] = ()  # repository, digest: the link, not the blob
    blobs: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.tags or self.manifests or self.layers or self.blobs)


def garbage(
    repositories: Mapping[str, Held],
    blobs: Mapping[str, float],
    *,
    superseded: Set[str],
    now: float,
    keep: float = YOUNG,
) -> Garbage:
    """What can go.

    Args:
        repositories: what each holds.
        blobs: digest -> when it came, of all that are stored.
        superseded: digests that homeport published itself, and that later builds replaced: they
            need not grow old.
        now: an epoch.
        keep: seconds that what no tag names stays.
    """
    needed: set[str] = set()
    tags, manifests, layers, loose = [], [], [], set[str]()
    for name, held in repositories.items():
        kept, gone_tags = _kept(held, superseded, now, keep)
        gone = [digest for digest in held.manifests if digest not in kept]
        used, claimed = _blobs(held, kept), _blobs(held, held.manifests)
        arriving = {d for d, at in held.layers.items() if d not in claimed and now - at < keep}
        needed |= kept | used | arriving
        tags += [(name, tag) for tag in gone_tags]
        manifests += [(name, digest) for digest in gone]
        layers += [(name, d) for d in held.layers if d not in used | arriving]
        loose |= {*gone, *_blobs(held, gone)}
    old = {digest for digest, at in blobs.items() if now - at >= keep}
    return Garbage(
        tags=tuple(tags),
        manifests=tuple(manifests),
        layers=tuple(layers),
        blobs=tuple(sorted((old | loose) & blobs.keys() - needed)),
    )


def _kept(held: Held, superseded: Set[str], now: float, keep: float) -> tuple[set[str], list[str]]:
    """The manifests of a repository that stay, and the tags that go."""
    staged = [tag for tag in held.tags if _was_left(held, tag, now)]
    beside = [tag for tag in held.tags if is_attached(tag)]
    named = {d for tag, d in held.tags.items() if tag not in staged and tag not in beside}
    replaced = _with_attached(held, _with_children(held, superseded & held.manifests.keys()))
    young = {d for d, at in held.came_at.items() if now - at < keep} - replaced
    kept = _with_children(held, named | young)
    recent = {t for t in beside if now - held.tagged_at.get(t, now) < keep} - _of(beside, replaced)
    more, stay = recent | _of(beside, kept), set[str]()
    while more:  # what is attached may have something attached to it: a signature of an SBOM
        stay |= more
        kept |= _with_children(held, {held.tags[tag] for tag in more})
        more = _of(beside, kept) - stay
    return kept, [*staged, *(tag for tag in beside if tag not in stay)]


def _of(tags: Iterable[str], digests: Set[str]) -> set[str]:
    """The tags under which something is said of these manifests."""
    return {tag for tag in tags if subject_of(tag) in digests}


def _with_attached(held: Held, digests: set[str]) -> set[str]:
    """Manifests, with all that is attached to them."""
    attachments = {d for d, m in held.manifests.items() if m.subject in digests}
    beside = _of(filter(is_attached, held.tags), digests)
    return digests | attachments | {held.tags[tag] for tag in beside}


def _was_left(held: Held, tag: str, now: float) -> bool:
    """Whether a build that never ended left a tag behind."""
    return is_staged(tag) and now - held.tagged_at.get(tag, now) > STAGED_FOR


def _blobs(held: Held, digests: Iterable[str]) -> set[str]:
    """What manifests are made of."""
    return {b for d in digests if d in held.manifests for b in held.manifests[d].blobs}


def _with_children(held: Held, digests: Collection[str]) -> set[str]:
    """Manifests, with all that indexes among them name."""
    found: set[str] = set()
    todo = list(digests)
    while todo:
        digest = todo.pop()
        if digest in found:
            continue
        found.add(digest)
        manifest = held.manifests.get(digest)
        todo += _children(manifest) if manifest else []
    return found


def _children(manifest: Manifest) -> Iterator[str]:
    for child in manifest.children:
        yield child.digest

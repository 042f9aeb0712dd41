"""What the registry holds, read from its storage: the truth, also while it does not run.

Only read, but for `untag`: distribution 2.8 has no call for it. One file for each tag, so a
thousand tags take some 20 ms. Source: distribution, registry/storage/paths.go.
"""

from __future__ import annotations

import contextlib
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from homeport.errors import NotFound
from homeport.model.image import Made, Tag
from homeport.model.names import DIGEST, REPOSITORY, TAG, is_for_people
from homeport.registry.manifests import Manifest, made_of, read_manifest

RESERVE = 100_000_000  # bytes that images leave free on their disk
ROOT = "data"  # below the registry's folder
_V2 = Path("docker/registry/v2")


@dataclass(frozen=True, slots=True)
class Storage:
    """The storage in a folder."""

    folder: Path

    def repositories(self) -> list[str]:
        """Every repository that has a manifest, by name."""
        top = self.folder / _V2 / "repositories"
        return sorted(str(r.relative_to(top)) for r in _repositories(top) if _has_tags(r))

    def every_repository(self) -> list[str]:
        """Every repository that something was pushed to, with tags or without."""
        top = self.folder / _V2 / "repositories"
        return sorted(str(found.relative_to(top)) for found in _repositories(top))

    def tags(self, repository: str) -> list[str]:
        """Every tag of a repository, those for programs included, by name."""
        with contextlib.suppress(OSError):
            return sorted(p.name for p in self._tags(repository).iterdir())
        return []

    def resolve(self, repository: str, tag: str) -> str:
        """The digest that a tag names; "" where there is no such tag."""
        if not (REPOSITORY.fullmatch(repository) and TAG.fullmatch(tag)):
            return ""
        with contextlib.suppress(OSError):
            return (self._tags(repository) / tag / "current" / "link").read_text().strip()
        return ""

    def tag(self, repository: str, name: str) -> Tag:
        """A tag, and the images that it names.

        Raises:
            NotFound: there is none of that name.
        """
        digest = self.resolve(repository, name)
        if not digest:
            raise NotFound(f"there is no image {repository}:{name}", hint="homeport image list")
        moved = (self._tags(repository) / name / "current" / "link").stat().st_mtime
        images = tuple(self.images(digest))
        return Tag(name=name, digest=digest, images=images, moved_at=moved)

    def untagged(self, repository: str, digest: str) -> Tag:
        """What a digest names, as a tag whose name it is.

        Raises:
            NotFound: the repository has no such manifest.
        """
        link = self.link(repository, "_manifests/revisions", digest) / "link"
        if not link.is_file():
            raise NotFound(f"there is no image {repository}@{digest}", hint="homeport image list")
        images = tuple(self.images(digest))
        return Tag(name=digest, digest=digest, images=images, moved_at=link.stat().st_mtime)

    def shown(self, repository: str) -> list[Tag]:
        """The tags that people pull, the newest first."""
        names = filter(is_for_people, self.tags(repository))
        return sorted(self._readable(repository, names), key=lambda t: (-t.moved_at, t.name))

    def images(self, digest: str) -> Iterator[Made]:
        """The images that a digest names: the children of an index, or itself."""
        manifest = self.manifest(digest)
        for child in manifest.children:
            if child.platform:
                size = self._size(child.digest)
                yield Made(platform=child.platform, digest=child.digest, size=size)
        if manifest.config:
            with contextlib.suppress(NotFound, msgspec.DecodeError):
                yield made_of(digest, manifest, self.json(manifest.config))

    def manifest(self, digest: str) -> Manifest:
        """A manifest or an index.

        Raises:
            NotFound: it is not there.
        """
        return read_manifest(self.blob(digest))

    def needed(self, digest: str) -> set[str]:
        """Digests of all that a manifest or an index is made of, and its own."""
        found = {digest}
        with contextlib.suppress(NotFound, msgspec.DecodeError):
            manifest = self.manifest(digest)
            found |= {*manifest.blobs, *filter(None, [manifest.config])}
            for child in manifest.children:
                found |= self.needed(child.digest)
        return found

    def json(self, digest: str) -> dict[str, Any]:
        """A blob that is JSON."""
        found = msgspec.json.decode(self.blob(digest))
        return dict(found) if isinstance(found, dict) else {}

    def blob(self, digest: str) -> bytes:
        """A small blob, whole.

        Raises:
            NotFound: it is not there.
        """
        try:
            return self.path(digest).read_bytes()
        except OSError as error:
            raise NotFound(f"the registry has no {digest[:80]}") from error

    def path(self, digest: str) -> Path:
        """Where a blob is, if it is there."""
        if not DIGEST.fullmatch(digest):
            raise NotFound(f"{digest[:80]!r} is no digest")
        hexes = digest.removeprefix("sha256:")
        return self.folder / _V2 / "blobs/sha256" / hexes[:2] / hexes / "data"

    def links(self, repository: str, kind: str) -> dict[str, float]:
        """The manifests (`_manifests/revisions`) or the blobs (`_layers`) of a repository.

        Returns:
            When each came, an epoch, by its digest.
        """
        folder, found = self._repository(repository) / kind / "sha256", {}
        with contextlib.suppress(OSError):
            for entry in folder.iterdir():
                with contextlib.suppress(OSError):
                    found[f"sha256:{entry.name}"] = (entry / "link").stat().st_mtime
        return found

    def holds(self, repository: str, digest: str) -> bool:
        """Whether a repository has a manifest."""
        return self.link(repository, "_manifests/revisions", digest).is_dir()

    def link(self, repository: str, kind: str, digest: str) -> Path:
        """Where a repository's link to a manifest or to a blob is."""
        return self._repository(repository) / kind / "sha256" / digest.removeprefix("sha256:")

    def moved_at(self, repository: str, tag: str) -> float:
        """When a tag moved; now where it moves in this moment."""
        with contextlib.suppress(OSError):
            return (self._tags(repository) / tag / "current" / "link").stat().st_mtime
        return time.time()

    def named(self, repository: str, tag: str) -> list[str]:
        """The digests that a tag names, or named before."""
        with contextlib.suppress(OSError):
            index = self._tags(repository) / tag / "index" / "sha256"
            return [f"sha256:{entry.name}" for entry in index.iterdir()]
        return []

    def blobs(self) -> dict[str, float]:
        """When each blob came, an epoch, by its digest."""
        found = {}
        for path in (self.folder / _V2 / "blobs").glob("sha256/*/*/data"):
            with contextlib.suppress(OSError):
                found[f"sha256:{path.parent.name}"] = path.stat().st_mtime
        return found

    def untag(self, repository: str, tag: str) -> None:
        """Take a tag away; what it named stays, until it is collected."""
        if REPOSITORY.fullmatch(repository) and TAG.fullmatch(tag):
            shutil.rmtree(self._tags(repository) / tag, ignore_errors=True)

    def forget(self, repository: str) -> None:
        """Take a repository away; its blobs stay, until they are collected."""
        if REPOSITORY.fullmatch(repository):
            shutil.rmtree(self._repository(repository), ignore_errors=True)

    def used(self) -> int:
        """Bytes that all blobs take, and what is on its way, or never came whole."""
        blobs = (self.folder / _V2 / "blobs").glob("sha256/*/*/data")
        top = self.folder / _V2 / "repositories"
        uploads = (path for name in _repositories(top) for path in name.glob("_uploads/*/data"))
        return sum(_size_of(path) for path in (*blobs, *uploads))

    def _size(self, digest: str) -> int:
        with contextlib.suppress(NotFound):
            return self.manifest(digest).size
        return 0

    def _readable(self, repository: str, names: Iterator[str]) -> Iterator[Tag]:
        """A tag that is being moved, or whose manifest is gone, must not hide the others."""
        for name in names:
            with contextlib.suppress(NotFound, OSError):
                yield self.tag(repository, name)

    def _tags(self, repository: str) -> Path:
        return self._repository(repository) / "_manifests/tags"

    def _repository(self, repository: str) -> Path:
        return self.folder / _V2 / "repositories" / repository


def has_room(folder: Path) -> bool:
    """Whether there is more room than homeport's database, and what is pushed, may need."""
    return shutil.disk_usage(folder).free >= RESERVE


def _repositories(folder: Path) -> Iterator[Path]:
    with contextlib.suppress(OSError):
        below = [entry for entry in folder.iterdir() if entry.is_dir()]
        if any(entry.name.startswith("_") for entry in below):
            yield folder
        for entry in below:
            if not entry.name.startswith("_"):
                yield from _repositories(entry)


def _has_tags(folder: Path) -> bool:
    return any((folder / "_manifests/tags").glob("*"))


def _size_of(path: Path) -> int:
    with contextlib.suppress(OSError):
        return path.stat().st_size
    return 0

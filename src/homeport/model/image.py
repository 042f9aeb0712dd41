"""Images as they are built, published and shown: platforms, tags, builds."""

from __future__ import annotations

import re
from enum import StrEnum

import msgspec

from homeport.errors import RequestError

# What people and the article call an architecture, beside what the OCI calls it.
_NAMES = {
    "x86_64": "amd64",
    "x86-64": "amd64",
    "aarch64": "arm64",
    "arm64v8": "arm64",
    "armhf": "arm/v7",
    "armv7l": "arm/v7",
    "armv7": "arm/v7",
    "arm32v7": "arm/v7",
    "armel": "arm/v6",
    "armv6l": "arm/v6",
    "i386": "386",
    "i686": "386",
}
_ARCHITECTURES = "amd64|arm64|arm|386|riscv64|ppc64le|s390x|mips64le|loong64"
_PLATFORM = re.compile(rf"linux/({_ARCHITECTURES})(?:/(v[0-9]))?")


LOCAL = "local:"  # before the id of an image that no registry has


class Platform(msgspec.Struct, frozen=True, order=True):
    """What a binary runs on, as the OCI image index names it. Source: OCI image index, GOARCH."""

    arch: str
    variant: str = ""

    def __str__(self) -> str:
        return f"linux/{self.arch}" + (f"/{self.variant}" if self.variant else "")

    @property
    def suffix(self) -> str:
        """How a tag of this platform alone ends: amd64, arm64, arm-v7."""
        return self.arch + (f"-{self.variant}" if self.variant else "")


def read_platform(text: str) -> Platform:
    """`linux/arm/v7`, `arm64`, `aarch64` or `armhf` as a platform.

    arm64 is v8 and arm is v7 unless it is said: the rules of containerd's platforms package.

    Raises:
        RequestError: it is none that Linux has.
    """
    plain = text.strip().lower().removeprefix("linux/")
    found = _PLATFORM.fullmatch(f"linux/{_NAMES.get(plain, plain)}")
    if not found:
        hint = "for example linux/amd64, linux/arm64, linux/arm/v7"
        raise RequestError(f"{text[:40]!r} is no platform", hint=hint)
    arch, variant = found[1], found[2] or ""
    if arch == "arm64":
        return Platform(arch, "" if variant == "v8" else variant)
    return Platform(arch, variant or ("v7" if arch == "arm" else ""))


class Builder(msgspec.Struct, frozen=True, kw_only=True):
    """A machine that builds for its own architecture."""

    name: str
    host: str  # a DOCKER_HOST: ssh://pi
    platform: str  # linux/arm64


class BuildState(StrEnum):
    """Where the build of an image is, in Docker Hub's words."""

    PENDING = "pending"
    BUILDING = "building"
    SUCCESS = "success"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Made(msgspec.Struct, frozen=True, kw_only=True):
    """An image of one platform in the registry: a child of an index, or a manifest alone."""

    platform: str  # linux/arm/v7
    digest: str  # sha256:... of its manifest
    size: int  # bytes of its layers, compressed


class Tag(msgspec.Struct, frozen=True, kw_only=True):
    """A tag in the registry, and what it names."""

    name: str
    digest: str  # sha256:... of the index, or of the manifest
    images: tuple[Made, ...] = ()
    moved_at: float = 0.0  # an epoch

    @property
    def size(self) -> int:
        """Bytes that a pull of the largest of its images takes."""
        return max((image.size for image in self.images), default=0)


class ImageBuild(msgspec.Struct, frozen=True, kw_only=True):
    """The build of an image: from which source, how it went, what came of it. Times are epochs."""

    id: int
    app: str
    repository: str  # blog, or blog/web
    run: int
    ref: str  # refs/heads/main, refs/tags/v1
    commit: str
    state: BuildState
    reason: str = ""
    by: str = ""
    tags: tuple[str, ...] = ()
    platforms: tuple[str, ...] = ()
    digest: str = ""  # of what was published
    parts: tuple[str, ...] = ()  # digests of the images of its platforms, where it is an index
    size: int = 0  # bytes: of its largest image
    reused: bool = False  # nothing had changed: an earlier build is this one
    queued_at: float = 0.0
    started_at: float = 0.0
    finished_at: float = 0.0
    dockerfile: str = ""  # its text
    dockerfile_path: str = ""
    args: dict[str, str] = msgspec.field(default_factory=dict)
    bases: dict[str, str] = msgspec.field(
        default_factory=dict
    )  # name in FROM -> digest, or LOCAL and an id

"""Images: what is built, published, moved, and taken away."""

from __future__ import annotations

from homeport.events.base import Event


class ImageBuilt(Event, frozen=True, kw_only=True):
    """An image was built. `cached` of `steps` came from the layer cache."""

    service: str
    image: str
    image_id: str
    seconds: float
    steps: int = 0
    cached: int = 0


class BuildQueued(Event, frozen=True, kw_only=True):
    """Images of a commit are to be published. `build` is the number of the build."""

    build: int
    repository: str
    ref: str
    commit: str


class BuildStarted(Event, frozen=True, kw_only=True):
    """Images are built, checked and pushed, one platform after the other."""

    build: int
    repository: str
    tags: tuple[str, ...]
    platforms: tuple[str, ...]


class ImagePushed(Event, frozen=True, kw_only=True):
    """A tag names what was built: an index of all platforms, or the image of the only one."""

    build: int
    repository: str
    tag: str
    digest: str
    platforms: tuple[str, ...]


class BuildFinished(Event, frozen=True, kw_only=True):
    """The build ended. `reused`: nothing had changed.

    `state`: success, failed, cancelled, or skipped: there was nothing to build.
    """

    build: int
    repository: str
    state: str
    reason: str = ""
    digest: str = ""
    seconds: float = 0.0
    reused: bool = False


class BaseMoved(Event, frozen=True, kw_only=True):
    """The tag of an image that an app is built from names another image now."""

    image: str
    digest: str
    rebuilds: bool  # whether the app is built again for it


class DiskFreed(Event, frozen=True, kw_only=True):
    """What nobody needs any more was taken away. Bytes."""

    registry: int = 0
    cache: int = 0
    releases: int = 0  # how many are kept no longer
    builders: int = 0  # of the build caches of other machines
    kept: int = 0  # of what jobs keep from run to run


class DiskShort(Event, frozen=True, kw_only=True):
    """Images, cache and registry take more than the budget, and everything is needed. Bytes."""

    used: int
    budget: int

"""What is a job's own: every object that it makes has its prefix. Pure."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from homeport.errors import RequestError

LABEL = "homeport.job"  # the job that made an object
BESIDE = "homeport.job.beside"  # on its own container, and on its services: it made neither
RUN = "homeport.run"  # on the container of a job: its run
_OBJECT = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,120}")
_HUB = ("docker.io/", "index.docker.io/", "registry-1.docker.io/")
_IMAGE = re.compile(
    r"(?:[A-Za-z0-9.-]+(?::[0-9]+)?/)?[a-z0-9]+(?:[._/-]+[a-z0-9]+)*"
    r"(?::[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?(?:@sha256:[0-9a-f]{64})?"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """What each container of a job may use."""

    memory: int = 1 << 30  # bytes
    cpus: float = 1.0
    shares: int = 256  # of the processor, where others want it too: what is live has 1024
    pids: int = 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """A job, as the Engine and its own socket know it."""

    app: str
    key: str  # unique on the Engine: homeport-3f2a-job-12-1
    image: str  # what the job itself runs in
    folders: Mapping[str, str] = field(default_factory=dict)  # path in the job -> path on the host
    limits: Limits = field(default_factory=Limits)
    marker: str = ""  # what the keys of all jobs begin with

    @property
    def prefix(self) -> str:
        """What the names of its objects begin with."""
        return f"{self.key}-"

    def own(self, name: str) -> str:
        """The Engine's name of a container, a network or a volume that the job names.

        Raises:
            RequestError: it is no name.
        """
        if not _OBJECT.fullmatch(name):
            raise RequestError(f"{name[:60]!r} is no name of a container, a network or a volume")
        return name if self.owns(name) else self.prefix + name

    def own_image(self, reference: str) -> str:
        """The Engine's name of an image that the job names.

        Raises:
            RequestError: it is no name of an image.
        """
        plain = familiar(reference)
        return plain if self.owns(plain) else self.prefix + plain

    def owns(self, name: str) -> bool:
        """Whether a name of the Engine is one of this job's."""
        return name.startswith(self.prefix)

    def is_others(self, name: str) -> bool:
        """Whether a name of the Engine is one of another job's."""
        return bool(self.marker) and name.startswith(self.marker) and not self.owns(name)

    def on_host(self, path: str) -> str:
        """The host's path of a path in the job; "" where the job has none of the host there."""
        path = posixpath.normpath(path)
        for inside, outside in self.folders.items():
            if path == inside or path.startswith(f"{inside}/"):
                return outside + path.removeprefix(inside)
        return ""


def familiar(reference: str) -> str:
    """A reference as people write it: `docker.io/library/nginx` is `nginx`.

    Raises:
        RequestError: it is none.
    """
    for hub in _HUB:
        reference = reference.removeprefix(hub)
    reference = reference.removeprefix("library/")
    if not _IMAGE.fullmatch(reference) or len(reference) > 400:
        raise RequestError(f"{reference[:60]!r} is no name of an image")
    return reference


def split_tag(reference: str) -> tuple[str, str]:
    """The name and the tag of a reference; `latest` where it has none."""
    name, colon, tag = reference.rpartition(":")
    return (name, tag) if colon and "/" not in tag else (reference, "latest")

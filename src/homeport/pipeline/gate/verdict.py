"""A request at the socket of a job, what has to be known for it, and what becomes of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any
from urllib.parse import parse_qsl, quote, unquote, urlencode, urlsplit

from homeport.errors import Forbidden, RequestError
from homeport.pipeline.gate.archive import Archive


class Kind(Enum):
    """A kind of object that a request may name."""

    CONTAINER = "container"
    EXEC = "exec"
    NETWORK = "network"
    VOLUME = "volume"
    IMAGE = "image"
    SAVED = "saved"  # an image, or all tags of a name
    OWN = "own"  # all images of the job


class Reply(Enum):
    """What becomes of the Engine's answer on its way to the job."""

    NAMES = "names"  # the job's prefix is taken out
    RAW = "raw"  # bytes of the job's own: output, archives
    IMAGES = "images"  # a list of images, without those of others
    CONTAINERS = "containers"  # a list of containers, with the ports that they publish
    CONTAINER = "container"  # one of them, in detail
    SAVED = "saved"  # an archive of images, by the names that the job gave


@dataclass(frozen=True, slots=True)
class Question:
    """An object that a request names: whose is it?"""

    kind: Kind
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """What the Engine has under a name."""

    name: str  # as the Engine is to be asked for it
    own: bool  # made by this job
    labels: Mapping[str, str] = field(default_factory=dict)
    tags: tuple[str, ...] = ()  # of an image
    digests: tuple[str, ...] = ()  # of its manifests in registries that it came from, or went to
    ports: tuple[str, ...] = ()  # that an image exposes, 80/tcp


Facts = Mapping[Question, Found | None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A request, its path without the API's version, and its body where that is JSON."""

    method: str
    version: str  # "/v1.41", or ""
    path: str
    query: tuple[tuple[str, str], ...] = ()
    body: Any = None

    def first(self, key: str, default: str = "") -> str:
        """The first value of a parameter, as Go's url.Values.Get has it."""
        return next((value for name, value in self.query if name == key), default)

    def all(self, key: str) -> list[str]:
        """Every value of a parameter."""
        return [value for name, value in self.query if name == key]

    def with_query(self, **changed: str | list[str] | None) -> str:
        """The target with some parameters changed; None takes one out."""
        pairs = [(k, v) for k, v in self.query if k not in changed]
        for key, value in changed.items():
            values = value if isinstance(value, list) else [] if value is None else [value]
            pairs += [(key, one) for one in values]
        return self.target(self.path, pairs)

    def target(self, path: str, pairs: Any = None) -> str:
        """What the Engine is asked for."""
        query = urlencode(self.query if pairs is None else pairs)
        return self.version + quote(path, safe="/:@") + (f"?{query}" if query else "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Forward:
    """Let the Engine answer. `body` replaces what came; None lets it through as it is."""

    target: str
    body: Any = None
    reply: Reply = Reply.NAMES
    archive: Callable[[], Archive] | None = None  # what the body of the request goes through
    register: bool = False  # emulators, before
    warning: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Local:
    """Answer without the Engine."""

    content: Any
    status: int = 200


@dataclass(frozen=True, slots=True, kw_only=True)
class Push:
    """An image that the job publishes: staged until the job has passed."""

    image: str  # the Engine's name of it
    name: str  # rycus86/demo-site:armhf
    tag: str = "latest"


@dataclass(frozen=True, slots=True, kw_only=True)
class Index:
    """One name for several images that the job pushed; they stand in the body of the request."""

    name: str
    tag: str
    how: str  # check, show, push


@dataclass(frozen=True, slots=True, kw_only=True)
class Control:
    """BuildKit's own protocol: every call is looked at."""

    target: str


Verdict = Forward | Local | Push | Index | Control


def read_target(method: str, target: str, body: Any = None) -> Request:
    """A request from its first line: percent-decoded once, as the Engine does.

    Raises:
        RequestError: a path that could be read in two ways.
    """
    parts = urlsplit(target)
    path = unquote(parts.path, errors="strict") if parts.path.isascii() else ""
    if not path.startswith("/") or "//" in path or not path.isprintable():
        raise RequestError("the address of the request is not understood")
    if any(part in (".", "..") for part in path.split("/")):
        raise RequestError("a path with .. in it leads nowhere")
    version = ""
    head, _, rest = path[1:].partition("/")
    if head.startswith("v1.") and head[3:].isdigit():
        version, path = f"/{head}", f"/{rest}"
    query = tuple(parse_qsl(parts.query, keep_blank_values=True, max_num_fields=200))
    return Request(method=method, version=version, path=path, query=query, body=body)


def refused(what: str, hint: str = "") -> Forbidden:
    """The error for what a job may not do."""
    return Forbidden(f"a job of homeport may not {what}", hint=hint)

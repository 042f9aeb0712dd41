"""Names of repositories, tags and digests. Pure.

Source: OCI distribution specification 1.1, "Pulling manifests"; distribution 2.8, reference/regexp.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase

from homeport.errors import RequestError

_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
REPOSITORY = re.compile(rf"{_PART}(?:/{_PART})*")
TAG = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}")
DIGEST = re.compile(r"sha256:[0-9a-f]{64}")
LONGEST = 255
# What is attached to a manifest has its digest as a tag. Source: OCI distribution, "Referrers tag".
_ATTACHED = re.compile(r"sha256-[0-9a-f]{64}(?:\..*)?")
# What a build pushes before all of its platforms are there; nobody is to pull it.
_STAGED = re.compile(r"homeport-staged-.*")


def check_repository(name: str) -> str:
    """The name, where it can be that of a repository.

    Raises:
        RequestError: it cannot.
    """
    if len(name) > LONGEST or not REPOSITORY.fullmatch(name):
        hint = "lower-case letters and digits, parted by one of . _ - and /, at most 255"
        raise RequestError(f"{name[:60]!r} is no name of a repository", hint=hint)
    return name


def check_tag(name: str) -> str:
    """The name, where it can be a tag.

    Raises:
        RequestError: it cannot.
    """
    if not TAG.fullmatch(name):
        hint = "letters, digits, _ . and -, at most 128, none of . and - first"
        raise RequestError(f"{name[:60]!r} is no tag of an image", hint=hint)
    return name


def read_reference(text: str) -> tuple[str, str]:
    """The repository, and the tag or digest, of what `docker pull` takes; without one, `latest`."""
    first, slash, rest = text.partition("/")
    if slash and (first == "localhost" or "." in first or ":" in first):
        text = rest  # Docker's own rule of what is a registry
    text, _, digest = text.partition("@")
    name, _, tag = text.partition(":")
    return name, digest or tag or "latest"


def as_tag(name: str) -> str:
    """A branch or any other name as a tag: `feature/x` is `feature-x`; "" where nothing is left."""
    return re.sub(r"[^A-Za-z0-9._-]+", "-", name).lstrip(".-")[:128]


def is_for_people(tag: str) -> bool:
    """Whether a tag is one that people pull, and not a matter between programs."""
    return not (is_attached(tag) or is_staged(tag))


def is_attached(tag: str) -> bool:
    """Whether what is attached to a manifest is found under a tag."""
    return bool(_ATTACHED.fullmatch(tag))


def is_staged(tag: str) -> bool:
    """Whether a build pushed a tag for itself."""
    return bool(_STAGED.fullmatch(tag))


def attached(digest: str) -> str:
    """The tag under which what is attached to a manifest is found."""
    return digest.replace(":", "-", 1)


def subject_of(tag: str) -> str:
    """The digest of what is spoken of under such a tag: `sha256-HEX`, or cosign's `.sig` of it."""
    return tag.partition(".")[0].replace("-", ":", 1)


def staged(run: int, suffix: str) -> str:
    """The tag that one platform of a run is pushed under before the others are there."""
    return f"homeport-staged-{run}-{suffix}"


def staged_by(tag: str) -> int:
    """The run that pushed under such a tag; 0 for any other tag."""
    run = tag.removeprefix("homeport-staged-").partition("-")[0]
    return int(run) if is_staged(tag) and run.isdecimal() else 0


def app_of(repository: str) -> str:
    """The app that a repository belongs to: its first part."""
    return repository.partition("/")[0]


def matches(repository: str, pattern: str) -> bool:
    """Whether a repository is meant by `blog` (with all below it), or by a pattern: `team/*`."""
    return (
        repository == pattern
        or fnmatchcase(repository, f"{pattern}/*")
        or ("*" in pattern and fnmatchcase(repository, pattern))
    )

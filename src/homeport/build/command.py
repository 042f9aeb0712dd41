"""The command line of one build, as data. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from homeport.model.stack import Build

# What has a meaning to buildx, docker or the programs that they start.
_OWN = re.compile(
    r"(?:LD_|DOCKER_|BUILDX_|BUILDKIT_|COMPOSE_|GIT_|SSH_|SSL_|OTEL_|GO|XDG_|LC_|TMP)"
    r"|(?:PATH|HOME|USER|SHELL|LANG|TERM|NO_COLOR|HTTPS?_PROXY|NO_PROXY|ALL_PROXY)$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """One image to build: from what, and under which names and labels."""

    service: str
    build: Build
    tags: tuple[str, ...]
    labels: Mapping[str, str]
    args: Mapping[str, str]  # homeport's own, which the Dockerfile declares
    platform: str = ""  # linux/arm64; "" is the Engine's own


INPUTS = "homeport.inputs"  # the fingerprint of all that went into an image


def image_labels(*, app: str, commit: str, created: str, ref: str) -> dict[str, str]:
    """The labels of an image that was built from a commit.

    `created` is the time of the commit, not of the build: the same input gives the same image.
    Source: OCI image specification, annotations.
    """
    branch = ref.removeprefix("refs/heads/")
    return {
        "org.opencontainers.image.title": app,
        "org.opencontainers.image.revision": commit,
        "org.opencontainers.image.created": created,
        "org.opencontainers.image.version": f"{branch}-{commit[:12]}",
        "homeport.app": app,
    }


def buildx(wanted: Wanted, *, iidfile: str) -> list[str]:
    """The arguments of `docker buildx` that make the image and load it into the Engine."""
    build = wanted.build
    argv = ["docker", "buildx", "build", "--builder", "default", "--load", "--progress", "plain"]
    argv += ["--iidfile", iidfile]
    # An attestation would make an index of the image, which older Engines cannot load.
    argv += ["--provenance=false"]
    argv += _each("--tag", (*wanted.tags, *build.tags))
    argv += _pairs("--label", {**build.labels, **wanted.labels})
    argv += _each("--build-arg", tuple(_arguments(wanted)))
    argv += ["--platform", wanted.platform] if wanted.platform else []
    argv += ["--target", build.target] if build.target else []
    argv += ["--network", build.network] if build.network else []
    argv += ["--shm-size", build.shm_size] if build.shm_size else []
    argv += ["--pull"] if build.pull else []
    argv += ["--no-cache"] if build.no_cache else []
    argv += _each("--cache-from", build.cache_from) + _each("--add-host", build.extra_hosts)
    argv += _each("--secret", build.secrets) + _each("--ssh", build.ssh)
    argv += _pairs("--build-context", build.contexts)
    return [*argv, "--file", _dockerfile(build), build.context]


def _dockerfile(build: Build) -> str:
    """A path as buildx wants it: `-` for one that comes on standard input."""
    if build.dockerfile_inline:
        return "-"
    name = build.dockerfile or "Dockerfile"
    remote = "://" in build.context or build.context.startswith("git@")
    return name if remote or name.startswith("/") else f"{build.context}/{name}"


def _each(flag: str, values: tuple[str, ...]) -> list[str]:
    return [part for value in values for part in (flag, value)]


def _pairs(flag: str, values: Mapping[str, str]) -> list[str]:
    return _each(flag, tuple(f"{key}={value}" for key, value in values.items()))


def environment(wanted: Wanted) -> dict[str, str]:
    """The values of the build arguments, for buildx to take them from."""
    return {
        key: value
        for key, value in {**wanted.args, **wanted.build.args}.items()
        if value is not None and not _OWN.match(key)
    }


def _arguments(wanted: Wanted) -> Iterator[str]:
    """`KEY`, whose value buildx takes from its environment: everybody may read an argv.

    A name that buildx itself obeys must not come from a repository: its value stands here.
    """
    for key, value in {**wanted.args, **wanted.build.args}.items():
        yield f"{key}={value}" if value is not None and _OWN.match(key) else key

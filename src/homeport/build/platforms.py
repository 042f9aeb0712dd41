"""Which platforms an image is built for, and from which Dockerfile each."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from homeport.errors import RequestError
from homeport.model.image import Builder, Platform, read_platform
from homeport.model.stack import Build

AMD64 = Platform("amd64")


def beside(build: Build) -> dict[Platform, str]:
    """The Dockerfiles of single platforms beside that of a build: `Dockerfile.armhf` and such.

    Returns:
        The platform of each, and the ending of its name.
    """
    if build.dockerfile_inline or not Path(build.context).is_dir():
        return {}
    plain = Path(build.context) / (build.dockerfile or "Dockerfile")
    found = {}
    with contextlib.suppress(OSError):
        for entry in os.scandir(plain.parent):
            ending = entry.name.removeprefix(f"{plain.name}.")
            if ending != entry.name and entry.is_file():
                with contextlib.suppress(RequestError):
                    found[read_platform(ending)] = ending
    return dict(sorted(found.items()))


def platforms_of(
    said: Sequence[str], endings: Collection[Platform], native: Platform
) -> tuple[Platform, ...]:
    """What an image is built for.

    Args:
        said: `platforms` of the compose file; it decides where it says anything.
        endings: the platforms that have a Dockerfile of their own.
        native: the platform of this box.

    Raises:
        RequestError: a name in `said` is no platform.
    """
    if said:
        return tuple(dict.fromkeys(read_platform(name) for name in said))
    return tuple(sorted({_plain(endings, native), *endings}))


def _plain(endings: Collection[Platform], native: Platform) -> Platform:
    """What the Dockerfile without an ending is for: this box, unless that has one of its own."""
    return AMD64 if native in endings else native


def builder_for(
    platform: Platform, native: Platform, builders: Sequence[Builder]
) -> Builder | None:
    """Who builds for a platform; None where this box does, by itself or with an emulator.

    A Pi of 64 bits builds for those of 32.
    """
    if platform == native:
        return None
    exact = [b for b in builders if read_platform(b.platform) == platform]
    near = [b for b in builders if (read_platform(b.platform).arch, platform.arch) in _ALSO]
    return next(iter((*exact, *near)), None)


_ALSO = {("arm64", "arm"), ("arm", "arm"), ("amd64", "386")}


def for_platform(build: Build, platform: Platform, endings: Mapping[Platform, str]) -> Build:
    """How a build goes on a platform: by the Dockerfile of its own, where there is one."""
    ending = endings.get(platform)
    if not ending:
        return build
    name = f"{build.dockerfile or 'Dockerfile'}.{ending}"
    return msgspec.structs.replace(build, dockerfile=name)

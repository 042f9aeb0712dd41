"""`FROM site:base`, where the job has built `site:base` itself: the Engine has it by another name.

Only images are named anew that a line names whole, or by one variable. Pure.
Source: Docker's Dockerfile reference: FROM, ARG, COPY --from, RUN --mount.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from homeport.errors import RequestError
from homeport.pipeline.gate.scope import Scope, familiar, split_tag

_FROM = re.compile(
    r"^(\s*FROM\s+(?:--\S+\s+)*)(?P<image>[^\s#]+)(?:\s+AS\s+(?P<stage>\S+))?", re.IGNORECASE
)
_COPY = re.compile(r"^(\s*(?:COPY|ADD)\s.*?--from=)(?P<image>\S+)", re.IGNORECASE)
_MOUNT = re.compile(r"^(\s*RUN\s.*?--mount=\S*?\bfrom=)(?P<image>[^\s,]+)", re.IGNORECASE)
_ARG = re.compile(
    r"^(\s*ARG\s+(?P<name>\w+)=)(?P<quote>[\"']?)(?P<image>[^\s\"']+)(?P=quote)", re.I
)
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::?-[^}]*)?\}|(\w+))")


def own_names(tags: Collection[str], scope: Scope) -> dict[str, str]:
    """The images that a job has: the name and tag that it gave -> the Engine's."""
    return {tag.removeprefix(scope.prefix): tag for tag in tags if scope.owns(tag)}


def with_own_images(content: bytes, own: Mapping[str, str]) -> bytes:
    """A Dockerfile in which the job's own images have the Engine's names.

    Args:
        content: of the Dockerfile.
        own: the job's images, as of `own_names`.
    """
    try:
        lines = content.decode().splitlines(keepends=True)
    except UnicodeDecodeError:
        return content  # the Engine says so
    stages = {found["stage"].lower() for line in lines if (found := _stage(line))}
    images = {variable for line in lines for variable in _variables(line)}
    text = [_line(line, own, stages, images) for line in lines]
    return "".join(text).encode()


def own_value(value: str, own: Mapping[str, str]) -> str:
    """The value of a build argument: one that is an image with its tag is meant for a FROM."""
    return _named(value, own) if ":" in value else value


def _stage(line: str) -> re.Match[str] | None:
    found = _FROM.match(line)
    return found if found and found["stage"] else None


def _variables(line: str) -> list[str]:
    """The variable that says an image as a whole, if one does."""
    found = _FROM.match(line)
    variable = _VARIABLE.fullmatch(found["image"]) if found else None
    return [variable[1] or variable[2]] if variable else []


def _line(
    line: str, own: Mapping[str, str], stages: Collection[str], images: Collection[str]
) -> str:
    for pattern in (_FROM, _COPY, _MOUNT):
        if (found := pattern.match(line)) and found["image"].lower() not in stages:
            return _put(line, found, own)
    argument = _ARG.match(line)
    if argument and argument["name"] in images:
        return _put(line, argument, own)
    return line


def _put(line: str, found: re.Match[str], own: Mapping[str, str]) -> str:
    start, end = found.span("image")
    return line[:start] + _named(line[start:end], own) + line[end:]


def _named(image: str, own: Mapping[str, str]) -> str:
    """The Engine's name of an image of the job; what it is called otherwise."""
    try:
        name, tag = split_tag(familiar(image))
    except RequestError:
        return image  # a variable among other things
    return own.get(f"{name}:{tag}", image)

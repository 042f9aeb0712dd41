"""What a job makes one name of: the images of an index, each with what is said of it. Pure.

`docker manifest` of a job writes them line by line: `NAME arch=arm variant=v7`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from homeport.errors import RequestError

_MOST = 50  # images of an index
_KNOWN = ("arch", "variant", "os", "os-version", "os-features")


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """An image of an index, and what `docker manifest annotate` said of it."""

    name: str
    said: Mapping[str, str] = field(default_factory=dict)

    @property
    def platform(self) -> str:
        """`arm/v7`, where that was said; else ""."""
        return "/".join(filter(None, (self.said.get("arch", ""), self.said.get("variant", ""))))


def read_parts(content: bytes) -> tuple[Part, ...]:
    """The lines of a list.

    Raises:
        RequestError: there are none or too many, or one says what cannot be.
    """
    lines = content.decode(errors="replace").splitlines()
    parts = tuple(_part(words) for line in lines if (words := line.split()))
    if not 0 < len(parts) <= _MOST:
        raise RequestError(f"an index has 1 to {_MOST} images, and not {len(parts)}")
    return parts


def _part(words: list[str]) -> Part:
    said = dict(word.partition("=")[::2] for word in words[1:])
    for key, value in said.items():
        if key not in _KNOWN or not value:
            raise RequestError(f"{key[:40]!r} is nothing that can be said of an image")
        if (key == "os" and value != "linux") or key.startswith("os-"):
            raise RequestError(
                f"{words[0][:80]}: {key} {value[:40]}: homeport has images for Linux"
            )
    return Part(name=words[0], said=said)

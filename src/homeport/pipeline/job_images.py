"""Which image a job runs in: by its language and version. Pure.

The table is Docker Hub's official images; a setting puts others in their place, or adds languages.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from homeport.errors import RequestError

# {version}: that of the job, or the one after the bar where it names none.
TABLE = {
    "python": "python:{version|3.12}",
    "node_js": "node:{version|20}",
    "ruby": "ruby:{version|3.3}",
    "go": "golang:{version|1.22}",
    "rust": "rust:{version|1}",
    "php": "php:{version|8.3}-cli",
    "perl": "perl:{version|5}",
    "java": "maven:3-eclipse-temurin-{version|17}",
    "elixir": "elixir:{version|1}",
    "haskell": "haskell:{version|9}",
    "c": "gcc:13",
    "cpp": "gcc:13",
}
_KEYS = {"java": "jdk", "haskell": "ghc", "cpp": "compiler", "c": "compiler", "ruby": "rvm"}
# What Travis calls a version, and what the images are tagged.
_VERSIONS = {
    "node_js": {
        "node": "current",
        "stable": "current",
        "unstable": "current",
        "lts/*": "lts",
        "lts": "lts",
        "lts/argon": "4",
        "lts/boron": "6",
        "lts/carbon": "8",
        "lts/dubnium": "10",
        "lts/erbium": "12",
        "lts/fermium": "14",
        "lts/gallium": "16",
        "lts/hydrogen": "18",
        "lts/iron": "20",
    },
    "php": {"nightly": "8", "master": "8"},
    "ruby": {"ruby-head": "latest", "head": "latest"},
    "rust": {"stable": "1", "beta": "1", "nightly": "1"},
    "go": {"stable": "1", "master": "1", "tip": "1"},
    "python": {"nightly": "3", "3.x": "3", "2.x": "2.7"},
}
# What images do not tell apart: how perl was built, the patch of a ruby, what comes next of a php.
_ENDINGS = re.compile(r"-dev|snapshot|-shrplib|-extras|-thr|-p[0-9]+|_with_system_site_packages")
_BEGINNINGS = re.compile(r"(?:v|ruby-)(?=[0-9])")
# Other implementations of a language, which have images of their own.
_OTHERS = (
    ("python", re.compile(r"pypy(3(?:\.[0-9]+)?).*"), "pypy:{}"),
    ("python", re.compile(r"pypy.*"), "pypy:2.7"),
    ("ruby", re.compile(r"jruby-(9\.[0-9]).*"), "jruby:{}"),
    ("ruby", re.compile(r"jruby.*"), "jruby:9"),
)


def image_for(
    language: str, versions: Mapping[str, Any], table: Mapping[str, str], *, otherwise: str
) -> str:
    """The image of a job.

    Args:
        language: of the job.
        versions: language axis -> version.
        table: what the owner of the box put in the place of ours: language -> image.
        otherwise: for what needs no language, and for those that nobody named.
    """
    template = table.get(language) or TABLE.get(language)
    if template is None:
        return otherwise
    asked = str(versions.get(_KEYS.get(language, language)) or versions.get(language) or "")
    other = "" if language in table else _other(language, asked)
    return other or _filled(template, _tag(language, asked))


def _other(language: str, version: str) -> str:
    for of, pattern, image in _OTHERS:
        if of == language and (found := pattern.fullmatch(version)):
            return image.format(*found.groups())
    return ""


def _tag(language: str, version: str) -> str:
    known = _VERSIONS.get(language, {})
    version = known.get(version, version)
    version = _ENDINGS.sub("", _BEGINNINGS.sub("", version, count=1))
    if language == "rust" and version.startswith("nightly"):
        version = "1"
    if language == "java":
        version = "".join(c for c in version if c.isdigit()) or ""
    if language == "go" and version.endswith(".x"):
        version = version.removesuffix(".x")
    return "".join(c for c in version if c.isalnum() or c in "._-")[:40]


def _filled(template: str, version: str) -> str:
    before, brace, rest = template.partition("{version")
    if not brace:
        return template
    default, _, after = rest.partition("}")
    return before + (version or default.removeprefix("|") or "latest") + after


def read_table(text: str) -> dict[str, str]:
    """`python=my/python:{version}, node_js=node:20`: the setting, as a table.

    Raises:
        RequestError: a part of it names no image.
    """
    found = {}
    for part in filter(None, (one.strip() for one in text.split(","))):
        language, equals, image = part.partition("=")
        if not (equals and language and image):
            raise RequestError(f"{part[:60]!r} is no image of a language", hint="LANGUAGE=IMAGE")
        found[language.strip()] = image.strip()
    return found

"""The images that a Dockerfile starts from. Pure.

Source: Dockerfile reference, "Parser directives", FROM, ARG, COPY --from, RUN --mount.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping

_DIRECTIVE = re.compile(r"#\s*escape\s*=\s*(\S)\s*", re.IGNORECASE)
_FROM = re.compile(r"FROM\s+((?:--\S+\s+)*)(\S+)(?:\s+AS\s+(\S+))?\s*", re.IGNORECASE)
_ARG = re.compile(r"ARG\s+(.+)", re.IGNORECASE)
_LONGEST = 300  # characters of a name, as it is written: a longer one names no image
_VARIABLE = re.compile(r"\$(?:(\w+)|\{(\w+)(?::([-+])([^}]*))?\})")


def bases(text: str, args: Mapping[str, str | None], target: str = "") -> tuple[str, ...]:
    """The names of images that a build takes something from, each once, in their order.

    Args:
        text: the Dockerfile.
        args: build arguments, which go before the defaults of `ARG`.
        target: the last stage that is built; "" is the last of the file.
    """
    known: dict[str, str] = {}
    stages, found = set[str](), list[str]()
    number = 0
    for line in instructions(text):
        if (said := _ARG.fullmatch(line)) and not number:
            known |= dict(_defaults(said[1], args))
        elif stage := _FROM.fullmatch(line):
            if target and target.lower() in (*stages, str(number - 1)):
                break
            name = _filled(stage[2][:_LONGEST], {**_builtin(args), **known})
            # `FROM nginx AS nginx` starts from an image; the same line again from that stage.
            found += [name] if name.lower() not in stages else []
            stages.add((stage[3] or str(number)).lower())
            number += 1
        elif number:
            names = (name[:_LONGEST] for name in _taken_from(line))
            found += (n for n in names if n.lower() not in stages and not n.isdigit())
    return tuple(dict.fromkeys(name for name in found if name and name != "scratch"))


def instructions(text: str) -> Iterator[str]:
    """Each instruction as one line: without comments, continuations put together."""
    first = text.lstrip("\ufeff").splitlines()[:1]
    directive = _DIRECTIVE.fullmatch(first[0]) if first else None
    escape, whole = directive[1] if directive else "\\", ""
    for line in text.splitlines():
        if line.lstrip().startswith("#"):
            continue
        if line.rstrip().endswith(escape):
            whole += line.rstrip()[:-1] + " "
            continue
        yield (whole + line).strip()
        whole = ""
    if whole:
        yield whole.strip()


def flags(line: str) -> tuple[str, list[str], list[str]]:
    """An instruction: its name in capitals, its flags, and the words behind them."""
    name, *words = line.split() or [""]
    end = next((i for i, word in enumerate(words) if not word.startswith("--")), len(words))
    return name.upper(), words[:end], words[end:]


def mounts(said: Iterable[str]) -> Iterator[dict[str, str]]:
    """What each `--mount` of an instruction says."""
    for flag in said:
        if flag.startswith("--mount="):
            parts = flag.removeprefix("--mount=").split(",")
            yield {key.lower(): value for key, _, value in (part.partition("=") for part in parts)}


def _taken_from(line: str) -> Iterator[str]:
    name, said, _ = flags(line)
    if name in ("COPY", "ADD"):
        yield from (flag.removeprefix("--from=") for flag in said if flag.startswith("--from="))
    elif name == "RUN":
        yield from (mount.get("from", "") for mount in mounts(said))


def _defaults(text: str, args: Mapping[str, str | None]) -> Iterator[tuple[str, str]]:
    for part in text.split():
        name, _, value = part.partition("=")
        given = args.get(name)
        yield name, (value.strip("\"'") if given is None else given)[:_LONGEST]


def _builtin(args: Mapping[str, str | None]) -> dict[str, str]:
    """What BuildKit knows without an ARG in the file: the platform's names."""
    return {key: value for key, value in args.items() if key.startswith("TARGET") and value}


def _filled(text: str, known: Mapping[str, str]) -> str:
    def value(found: re.Match[str]) -> str:
        there = known.get(found[1] or found[2], "")
        if found[3] == "-":
            return there or found[4]
        if found[3] == "+":
            return found[4] if there else ""
        return there

    return _VARIABLE.sub(value, text)

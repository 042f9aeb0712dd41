"""What is to be generated, when, and who is told: docker-gen's options as values. Pure."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from homeport.errors import RequestError

HUP = 1
RESTART = -1  # in a signal's place: stop the container and start it
_DURATION = re.compile(r"(\d+(?:\.\d*)?|\.\d+)(ns|us|µs|ms|s|m|h)")
_UNITS = {"ns": 1e-9, "us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0, "m": 60.0, "h": 3600.0}


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Seconds of quiet after a change before anything is generated, and the longest until it is."""

    least: float
    most: float

    def due(self, first: float, last: float) -> float:
        """When to generate, after changes of which these are the first and the last one."""
        return min(last + self.least, first + self.most)


# Without -wait. A rollout makes several changes within milliseconds; more than one reload for them
# would be seen by nobody.
TOGETHER = Wait(least=0.02, most=0.5)


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateConfig:
    """One file that is generated: a `[[config]]` of docker-gen's, or its command line."""

    template: str  # several: `main.tmpl;other.tmpl`
    dest: str = ""  # "": standard output
    watch: bool = False
    wait: Wait = TOGETHER
    check: str = ""  # a command that says whether the file can be used
    notify_command: str = ""
    notify_output: bool = False  # whether what the command prints is told
    notify: Mapping[str, int] = field(default_factory=dict)  # container -> signal
    notify_filter: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    notify_signal: int = HUP  # to those that the filter finds
    containers: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # the Engine's filters
    only_exposed: bool = False
    only_published: bool = False
    include_stopped: bool = False
    interval: float = 0.0  # seconds; 0: only when something changes
    keep_blank_lines: bool = False

    @property
    def stays(self) -> bool:
        """Whether it is generated again, until somebody ends it."""
        return self.watch or self.interval > 0


def parse_wait(text: str) -> Wait:
    """`500ms:2s`, or `500ms`, which waits at most four times as long.

    Raises:
        RequestError: it is neither.
    """
    if not text.strip():
        return TOGETHER
    least, colon, most = text.partition(":")
    first = parse_duration(least)
    last = parse_duration(most) if colon else 4 * first
    if last < first:
        raise RequestError(
            f"wait {text!r} ends before it begins", hint="the shorter one stands first: 500ms:2s"
        )
    return Wait(least=first, most=last)


def parse_duration(text: str) -> float:
    """Seconds, from Go's notation: `500ms`, `1m30s`, `0`.

    Raises:
        RequestError: it is none.
    """
    text = text.strip()
    if text == "0":
        return 0.0
    found = _DURATION.findall(text)
    if not found or "".join(number + unit for number, unit in found) != text:
        raise RequestError(f"{text!r} is no duration", hint="for example 500ms, 2s or 1m30s")
    return float(sum(float(number) * _UNITS[unit] for number, unit in found))


def parse_filters(pairs: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """`label=app=web`, ... -> the Engine's filters; those of one name are alternatives there.

    Raises:
        RequestError: one is no NAME=VALUE.
    """
    found: dict[str, tuple[str, ...]] = {}
    for pair in pairs:
        name, equals, value = pair.partition("=")
        if not equals or not name:
            raise RequestError(
                f"filter {pair!r} is no NAME=VALUE", hint="for example label=com.example.web"
            )
        found[name] = (*found.get(name, ()), value)
    return found


def plain_booleans(
    arguments: Sequence[str], flags: Collection[str], options: Collection[str]
) -> list[str]:
    """Go's `-watch=true` as `-watch`, and `-watch=false` left out.

    Up to the first argument that is no option: those after it are not touched.

    Args:
        arguments: as they were given.
        flags: the names of the options without a value, dashes included.
        options: the names of all.

    Raises:
        RequestError: the value is no boolean.
    """
    plain: list[str] = []
    at = 0
    while at < len(arguments) and arguments[at].startswith("-") and arguments[at] != "--":
        name, equals, value = arguments[at].partition("=")
        if equals and name in flags:
            plain += [name] if parse_bool(value) else []
        else:
            takes_value = name in options and name not in flags and not equals
            plain += arguments[at : at + 1 + takes_value]
            at += takes_value
        at += 1
    return [*plain, *arguments[at:]]


def parse_bool(text: str) -> bool:
    """Go's strconv.ParseBool.

    Raises:
        RequestError: it is neither true nor false.
    """
    if text in ("1", "t", "T", "TRUE", "true", "True"):
        return True
    if text in ("0", "f", "F", "FALSE", "false", "False"):
        return False
    raise RequestError(f"{text!r} is neither true nor false")

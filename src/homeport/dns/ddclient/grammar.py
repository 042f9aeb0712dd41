"""ddclient.conf, and ddclient's cache, which has the same grammar. Pure.

A line, after joining: `[opt=val[, ]...] [host[,host...] [login [password]]]`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from homeport.dns.ddclient.keywords import Keyword, Kind, checked
from homeport.dns.ddclient.model import Note
from homeport.dns.ddclient.uses import is_known_use

_ASSIGNMENT = re.compile(r"[,\s]*([a-z][0-9a-z_-]*)=(.*)", re.ASCII | re.IGNORECASE | re.DOTALL)
# Passwords are taken out before anything else is looked at: they may hold what ends a value.
_PASSWORD = re.compile(
    r"([^#]*\s)?([^#]*?password\S*?)\s*=\s*('.*'|[^']\S*)(.*)", re.ASCII | re.DOTALL
)
GLUED = "no blank stands before 'password=': its value is read as 'dummy', as ddclient does"
_DEPRECATED = ("fw-banlocal", "if-skip")


@dataclass(slots=True)
class Entry:
    """What holds for a host: each value, and the line that said it."""

    line: int
    values: dict[str, str] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)

    def put(self, key: str, value: str, line: int) -> None:
        """Say a value."""
        self.values[key], self.lines[key] = value, line

    def beneath(self, other: Entry) -> None:
        """Take from another what is not said here."""
        for key, value in other.values.items():
            if key not in self.values:
                self.put(key, value, other.lines[key])


@dataclass(slots=True)
class File:
    """A file, read."""

    globals: Entry = field(default_factory=lambda: Entry(line=0))
    hosts: dict[str, Entry] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


@dataclass(slots=True)
class _Line:
    """A line that was joined from others, its passwords apart."""

    number: int
    text: str
    passwords: Mapping[str, str]


def read(
    text: str,
    known: Mapping[str, Keyword],
    *,
    protocols: Iterable[str] = (),
    environment: Mapping[str, str] | None = None,
    first_wins: bool = False,
) -> File:
    """What a file says. Its faults are notes: what cannot be is left out, as ddclient does.

    `environment` resolves `password_env=NAME` and the like, which ddclient has since 3.11;
    `first_wins`: of a host that stands there twice (4.0), otherwise the last (3.10).
    """
    file = File()
    rules = _Rules(known, frozenset(protocols), environment, first_wins)
    for line in _lines(text, file.notes):
        _take(line, file, rules)
    return file


@dataclass(frozen=True, slots=True)
class _Rules:
    known: Mapping[str, Keyword]
    protocols: frozenset[str]
    environment: Mapping[str, str] | None
    first_wins: bool


def _lines(text: str, notes: list[Note]) -> Iterator[_Line]:
    begun, passwords = "", {}
    for number, raw in enumerate(_split(text), 1):
        line = raw.replace("\r", "")
        if re.search(r"\\[ \t\f\v]+$", line):
            notes.append(Note(number, "a blank follows the \\ at the end of the line: no joining"))
        found = _PASSWORD.match(line)
        if found:
            head, key, value, tail = found.groups(default="")
            quoted = re.fullmatch("'(.*)'", value, re.DOTALL)
            passwords[key] = quoted[1] if quoted else value
            if not re.fullmatch(r"[\w-]+", key, re.ASCII):
                notes.append(Note(number, GLUED))
            line = f"{head}{key}=dummy{tail}"
        line = begun + line.partition("#")[0]
        begun = ""
        if line.endswith("\\"):
            begun = line[:-1]
            continue
        line = " ".join(re.findall(r"\S+", line, re.ASCII))
        if line:
            yield _Line(number, line, passwords)
            passwords = {}
    if begun:
        notes.append(Note(number, "the file ends where a line should go on"))


def _split(text: str) -> list[str]:
    lines = text.split("\n")
    return lines[:-1] if lines and not lines[-1] else lines


def _take(line: _Line, file: File, rules: _Rules) -> None:
    rest, said = assignments(line.text, line.number, file.notes)
    words = re.findall(r"\S+", re.sub(r"\s*,\s*", ",", rest, flags=re.ASCII), re.ASCII)
    entry = Entry(line=line.number)
    for key, value in said.items():
        _say(entry, key, line.passwords.get(key, value), line.number, file.notes, rules)
    if "host" in entry.values:
        words = [",".join([*words[:1], entry.values["host"]]), *words[1:]]
    if words:
        _host(words, entry, file, rules)
    else:
        for key, value in entry.values.items():
            file.globals.put(key, value, line.number)


def _say(entry: Entry, key: str, value: str, line: int, notes: list[Note], rules: _Rules) -> None:
    """One value, where it can be."""
    if rules.environment is not None and key.endswith("_env"):
        key, name = key.removesuffix("_env"), value
        if name not in rules.environment:
            notes.append(Note(line, f"{key}_env={name}: there is no such variable"))
            return
        value = rules.environment[name]
    keyword = rules.known.get(key)
    if keyword is None:
        notes.append(Note(line, f"unknown keyword '{key}', left out"))
        return
    good = checked(value, keyword)
    if good is None or not _exists(good, keyword, rules):
        secret = "password" in key or "apikey" in key
        shown = "" if secret else f" = '{value}'"
        notes.append(Note(line, f"'{key}'{shown} is no {keyword.kind}, left out"))
        return
    entry.put(key, good, line)


def _exists(value: str, keyword: Keyword, rules: _Rules) -> bool:
    if keyword.kind is Kind.PROTOCOL:
        return value in rules.protocols
    return is_known_use(keyword.kind, value)


def _host(words: list[str], entry: Entry, file: File, rules: _Rules) -> None:
    line = entry.line
    entry.beneath(file.globals)
    for key, word in zip(("login", "password"), words[1:3], strict=False):
        entry.put(key, word, line)
    if len(words) > 3:
        more = f"{len(words) - 3} more words after host, login and password are left out"
        file.notes.append(Note(line, more))
    for name in split_by_comma(words[0]):
        if not name:
            file.notes.append(Note(line, "a comma too many: there is no host between them"))
        elif not (rules.first_wins and name in file.hosts):
            own = Entry(line, dict(entry.values), dict(entry.lines))
            own.put("host", name, line)
            file.hosts[name] = own


def split_by_comma(text: str) -> list[str]:
    """`a,b` or `a b`; what is empty at the end does not count."""
    parts = re.split(r"\s*[, ]\s*", text, flags=re.ASCII)
    while parts and not parts[-1]:
        parts.pop()
    return parts


def assignments(text: str, line: int, notes: list[Note]) -> tuple[str, dict[str, str]]:
    """The assignments that a line begins with, and the rest of it."""
    said: dict[str, str] = {}
    while found := _ASSIGNMENT.match(text):
        name = found[1]
        value, text, fault = _value(found[2])
        text = re.sub(r"^[,\s]+", "", text, flags=re.ASCII)
        if fault:
            notes.append(Note(line, f"'{name}' ends with {fault}"))
        if name in _DEPRECATED:
            notes.append(Note(line, f"'{name}' is deprecated and does nothing"))
        else:
            said[name] = value
    return re.sub(r"^[,\s]+", "", text, flags=re.ASCII), said


def _value(text: str) -> tuple[str, str, str]:
    """A value, what follows it, and what is wrong with its end."""
    value, quote, escaped = "", "", False
    for index, c in enumerate(text):
        if escaped:
            value, escaped = value + c, False
        elif c == "\\":
            escaped = True
        elif quote and c == quote:
            quote = ""
        elif not quote and c in "'\"":
            quote = c
        elif not quote and c in ", \t\n\r\f\v":
            return value, text[index:], ""
        else:
            value += c
    fault = "the \\ that quotes what follows" if escaped else ""
    return value, "", fault or (f"a quote ({quote}) that is not closed" if quote else "")

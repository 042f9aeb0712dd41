"""What holds for each host: its line, the command line, the globals, the defaults. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from homeport.dns.ddclient.grammar import Entry, File, split_by_comma
from homeport.dns.ddclient.keywords import Kind, checked, interval
from homeport.dns.ddclient.model import GOOD, Note, Values
from homeport.dns.ddclient.options import Given
from homeport.dns.ddclient.protocols.base import Protocol
from homeport.dns.ddclient.protocols.known import PROTOCOLS, default_of
from homeport.dns.ddclient.uses import is_known_use
from homeport.dns.ddclient.words import GLOBALS, OWN
from homeport.dns.ddclient.words import known as known_keywords
from homeport.errors import RequestError

_HELP = "homeport ddns --help"


@dataclass(frozen=True, slots=True, kw_only=True)
class Configured:
    """A host with all the keywords of its protocol."""

    name: str
    protocol: Protocol
    values: Values = field(repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settled:
    """What a run goes by."""

    hosts: Mapping[str, Configured]
    given: Mapping[str, str] = field(repr=False)  # of the command line, with what follows from it
    globals: Values = field(repr=False)
    compat: str = "3.10"
    notes: tuple[Note, ...] = ()

    def get(self, key: str, host: Configured | None = None) -> str:
        """A value: the host's, the command line's, the globals', the default; else ""."""
        for values in (host.values if host else {}, self.given, self.globals):
            value = values.get(key)
            if value is not None:
                return value
        return default_of(key, self.compat)

    def on(self, key: str, host: Configured | None = None) -> bool:
        """Whether a switch is on."""
        return self.get(key, host) == "1"

    @property
    def daemon(self) -> int:
        """Seconds between two looks; 0 for a single one."""
        seconds = int(interval(self.get("daemon")) or 0)
        return max(seconds, GLOBALS["daemon"].least or 0) if seconds > 0 else 0


def settle(
    file: File, given: Given, cached: Mapping[str, Values], *, compat: str = "3.10"
) -> Settled:
    """Everything put together. RequestError for a command line that contradicts itself."""
    notes: list[Note] = []
    command, hosts = _inferred(given.values), dict(file.hosts)
    more, globals_ = _options(command, notes), dict[str, str | None](file.globals.values)
    _check_own(command)
    named = split_by_comma(command.get("host", "")) + split_by_comma(more.pop("host", ""))
    if "options" in command and named:
        for name in named:
            own = Entry(0, dict(more), dict.fromkeys(more, 0))
            own.beneath(hosts.get(name, Entry(0)))
            hosts[name] = own
        command["host"] = ",".join(named)
    else:
        globals_ = {**globals_, **more}
    globals_.update({k: v for k, v in command.items() if k in GLOBALS})
    _check_globals(globals_, compat, notes)
    chosen = _chosen(hosts, command, globals_, cached)
    default = globals_.get("protocol") or default_of("protocol")
    settled = {
        name: found
        for name in sorted(chosen)
        if (found := _host(name, chosen[name], default, compat, notes))
    }
    return Settled(
        hosts=settled, given=command, globals=globals_, compat=compat, notes=tuple(notes)
    )


def _inferred(given: Mapping[str, str]) -> dict[str, str]:
    """`-web URL` alone means `-use web`, and so on: what comes later counts more."""
    command = dict(given)
    for use, ways in (
        ("use", "web if ip"),
        ("usev4", "webv4 ifv4 ipv4"),
        ("usev6", "webv6 ifv6 ipv6"),
    ):
        for way in ways.split():
            if use not in given and given.get(way):
                command[use] = way
    if command.get("verbose") == "1":
        command["quiet"] = "0"
    return command


def _check_own(command: Mapping[str, str]) -> None:
    for key, keyword in OWN.items():
        if key in command and checked(command[key], keyword) is None:
            raise RequestError(f"--{key} {command[key]}: no {keyword.kind}", hint=_HELP)


def _options(command: Mapping[str, str], notes: list[Note]) -> dict[str, str]:
    """`-options KEY=VALUE,...`."""
    found: dict[str, str] = {}
    for one in split_by_comma(command.get("options", "")):
        parts = re.split(r"\s*=\s*", one)
        if len(parts) < 2:
            notes.append(Note(0, f"-options: '{parts[0]}' has no value"))
        else:
            found[parts[0]] = parts[1]
    return found


def _check_globals(globals_: dict[str, str | None], compat: str, notes: list[Note]) -> None:
    known = known_keywords(compat)
    for key in list(globals_):
        keyword = known.get(key)
        if keyword is None:
            notes.append(Note(0, f"unknown keyword '{key}', left out"))
            del globals_[key]
            continue
        value = checked(globals_[key], keyword)
        wrong = value is not None and not _is_known(key, value, compat)
        if (value is None or wrong) and (keyword.kind in _USES or keyword.kind is Kind.PROTOCOL):
            raise RequestError(f"'{key}={globals_[key]}' is no {keyword.kind}", hint=_HELP)
        if value is None and keyword.required:
            value = keyword.default
        globals_[key] = value


_USES = (Kind.USE, Kind.USEV4, Kind.USEV6)


def _is_known(key: str, value: str, compat: str) -> bool:
    keyword = GLOBALS.get(key)
    if keyword and keyword.kind is Kind.PROTOCOL:
        return value in PROTOCOLS[compat]
    return keyword is None or is_known_use(keyword.kind, value)


def _chosen(
    hosts: Mapping[str, Entry],
    command: Mapping[str, str],
    globals_: Values,
    cached: Mapping[str, Values],
) -> dict[str, Entry]:
    """The hosts of this run: those that are named, or that failed, or all."""
    retry = (command.get("retry") or globals_.get("retry")) == "1"
    if command.get("host") and retry:
        raise RequestError("-retry and -host exclude one another", hint="leave one of them out")
    names = split_by_comma(command.get("host", "")) if command.get("host") else list(hosts)
    if retry:
        names = [name for name in cached if cached[name].get("status") not in GOOD]
    return {name: hosts[name] for name in names if name in hosts}


def _host(
    name: str, entry: Entry, default: str, compat: str, notes: list[Note]
) -> Configured | None:
    """One host with the keywords of its protocol; None where it cannot be updated."""
    protocol = PROTOCOLS[compat].get(entry.values.get("protocol", default))
    if protocol is None:
        notes.append(Note(entry.line, f"{name}: unknown protocol, the host is left out"))
        return None
    values: dict[str, str | None] = {"protocol": protocol.name}
    for key, keyword in protocol.keywords.items():
        said = entry.values.get(key, keyword.default)
        value = checked(said, keyword)
        if value is None and keyword.required:
            shown = "" if "password" in key or "key" in key else f" '{said or ''}'"
            told = f"{name}: {key}{shown} is no {keyword.kind}, the host is left out"
            notes.append(Note(entry.line, told))
            return None
        values[key] = value
    values.update({key: said for key in OWN if (said := entry.values.get(key)) is not None})
    return Configured(name=name, protocol=protocol, values=values)

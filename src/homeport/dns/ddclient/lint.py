"""What a ddclient.conf says, line by line, and what its author cannot have meant. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from homeport.dns.ddclient.grammar import GLUED, Entry, File
from homeport.dns.ddclient.model import Note
from homeport.dns.ddclient.protocols.fields import ENDED
from homeport.dns.ddclient.settle import Settled
from homeport.dns.ddclient.show import is_secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """A value, the line that says it, and the host that it holds for."""

    line: int
    host: str
    key: str
    value: str  # *** where it is a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong in a line, and how it is put right."""

    line: int
    text: str
    fix: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Linted:
    """All of it."""

    bound: Sequence[Bound]
    faults: Sequence[Fault]


_UNQUOTED = re.compile(r"^([^#]*?)(\b[\w-]*password)\s*=\s*([^'\s]\S*)(.*)$")
_LOGIN_APART = re.compile(r"^[^#]*?\b([a-z][a-z0-9_-]*)(\s+=\s*|\s*=\s+)\S", re.IGNORECASE)


def lint(text: str, file: File, settled: Settled) -> Linted:
    """Which line bound which value to which host, and the faults, in the order of lines."""
    faults = [Fault(line=note.line, text=note.text) for note in _notes(file, settled)]
    for number, line in enumerate(text.split("\n"), 1):
        for check in _CHECKS:
            faults += check(number, line.rstrip("\r"), file)
    faults += [*_hosts(file), *_without_secret(file, settled), *_gone(file, settled)]
    faults.sort(key=lambda fault: fault.line)
    bound = [b for name, entry in sorted(file.hosts.items()) for b in _bound(name, entry)]
    return Linted(bound=bound, faults=list(dict.fromkeys(faults)))


def _notes(file: File, settled: Settled) -> list[Note]:
    return [*(note for note in file.notes if note.text != GLUED), *settled.notes]


def _bound(name: str, entry: Entry) -> Iterator[Bound]:
    for key in sorted(entry.values, key=lambda key: (entry.lines[key], key)):
        if key == "host":
            continue
        value = "***" if is_secret(key) else entry.values[key]
        yield Bound(line=entry.lines[key], host=name, key=key, value=value)


def _password(number: int, line: str, file: File) -> Iterator[Fault]:
    """A password without single quotes ends at the first blank."""
    found = _UNQUOTED.match(line)
    if not found:
        return
    key, value, words = found[2], found[3], found[4].partition("#")[0].split()
    if len(words) > 1 and "=" not in found[4] and not value.endswith(","):
        told = f"the {key} ends at the first blank, and what follows is the host {words[0]}"
        told += f" with the login {words[1]}" + (" and another password" if words[2:] else "")
        fix = f"{key}='...' in single quotes; the hosts on a line of their own"
        yield Fault(line=number, text=told, fix=fix)
    if value.endswith(","):
        told = f"the comma behind the {key} belongs to it"
        fix = f"{key}='...' in single quotes, and the comma behind them"
        yield Fault(line=number, text=told, fix=fix)
    if value.startswith('"'):
        told = f"double quotes do not quote a {key}: they belong to it"
        yield Fault(line=number, text=told, fix=f"{key}='...' in single quotes")


def _blanks(number: int, line: str, file: File) -> Iterator[Fault]:
    """`login = x`: no assignment at all."""
    found = _LOGIN_APART.match(line)
    if found and "password" not in found[1]:
        told = f"blanks around the = of '{found[1]}': it is read as the name of a host"
        yield Fault(line=number, text=told, fix=f"{found[1]}=VALUE without blanks")


def _glued(number: int, line: str, file: File) -> Iterator[Fault]:
    """`login=me,password=x`: ddclient sends the word `dummy`."""
    if any(note.line == number and note.text == GLUED for note in file.notes):
        fix = "a blank behind the comma: login=NAME, password='...'"
        yield Fault(line=number, text=GLUED, fix=fix)


_CHECKS: tuple[Callable[[int, str, File], Iterator[Fault]], ...] = (_password, _blanks, _glued)


def _hosts(file: File) -> Iterator[Fault]:
    """Hosts that stand before what should hold for them, and those that look like none."""
    for name, entry in file.hosts.items():
        later = sorted(
            key
            for key, line in file.globals.lines.items()
            if line > entry.line and key not in entry.values and key in _FOR_HOSTS
        )
        if later:
            told = f"{name} stands before {', '.join(later)}: they do not hold for it"
            fix = "lines without a host come first"
            yield Fault(line=entry.line, text=told, fix=fix)
        if re.search(r"[&+ %#]", entry.values.get("password", "")):
            told = f"the password of {name} goes into the address of a request as it stands"
            if entry.values.get("protocol") in _IN_QUERY:
                yield Fault(line=entry.lines["password"], text=told, fix="write & as %26, + as %2B")
        # The domain of Namecheap's hosts is the login.
        needs_dot = entry.values.get("protocol") not in _NAMED_OTHERWISE
        if needs_dot and "." not in name:
            yield Fault(line=entry.line, text=f"'{name}' is no full name of a host")


def _without_secret(file: File, settled: Settled) -> Iterator[Fault]:
    for name, host in settled.hosts.items():
        for key in ("login", "password"):
            if host.values.get(key) == "":
                line = file.hosts[name].line if name in file.hosts else 0
                yield Fault(line=line, text=f"{name} has no {key}: it is never updated")


def _gone(file: File, settled: Settled) -> Iterator[Fault]:
    """Services that answer nobody any more."""
    for name, host in settled.hosts.items():
        entry = file.hosts.get(name, Entry(0))
        if host.protocol.note == ENDED:
            told = f"{name}: the service of protocol {host.protocol.name} has ended"
            yield Fault(line=entry.lines.get("protocol", entry.line), text=told)
        for use, page, other in _PAGES:
            if (settled.get(use, host), settled.get(page, host)) == (page, "googledomains"):
                told = f"{name}: {page}=googledomains, which is what nothing means, has ended"
                line = entry.lines.get(page) or entry.lines.get(use, entry.line)
                yield Fault(line=line, text=told, fix=f"{page}={other}")


_PAGES = (
    ("use", "web", "ipify-ipv4"),
    ("usev4", "webv4", "ipify-ipv4"),
    ("usev6", "webv6", "ipify-ipv6"),
)
_FOR_HOSTS = {"protocol", "server", "login", "password", "use", "web", "zone", "script", "if"}
_IN_QUERY = {"namecheap", "duckdns", "freemyip", "dondominio", "dnsmadeeasy", "sitelutions"}
_NAMED_OTHERWISE = {
    *("namecheap", "dslreports1", "dnsmadeeasy", "sitelutions", "duckdns", "zoneedit1", "dyndns1"),
}


def lines(said: Linted, path: str) -> list[str]:
    """For people: first what holds, then what is wrong."""
    out: list[str] = []
    host = ""
    for bound in said.bound:
        if bound.host != host:
            host = bound.host
            out.append(host)
        out.append(f"  line {bound.line}: {bound.key} = {bound.value}")
    for fault in said.faults:
        place = f"{path}:{fault.line}" if fault.line else path
        out.append(f"{place}: {fault.text}")
        if fault.fix:
            out.append(f"  fix: {fault.fix}")
    return out

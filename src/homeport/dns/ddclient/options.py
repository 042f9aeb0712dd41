"""ddclient's command line: one dash or two, `-daemon=300` or `-daemon 300`, `-nossl`. Pure."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from homeport.errors import RequestError

_SUGGEST = "homeport ddns --help"


class Takes(StrEnum):
    """What follows a flag."""

    TEXT = "=s"
    NUMBER = "=i"
    SWITCH = "!"  # -ssl, -nossl, -no-ssl
    NOTHING = ""


FLAGS: Mapping[str, tuple[Takes, str]] = {
    "file": (Takes.TEXT, "Read the configuration from this file. [default: /etc/ddclient.conf]"),
    "cache": (
        Takes.TEXT,
        "Remember in this file. [default: /var/cache/ddclient/ddclient.cache]",
    ),
    "daemon": (Takes.TEXT, "Look every so often: 300, 5m; at least 60 s. Stays in the foreground."),
    "foreground": (Takes.SWITCH, "Stay in the foreground; -noforeground goes to the background."),
    "pid": (Takes.TEXT, "Write the process id to this file, with -daemon."),
    "force": (Takes.SWITCH, "Update, whatever the cache says."),
    "retry": (Takes.SWITCH, "Only the hosts whose last update failed."),
    "host": (Takes.TEXT, "Only these hosts, with commas."),
    "options": (Takes.TEXT, "More keywords: KEY=VALUE, with commas."),
    "protocol": (Takes.TEXT, "For hosts whose file names none. [default: dyndns2]"),
    "server": (Takes.TEXT, "As in ddclient: for hosts of -options only."),
    "login": (Takes.TEXT, "As in ddclient: for hosts of -options only."),
    "password": (Takes.TEXT, "As in ddclient: for hosts of -options only."),
    "use": (Takes.TEXT, "Where the address comes from: ip, web, if, cmd, fw, no."),
    "usev4": (Takes.TEXT, "The IPv4 one: ipv4, webv4, ifv4, cmdv4, fwv4, disabled."),
    "usev6": (Takes.TEXT, "The IPv6 one: ipv6, webv6, ifv6, cmdv6, disabled."),
    **{key: (Takes.TEXT, f"For use={key}: this address.") for key in ("ip", "ipv4", "ipv6")},
    **{key: (Takes.TEXT, f"For use={key}: this interface.") for key in ("if", "ifv4", "ifv6")},
    **{
        key: (Takes.TEXT, f"For use={key}: this page, or the name of a known one.")
        for key in ("web", "webv4", "webv6")
    },
    **{key: (Takes.TEXT, f"For use={key}: this router.") for key in ("fw", "fwv4", "fwv6")},
    **{key: (Takes.TEXT, f"For use={key}: this command.") for key in ("cmd", "cmdv4", "cmdv6")},
    **{
        f"{key}-skip": (Takes.TEXT, f"For {key}: the address stands behind this pattern.")
        for key in ("web", "webv4", "webv6", "fw", "fwv4", "fwv6", "cmd")
    },
    "fw-login": (Takes.TEXT, "The router's login."),
    "fw-password": (Takes.TEXT, "The router's password."),
    "ssl": (Takes.SWITCH, "HTTPS where an address does not say which."),
    "ssl_ca_dir": (Takes.TEXT, "Authorities to trust: a folder."),
    "ssl_ca_file": (Takes.TEXT, "Authorities to trust: a file."),
    "web-ssl-validate": (Takes.SWITCH, "Check the certificate of the page that tells the address."),
    "fw-ssl-validate": (Takes.SWITCH, "Check the router's certificate."),
    "proxy": (Takes.TEXT, "Ask through this HTTP proxy."),
    "timeout": (Takes.NUMBER, "Seconds for one request. [default: 120]"),
    "curl": (Takes.SWITCH, "Taken, and means nothing here."),
    "exec": (Takes.SWITCH, "-noexec asks nobody to change anything: the same as --dry-run."),
    "debug": (Takes.SWITCH, "Tell each step; no password is ever told."),
    "verbose": (Takes.SWITCH, "Tell more: hosts that are left alone, and why."),
    "quiet": (Takes.SWITCH, "Do not tell of hosts that are left alone."),
    "query": (Takes.SWITCH, "Print the addresses that each way finds, and end."),
    "syslog": (Takes.SWITCH, "Tell syslog, too."),
    "facility": (Takes.TEXT, "syslog's facility. [default: daemon]"),
    "priority": (Takes.TEXT, "syslog's priority. [default: notice]"),
    "mail": (Takes.TEXT, "Mail what is told to this address, with sendmail."),
    "mail-failure": (Takes.TEXT, "Mail failures to this address."),
    "max-warn": (Takes.NUMBER, "Taken, and means nothing here: a daemon tells a warning once."),
    "postscript": (Takes.NOTHING, "Taken, as in ddclient: the file says which."),
    "list-protocols": (Takes.NOTHING, "Print the protocols."),
    "list-web-services": (Takes.NOTHING, "Print the pages that tell addresses."),
    "list-devices": (Takes.NOTHING, "Print the routers that ddclient knows by name."),
    "help": (Takes.NOTHING, "Print this."),
    "test": (Takes.SWITCH, "Taken, and means nothing here."),
    "geturl": (Takes.TEXT, "Taken by ddclient for its own tests; refused here."),
    "fw-banlocal": (Takes.SWITCH, "Deprecated in ddclient, too."),
    "if-skip": (Takes.TEXT, "Deprecated in ddclient, too."),
}

# What ddclient has not.
OURS: Mapping[str, tuple[Takes, str]] = {
    "compat": (Takes.TEXT, "Ask as this version of ddclient does: 3.10, 4.0. [default: 3.10]"),
    "lint": (Takes.NOTHING, "Say which line gives which value to which host, and what is wrong."),
    "dry-run": (Takes.NOTHING, "Print the requests, secrets left out; change and write nothing."),
    "explain": (Takes.TEXT, "Say why a host is updated or is not, and when next."),
    "ipv6-suffix": (Takes.TEXT, "Behind the prefix of the IPv6 address that is found: ::5."),
    "router": (Takes.TEXT, "For use=router: auto, pcp (NAT-PMP, too) or upnp. [default: auto]"),
    "json": (Takes.NOTHING, "Print --lint, --explain, --dry-run or --list-protocols as JSON."),
}


@dataclass(frozen=True, slots=True)
class Given:
    """What the command line says. `values` may hold passwords: they are never printed."""

    values: Mapping[str, str] = field(repr=False)

    def get(self, key: str) -> str:
        """A value; "" where it was not given."""
        return self.values.get(key, "")

    def on(self, key: str) -> bool:
        """Whether a switch was given, and not with `no`."""
        return self.values.get(key) == "1"


def parse(words: Sequence[str]) -> Given:
    """Words of a command line, as Perl's Getopt::Long takes them; RequestError for others."""
    known, values, left = {**FLAGS, **OURS}, dict[str, str](), list(words)
    while left:
        word = left.pop(0)
        if word == "--":
            break
        if word == "explain" and left:
            values["explain"] = left.pop(0)
        elif re.match(r"--?[a-zA-Z]", word):
            _flag(word, left, known, values)
        else:
            raise RequestError(f"'{word}' is no flag of ddclient's", hint=_SUGGEST)
    if left:
        raise RequestError(f"'{left[0]}' is no flag of ddclient's", hint=_SUGGEST)
    return Given(values)


def _flag(
    word: str,
    left: list[str],
    known: Mapping[str, tuple[Takes, str]],
    values: dict[str, str],
) -> None:
    given, equals, value = word.lstrip("-").partition("=")
    name, negated = _name(given.lower(), known)
    takes = known[name][0]
    if takes in (Takes.SWITCH, Takes.NOTHING):
        if equals:
            raise RequestError(f"-{name} takes no value", hint=_SUGGEST)
        values[name] = "0" if negated else "1"
        return
    if not equals:
        if not left:
            raise RequestError(f"-{name} needs a value", hint=_SUGGEST)
        value = left.pop(0)
    if takes is Takes.NUMBER and not re.fullmatch(r"[+-]?\d+", value, re.ASCII):
        raise RequestError(f"-{name} needs a number", hint=_SUGGEST)
    values[name] = value


def _name(given: str, known: Mapping[str, tuple[Takes, str]]) -> tuple[str, bool]:
    """The flag that is meant, whole or by its beginning, and whether it is negated."""
    meant: dict[str, tuple[str, bool]] = {}
    for name, (takes, _) in known.items():
        meant[name] = (name, False)
        if takes is Takes.SWITCH:
            meant.setdefault(f"no{name}", (name, True))
            meant.setdefault(f"no-{name}", (name, True))
    if given in meant:
        return meant[given]
    begun = {meant[spelled] for spelled in meant if spelled.startswith(given)}
    # What was short enough for ddclient stays so: our own flags count after its.
    found = {one for one in begun if one[0] in FLAGS} or begun
    if len(found) == 1:
        return found.pop()
    if not found:
        raise RequestError(f"-{given} is no flag of ddclient's", hint=_SUGGEST)
    names = ", ".join(sorted(f"-{'no' if negated else ''}{name}" for name, negated in found))
    raise RequestError(f"-{given} can be {names}", hint="write it in full")

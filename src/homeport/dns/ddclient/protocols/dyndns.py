"""The family that came from DynDNS: dyndns1, dyndns2, noip, woima, ovh, and others. Pure.

Source: the answers and requests of ddclient 3.10.0, and DynDNS's published "Return Codes".
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from homeport.dns.ddclient.model import Answer, Host, Outcome, Request, Talk
from homeport.dns.ddclient.protocols.base import (
    failed,
    for_families,
    good,
    last_line,
    query,
    unheard,
    url,
    with_login,
)

# What the words mean. After those of the first group nobody asks again until the file changes.
REFUSALS = {
    "badauth": "the login or the password is wrong",
    "nohost": "there is no such host in this account",
    "!yours": "the host is somebody else's",
    "abuse": "the host is blocked for abuse: it was updated too often",
    "!donator": "this needs an account that is paid for",
    "!active": "the domain of the host is not active yet",
    "badagent": "the provider does not take this program",
    "notfqdn": "the host is no full name",
    "badsys": "the provider does not know this system",
    "numhost": "too many or too few hosts in one request",
}
TROUBLES = {
    "dnserr": "the provider has trouble with its DNS",
    "911": "the provider has trouble: later",
}
_WAIT = re.compile(r"w(\d+)(.)")
_UNITS = {"s": 1, "m": 60, "h": 3600}


def _system(host: Host) -> str:
    return "custom" if host.on("custom") else "statdns" if host.on("static") else "dyndns"


def _mail(host: Host) -> list[tuple[str, str]]:
    pairs = [("wildcard", "ON")] if host.on("wildcard") else []
    return pairs + _exchange(host)


def _exchange(host: Host) -> list[tuple[str, str]]:
    if not host.get("mx"):
        return []
    return [("mx", host.get("mx")), ("backmx", "YES" if host.on("backupmx") else "NO")]


def dyndns2(hosts: Sequence[Host], now: int) -> Talk:
    """All hosts in one request; a line of the answer for each."""
    names, first = ",".join(host.name for host in hosts), hosts[0]
    pairs = [("system", _system(first)), ("hostname", names), ("myip", first.ip)]
    address = url(first, first.get("script"), query(*pairs, *_mail(first)), scheme="")
    answer = yield with_login(first, address)
    return _lines(hosts, answer, now)


def dyndns2_of_4(hosts: Sequence[Host], now: int) -> Talk:
    """As ddclient 4 asks: no `system`, and both families in `myip`."""
    names, first = ",".join(host.name for host in hosts), hosts[0]
    both = ",".join(a for a in (first.wanted.v4, first.wanted.v6) if a) or first.ip
    pairs = [("hostname", names), ("myip", both)]
    address = url(first, first.get("script"), query(*pairs, *_mail(first)), scheme="")
    answer = yield with_login(first, address)
    outcomes = _lines_of_4(hosts, answer, now)
    each_host = zip(hosts, outcomes, strict=True)
    return [each for host, one in each_host for each in for_families(host, one)]


def noip(hosts: Sequence[Host], now: int) -> Talk:
    """As dyndns2, with a system of its own."""
    names, first = ",".join(host.name for host in hosts), hosts[0]
    pairs = query(("system", "noip"), ("hostname", names), ("myip", first.ip))
    answer = yield with_login(first, url(first, "/nic/update", pairs))
    return _lines(hosts, answer, now)


def woima(hosts: Sequence[Host], now: int) -> Talk:
    """As dyndns2, each host alone."""
    outcomes: list[Outcome] = []
    for host in hosts:
        outcomes += yield from dyndns2([host], now)
    return outcomes


def _lines(hosts: Sequence[Host], answer: Answer, now: int) -> list[Outcome]:
    if not answer.ok:
        return [unheard(host, answer) for host in hosts]
    lines = answer.text.rstrip("\n").split("\n") if answer.text.strip("\n") else []
    # A line for all of them is common: ddclient gives it to the first, and forgets the others.
    if len(lines) == 1 and lines[0].lower().split(" ")[0] in REFUSALS:
        lines *= len(hosts)
    outcomes = [_line(host, line, now) for host, line in zip(hosts, lines, strict=False)]
    left = hosts[len(outcomes) :]
    silent = "the provider says nothing of this host"
    return outcomes + [failed(host, silent, status="noconnect") for host in left]


def _lines_of_4(hosts: Sequence[Host], answer: Answer, now: int) -> list[Outcome]:
    """One line is the answer to all hosts, whatever it says; a host without one has failed."""
    lines = answer.text.rstrip("\n").split("\n") if answer.text.strip("\n") else []
    if not answer.ok or not lines:
        return _lines(hosts, answer, now)
    lines = lines * len(hosts) if len(lines) == 1 else lines
    outcomes = [_line(host, line, now) for host, line in zip(hosts, lines, strict=False)]
    silent = "the provider says nothing of this host"
    return outcomes + [failed(host, silent, status="unknown") for host in hosts[len(outcomes) :]]


def _line(host: Host, line: str, now: int) -> Outcome:
    word = line.lower().split(" ")[0]
    wait = _WAIT.search(word)
    if word == "good":
        return good(host)
    if word == "nochg":
        return good(host, "nochg: it had this address already; too many of these count as abuse")
    if word in REFUSALS:
        return failed(host, f"{word}: {REFUSALS[word]}", status=word, refused=True)
    if word in TROUBLES:
        told = f"{word}: {TROUBLES[word]}"
        return Outcome(host=host.name, status=word, told=told, busy=True)
    if wait:
        seconds = int(wait[1]) * _UNITS.get(wait[2], 1)
        told = f"{word}: the provider asks to wait {seconds} s"
        return Outcome(host=host.name, status=word, told=told, until=now + seconds)
    return failed(host, f"unexpected answer '{line[:60]}'", status=word)


def _editor(host: Host) -> str:
    return "/nic/" + ("statdns" if host.on("static") else "dyndns")


def _edit(host: Host) -> list[tuple[str, str]]:
    return [
        *(("action", "edit"), ("started", "1"), ("hostname", "YES"), ("host_id", host.name)),
        ("myip", host.ip),
    ]


def dyndns1_request(host: Host) -> Request:
    """The form of the site of 1998."""
    return with_login(host, url(host, _editor(host), query(*_edit(host), *_mail(host))))


def dyndns1_answer(host: Host, text: str) -> Outcome:
    """Both codes have to be NOERROR, and there is a title."""
    title = re.search(r"<TITLE>\s*(.*)\s*</TITLE>", text, re.IGNORECASE)
    codes = [_code(name, text) for name in ("return", "error")]
    if codes == ["NOERROR", "NOERROR"] and title:
        return good(host)
    return failed(host, title[1] if title else "an answer that is not whole")


def _code(name: str, text: str) -> str:
    found = re.findall(rf"^{name}\s+code\s*:\s*(.*)\s*$", text, re.IGNORECASE | re.MULTILINE)
    return str(found[-1]) if found else ""


def dslreports1_request(host: Host) -> Request:
    """As dyndns1, without mail."""
    return with_login(host, url(host, _editor(host), query(*_edit(host))))


def dslreports1_answer(host: Host, text: str) -> Outcome:
    """One code is enough."""
    return good(host) if "NOERROR" in _code("return", text) else failed(host, "no NOERROR")


def ovh_request(host: Host) -> Request:
    """dyndns2 of OVH, each host alone."""
    pairs = query(("system", "dyndns"), ("hostname", host.name), ("myip", host.ip))
    return with_login(host, url(host, host.get("script"), pairs))


def ovh_answer(host: Host, text: str) -> Outcome:
    """The last line."""
    line = last_line(text)
    if "good" in line or "nochg" in line:
        return good(host)
    word = next((w for w in REFUSALS if w in line.lower()), "")
    told = f"{word}: {REFUSALS[word]}" if word else f"unexpected answer '{line[:60]}'"
    return failed(host, told, refused=bool(word))


def googledomains_request(host: Host) -> Request:
    """dyndns2 of Google Domains."""
    pairs = query(("hostname", host.name), ("myip", host.ip))
    return with_login(host, url(host, "/nic/update", pairs))


def googledomains_answer(host: Host, text: str) -> Outcome:
    """Ddclient believes any answer; a refusal is one here."""
    word = text.strip().lower().split(" ")[0]
    if word in REFUSALS:
        return failed(host, f"{word}: {REFUSALS[word]}", refused=True)
    return good(host)


def easydns_request(host: Host) -> Request:
    """EasyDNS says OFF where it means no."""
    pairs = [("hostname", host.name), ("myip", host.ip)]
    pairs += [("wildcard", "ON" if host.on("wildcard") else "OFF")]
    return with_login(host, url(host, host.get("script"), query(*pairs, *_exchange(host))))


_EASYDNS = {
    "NOACCESS": "the login or the password is wrong, or the host or its domain",
    "NOSERVICE": "dynamic DNS is not turned on for this domain",
    "ILLEGAL": "the provider does not take what was sent",
}


def easydns(hosts: Sequence[Host], now: int) -> Talk:
    """Each host alone; the first word of the answer."""
    outcomes = []
    for host in hosts:
        answer = yield easydns_request(host)
        outcomes.append(_easydns(host, answer, now) if answer.ok else unheard(host, answer))
    return outcomes


def _easydns(host: Host, answer: Answer, now: int) -> Outcome:
    if not answer.text.strip("\n"):
        return failed(host, "the provider says nothing", status="noconnect")
    found = re.match(r"(\S*)\b", answer.text.split("\n")[0])
    word = found[1] if found else ""
    if word == "NOERROR":
        told = f"NOERROR: IP address set to {host.ip}"
        return Outcome(host=host.name, status=word, told=told, address=host.ip)
    if "TOOSOON" in word:
        told = "TOOSOON: the provider asks to wait 5 minutes"
        return Outcome(host=host.name, status=word, told=told, until=now + 300)
    told = f"{word}: {_EASYDNS[word]}" if word in _EASYDNS else f"unexpected '{word[:60]}'"
    return failed(host, told, status=word, refused=word in _EASYDNS)

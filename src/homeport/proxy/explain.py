"""Why a host answers what it answers: findings, from DNS name to container. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from enum import StrEnum

import msgspec

from homeport.model.wish import is_regex
from homeport.proxy.reasons import listed, reasons
from homeport.proxy.seen import Candidate, Names, Observation, Sent, Served


class Verdict(StrEnum):
    """How a finding is: WARN may be right, FAIL is not."""

    OK = "ok"
    WARN = "warn"
    FAIL = "fail"


class Finding(msgspec.Struct, frozen=True, kw_only=True):
    """One thing that was looked at, and what to do where it is not as it should be."""

    check: str  # name, port, nginx, route, container, answer, certificate, https
    verdict: Verdict
    text: str
    hint: str = ""


class Explanation(msgspec.Struct, frozen=True, kw_only=True):
    """What a host answers, in a sentence, and every finding on the way there."""

    host: str
    answers: str
    findings: tuple[Finding, ...]

    @property
    def failed(self) -> bool:
        """Whether something is not as it should be."""
        return any(finding.verdict is Verdict.FAIL for finding in self.findings)


def explain(seen: Observation) -> Explanation:
    """The findings, in the order in which a request meets what they are about."""
    findings = (
        *_name(seen),
        *_port(seen),
        *_nginx(seen),
        *_route(seen),
        *(f for c in seen.candidates for f in _container(c, seen)),
        *_answers(seen),
        *_https(seen),
    )
    return Explanation(host=seen.host, answers=_summary(seen, findings), findings=findings)


def serving(host: str, hosts: Iterable[str]) -> str:
    """Which of the names serves a host, by nginx's rule; "" where none does.

    The name itself, then the longest `*.` that it ends with, then the longest `.*` that it begins
    with, then the first regular expression (nginx, server_name).
    """
    every = list(hosts)
    if host in every:
        return host
    ends = [h for h in every if h.startswith("*.") and host.endswith(h[1:])]
    begins = [h for h in every if h.endswith(".*") and host.startswith(h[:-1])]
    matches = [h for h in every if is_regex(h) and re.search(h[1:], host)]
    return max(ends, key=len, default="") or max(begins, key=len, default="") or (*matches, "")[0]


def _finding(check: str, verdict: Verdict, text: str, hint: str = "") -> Finding:
    return Finding(check=check, verdict=verdict, text=text, hint=hint)


def _ok(check: str, text: str) -> Finding:
    return _finding(check, Verdict.OK, text)


def _warn(check: str, text: str, hint: str = "") -> Finding:
    return _finding(check, Verdict.WARN, text, hint)


def _fail(check: str, text: str, hint: str = "") -> Finding:
    return _finding(check, Verdict.FAIL, text, hint)


# -- DNS


def _name(seen: Observation) -> Iterator[Finding]:
    names = seen.names
    if names is None:
        return
    if not names.addresses:
        reason = names.fault or "it has no address"
        hint = f"add an A or AAAA record for {seen.host}, or let homeport ddns keep one"
        yield _fail(
            "name", f"this machine's resolver finds no address for {seen.host}: {reason}", hint
        )
    elif set(names.addresses) <= set(names.here):
        yield _ok("name", f"{seen.host} is {listed(names.addresses)}: this machine")
    else:
        elsewhere = [a for a in names.addresses if a not in names.here]
        hint = "right if that is your router's address, and it forwards the ports to this machine"
        text = f"{seen.host} is {listed(elsewhere)}: no address of this machine's"
        yield _warn("name", text, hint)
    yield from _authorities(names)


def _authorities(names: Names) -> Iterator[Finding]:
    """Where the zone's own servers say something else, caches are old or a server is."""
    for one in names.authorities:
        if one.fault:
            yield _warn("name", f"its name server {one.server} says nothing: {one.fault}")
        elif set(one.addresses) != set(names.addresses):
            said = listed(one.addresses) or "that there is no such name"
            hint = "a resolver remembers what it was told until the TTL is over"
            yield _warn("name", f"its name server {one.server} says {said}", hint)
        else:
            yield _ok("name", f"its name server {one.server} says the same")


# -- the machine and nginx


def _port(seen: Observation) -> Iterator[Finding]:
    number = seen.http.number
    if seen.http.accepts:
        yield _ok("port", f"port {number} of this machine accepts connections")
    else:
        hint = "does nginx run, and does a firewall close the port? homeport doctor looks"
        yield _fail("port", f"nobody accepts connections at port {number} of this machine", hint)


def _nginx(seen: Observation) -> Iterator[Finding]:
    nginx = seen.nginx
    if not nginx.answering:
        hint = f"docker logs {nginx.container}"
        yield _fail("nginx", f"{nginx.container} is {nginx.state}, and does not answer", hint)
    elif nginx.answering != nginx.wanted:
        text = f"nginx serves configuration {nginx.answering}, and should serve {nginx.wanted}"
        yield _fail("nginx", text, "homeport events says why it did not take it")
    else:
        yield _ok("nginx", f"{nginx.container} serves configuration {nginx.answering}")


# -- the route


def _route(seen: Observation) -> Iterator[Finding]:
    if seen.own:
        yield _ok("route", f"{seen.host} is homeport itself: its API, and git over HTTP")
    elif not seen.routes:
        yield _unrouted(seen)
    for route in seen.routes:
        yield _served(route)
        name = f"{route.host}{route.path}"
        yield from (_ok("route", f"{name}: {one}") for one in route.in_its_way)


def _unrouted(seen: Observation) -> Finding:
    if seen.candidates:
        asking = listed(candidate.name for candidate in seen.candidates)
        return _fail("route", f"{seen.host} is not served, though {asking} asks for it")
    near = difflib.get_close_matches(seen.host, seen.others, n=3)
    hint = f"served are {listed(near)}" if near else "homeport proxy routes lists what is served"
    return _fail("route", f"no container asks for {seen.host} by VIRTUAL_HOST", hint)


def _served(route: Served) -> Finding:
    name = f"{route.host}{route.path}"
    if route.leads_to:
        return _ok("route", f"{name} leads to {route.leads_to}")
    if route.upstreams:
        return _ok("route", f"{name} is answered by {listed(route.upstreams)}")
    if route.held:
        text = f"{name} has nobody to answer; its requests are held for {route.held:.0f} s more"
        return _warn("route", text)
    if route.coming:
        return _warn("route", f"{name} has nobody to answer yet: {'; '.join(route.why_not)}")
    return _fail("route", f"{name} has nobody to answer: {'; '.join(route.why_not)}")


# -- the containers


def _container(found: Candidate, seen: Observation) -> Iterator[Finding]:
    """The first reason for which one is not routed, in the order in which it is looked at."""
    if found.served:
        yield _ok("container", f"{found.name} answers at {found.address}:{found.port}")
        return
    for reason, hint in reasons(found, seen.nginx.networks):
        yield _fail("container", f"{found.name}: {reason}", hint)
        return
    yield _warn("container", f"{found.name} accepts connections, and is not routed yet")


# -- the answers


def _answers(seen: Observation) -> Iterator[Finding]:
    """Those of homeport's own requests first: visitors ask for paths that are not there, too."""
    for answer in sorted(seen.answers, key=lambda answer: answer.asked_by != "homeport"):
        verdict = _verdict(answer)
        tried = f", from {'; '.join(answer.tries)}" if answer.tries else ", from nginx itself"
        who = "" if answer.asked_by == "homeport" else " to a visitor"
        text = f"{answer.status}{who} after {answer.seconds:.3f} s{tried}"
        yield _finding("answer", verdict, text, _ANSWERS.get(answer.status, ""))


def _verdict(answer: Sent) -> Verdict:
    if answer.status in (502, 503, 504):
        return Verdict.FAIL
    return Verdict.WARN if answer.status >= 500 else Verdict.OK


_ANSWERS = {
    502: "nginx reached nobody, or what it reached broke off",
    504: "what nginx reached did not answer in time",
    500: "the application said so: its logs tell why",
}


# -- TLS

_LOCAL = "local"  # the box's own authority


def _https(seen: Observation) -> Iterator[Finding]:
    yield from _signing(seen)
    if seen.tls.certificate:
        until = datetime.fromtimestamp(seen.tls.not_after, UTC).date()
        text = f"{seen.tls.certificate}.crt is good until {until}; port 80 {seen.tls.http}"
        yield _ok("https", text)
    if seen.handshake is None:
        return
    if not seen.handshake.shown:
        why = seen.tls.why_not or f"there is no certificate for {seen.host}"
        hint = "HTTP is answered; for HTTPS a certificate for this name has to be there"
        yield _warn("https", f"{why}: TLS is turned away", hint)
    elif seen.handshake.fault and seen.signing and seen.signing.issuer == _LOCAL:
        text = f"this machine does not trust this box's authority yet: {seen.handshake.fault}"
        yield _warn("https", text, "homeport proxy ca install; elsewhere: homeport proxy ca show")
    elif seen.handshake.fault:
        yield _fail("https", f"a browser does not trust the certificate: {seen.handshake.fault}")
    else:
        yield _ok("https", "the certificate is trusted")


def _signing(seen: Observation) -> Iterator[Finding]:
    """How far its certificate is: the name, the order, the next renewal."""
    if (signing := seen.signing) is None:
        return
    if signing.trouble:
        # What is there serves on.
        tell = _warn if signing.until else _fail
        yield tell("certificate", f"{signing.trouble} ({signing.why})", signing.hint)
    elif signing.until is None:
        yield _warn("certificate", f"there is none yet: {signing.why}", signing.hint)
    else:
        yield _ok("certificate", f"it is kept up to date: {signing.why}")


def _summary(seen: Observation, findings: Iterable[Finding]) -> str:
    """What it answers, and the first thing that is in its way."""
    ours = next((a for a in seen.answers if a.asked_by == "homeport"), None)
    answer = f"{seen.host} answers {ours.status}" if ours else f"{seen.host} does not answer"
    reasons = (f for f in findings if f.verdict is Verdict.FAIL)
    nearest = min(reasons, key=lambda f: _NEAREST.index(f.check), default=None)
    return f"{answer}: {nearest.text}" if nearest else answer


# Which of several faults is the reason of an answer: the application's own, before all others.
_NEAREST = ("container", "route", "answer", "nginx", "port", "name", "certificate", "https")

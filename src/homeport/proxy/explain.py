"""Why a host answers what it answers: findings, from DNS name to container. Pure."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator

import msgspec

from homeport.errors import RequestError
from homeport.model.wish import is_regex, read_wish
from homeport.proxy.findings import Finding, Verdict, fail, finding, ok, warn
from homeport.proxy.reached import https, name, port
from homeport.proxy.reasons import listed, reasons
from homeport.proxy.seen import Candidate, Observation, Sent, Served


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
        *name(seen),
        *port(seen),
        *_nginx(seen),
        *_route(seen),
        *(f for c in seen.candidates for f in _container(c, seen)),
        *_answers(seen),
        *https(seen),
    )
    return Explanation(host=seen.host, answers=_summary(seen, findings), findings=findings)


def host_name(text: str) -> str:
    """A host name, in lower case: it stands in a request of our own.

    Raises:
        RequestError: it is none.
    """
    hosts = read_wish({"VIRTUAL_HOST": text}).hosts
    if len(hosts) != 1 or "*" in hosts[0] or is_regex(hosts[0]):
        raise RequestError(f"{text[:80]!r} is no host name", hint="for example blog.example.org")
    return hosts[0]


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


# -- nginx


def _nginx(seen: Observation) -> Iterator[Finding]:
    nginx = seen.nginx
    if not nginx.answering:
        hint = f"docker logs {nginx.container}"
        yield fail("nginx", f"{nginx.container} is {nginx.state}, and does not answer", hint)
    elif nginx.answering != nginx.wanted:
        text = f"nginx serves configuration {nginx.answering}, and should serve {nginx.wanted}"
        yield fail("nginx", text, f"{nginx.told} says why it did not take it")
    else:
        yield ok("nginx", f"{nginx.container} serves configuration {nginx.answering}")


# -- the route


def _route(seen: Observation) -> Iterator[Finding]:
    if seen.own:
        yield ok("route", f"{seen.host} is homeport itself: its API, and git over HTTP")
    elif not seen.routes:
        yield _unrouted(seen)
    for route in seen.routes:
        yield _served(route)
        name = f"{route.host}{route.path}"
        yield from (ok("route", f"{name}: {one}") for one in route.in_its_way)


def _unrouted(seen: Observation) -> Finding:
    if seen.candidates:
        asking = listed(candidate.name for candidate in seen.candidates)
        return fail("route", f"{seen.host} is not served, though {asking} asks for it")
    near = difflib.get_close_matches(seen.host, seen.others, n=3)
    hint = f"served are {listed(near)}" if near else "homeport proxy routes lists what is served"
    return fail("route", f"no container asks for {seen.host} by VIRTUAL_HOST", hint)


def _served(route: Served) -> Finding:
    name = f"{route.host}{route.path}"
    if route.leads_to:
        return ok("route", f"{name} leads to {route.leads_to}")
    if route.upstreams:
        return ok("route", f"{name} is answered by {listed(route.upstreams)}")
    if route.held:
        text = f"{name} has nobody to answer; its requests are held for {route.held:.0f} s more"
        return warn("route", text)
    if route.coming:
        return warn("route", f"{name} has nobody to answer yet: {'; '.join(route.why_not)}")
    return fail("route", f"{name} has nobody to answer: {'; '.join(route.why_not)}")


# -- the containers


def _container(found: Candidate, seen: Observation) -> Iterator[Finding]:
    """The first reason for which one is not routed, in the order in which it is looked at."""
    if found.served:
        yield ok("container", f"{found.name} answers at {found.address}:{found.port}")
        return
    for reason, hint in reasons(found, seen.nginx.networks):
        yield fail("container", f"{found.name}: {reason}", hint)
        return
    yield warn("container", f"{found.name} accepts connections, and is not routed yet")


# -- the answers


def _answers(seen: Observation) -> Iterator[Finding]:
    """Those of homeport's own requests first: visitors ask for paths that are not there, too."""
    for answer in sorted(seen.answers, key=lambda answer: answer.asked_by != "homeport"):
        verdict = _verdict(answer)
        tried = _tried(answer)
        who = "" if answer.asked_by == "homeport" else " to a visitor"
        text = f"{answer.status}{who} after {answer.seconds:.3f} s{tried}"
        yield finding("answer", verdict, text, _ANSWERS.get(answer.status, ""))


def _tried(answer: Sent) -> str:
    if answer.tries is None:
        return ""
    return f", from {'; '.join(answer.tries)}" if answer.tries else ", from nginx itself"


def _verdict(answer: Sent) -> Verdict:
    if answer.status in (502, 503, 504):
        return Verdict.FAIL
    return Verdict.WARN if answer.status >= 500 else Verdict.OK


_ANSWERS = {
    502: "nginx reached nobody, or what it reached broke off",
    504: "what nginx reached did not answer in time",
    500: "the application said so: its logs tell why",
}


# -- all of it


def _summary(seen: Observation, findings: Iterable[Finding]) -> str:
    """What it answers, and the first thing that is in its way."""
    ours = next((a for a in seen.answers if a.asked_by == "homeport"), None)
    answer = f"{seen.host} answers {ours.status}" if ours else f"{seen.host} does not answer"
    reasons = (f for f in findings if f.verdict is Verdict.FAIL)
    nearest = min(reasons, key=lambda f: _NEAREST.index(f.check), default=None)
    return f"{answer}: {nearest.text}" if nearest else answer


# Which of several faults is the reason of an answer: the application's own, before all others.
_NEAREST = ("container", "route", "answer", "nginx", "port", "name", "certificate", "https")

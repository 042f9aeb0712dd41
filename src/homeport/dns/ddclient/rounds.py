"""One round: which address, which hosts, which requests, and what came of them."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass, field, replace

from homeport.dns.ddclient import cache as caches
from homeport.dns.ddclient import files, manners
from homeport.dns.ddclient.decide import Decision, decide
from homeport.dns.ddclient.discover import Finder
from homeport.dns.ddclient.look import Look, sender_of
from homeport.dns.ddclient.model import Host, Message, Outcome, Request, Talk, Values, Wanted
from homeport.dns.ddclient.outcome import remembered, started
from homeport.dns.ddclient.protocols.base import Protocol, grouped
from homeport.dns.ddclient.protocols.known import PROTOCOLS
from homeport.dns.ddclient.send import Patient, Sender
from homeport.dns.ddclient.settle import Configured, Settled
from homeport.dns.ddclient.show import shown
from homeport.dns.ddclient.tell import Teller

_AT_ONCE = 16  # servers


@dataclass(slots=True)
class Done:
    """What a round came to."""

    outcomes: list[Outcome] = field(default_factory=list)
    next: int = 0  # when a host that has to wait may be updated; 0: none has to


def decisions(
    seen: Look, teller: Teller, *, force: bool
) -> Iterator[tuple[Configured, Wanted, Decision]]:
    """Each host with its addresses, in ddclient's order: by protocol, then by name."""
    finder = Finder(seen.settled, sender_of(seen.settled))
    hosts = sorted(seen.settled.hosts.values(), key=lambda host: (host.protocol.name, host.name))
    for host in hosts:
        wanted = finder.wanted(host, teller.warning)
        kept = seen.cache.get(host.name)
        yield (
            host,
            wanted,
            decide(seen.settled, host, wanted, kept, seen.manners, seen.now, force=force),
        )


def run_round(seen: Look, teller: Teller, *, force: bool, dry: bool = False) -> Done:
    """Update what is to be updated. With `dry` it is printed, and nothing is written."""
    done, cache, updates = Done(), {n: dict(v) for n, v in seen.cache.items()}, list[Host]()
    for host, wanted, decision in decisions(seen, teller, force=force):
        teller.debug(
            f"{host.name}: {'update' if decision.update else 'left alone'}: {decision.why}"
        )
        if decision.update:
            updates.append(
                Host(name=host.name, protocol=host.protocol.name, values=host.values, wanted=wanted)
            )
            continue
        _leave(host, decision, cache, teller)
        done.next = min(filter(None, (done.next, decision.next)), default=0)
    if dry:
        _show(seen, updates, teller)
        return done
    _update(seen, updates, cache, done, teller)
    _write(seen, cache, teller)
    _postscript(seen.settled, done.outcomes, teller)
    return done


def _leave(
    host: Configured, decision: Decision, cache: dict[str, dict[str, str | None]], teller: Teller
) -> None:
    told = f"{host.name}: left alone: {decision.why}"
    (teller.warning if decision.warn and not teller.quiet else teller.info)(told)
    teller.failures += decision.stuck
    if host.name in cache:
        cache[host.name].update(decision.marks)


def _units(seen: Look, updates: Sequence[Host]) -> dict[str, list[tuple[Protocol, list[Host]]]]:
    """Groups that share requests, by server: one that hangs delays no other."""
    units: dict[str, list[tuple[Protocol, list[Host]]]] = {}
    for name in sorted({host.protocol for host in updates}):
        protocol = PROTOCOLS[seen.settled.compat][name]
        mine = [host for host in updates if host.protocol == name]
        for group in grouped(mine, protocol):
            server = group[0].get("server").rpartition("://")[2].partition("/")[0]
            units.setdefault(server, []).append((protocol, group))
    return units


def _update(
    seen: Look,
    updates: Sequence[Host],
    cache: dict[str, dict[str, str | None]],
    done: Done,
    teller: Teller,
) -> None:
    sender, units = sender_of(seen.settled), _units(seen, updates)
    by_name = {host.name: host for host in updates}

    def serve(groups: list[tuple[Protocol, list[Host]]]) -> list[Outcome]:
        talks = [protocol.talk(hosts, seen.now) for protocol, hosts in groups]
        mine = Patient(sender)
        return [outcome for talk in talks for outcome in converse(talk, mine, teller)]

    with ThreadPoolExecutor(max_workers=min(_AT_ONCE, len(units)) or 1) as pool:
        for finished in as_completed([pool.submit(serve, groups) for groups in units.values()]):
            done.outcomes += finished.result()
    for host in updates:
        mine = [o for o in done.outcomes if o.host == host.name]
        _keep(seen, by_name[host.name], mine, cache, teller)


def _keep(
    seen: Look,
    host: Host,
    outcomes: list[Outcome],
    cache: dict[str, dict[str, str | None]],
    teller: Teller,
) -> None:
    configured = seen.settled.hosts[host.name]
    values = started(seen.now) | remembered(seen.settled, configured, host, outcomes, seen.now)
    cacheable = frozenset(k for k, word in configured.protocol.keywords.items() if word.cached)
    cache[host.name] = {
        **caches.after_update(cache.get(host.name, {}), configured.values, cacheable, values)
    }
    for outcome in outcomes:
        told = f"updating {host.name}: {outcome.told}"
        (teller.success if outcome.good else teller.failed)(told)
        seen.manners = seen.manners.after(configured, outcome, seen.now)


def converse(talk: Talk, patient: Patient, teller: Teller) -> Sequence[Outcome]:
    """Ask and answer until the protocol knows what came of each host."""
    try:
        request = next(talk)
        while True:
            for line in shown(_as_sent(request, patient.sender), teller.redact):
                teller.debug(f"> {line}")
            answer = patient.send(request)
            teller.debug(f"< {answer.status} {answer.text[:500]}")
            request = talk.send(answer)
    except StopIteration as end:
        outcomes: Sequence[Outcome] = end.value
        return outcomes


def _show(seen: Look, updates: Sequence[Host], teller: Teller) -> None:
    """What would be asked: the first request of each group, since the rest hangs on its answer."""
    rows = [
        {"hosts": [host.name for host in hosts], "request": _first(protocol, hosts, seen, teller)}
        for groups in _units(seen, updates).values()
        for protocol, hosts in groups
    ]
    if seen.settled.given.get("json") == "1":
        print(json.dumps(rows, indent=2))  # noqa: T201 - the data that --dry-run is for
        return
    for row in rows:
        print("\n".join(row["request"]))  # noqa: T201 - as above


def _first(protocol: Protocol, hosts: Sequence[Host], seen: Look, teller: Teller) -> list[str]:
    talk = protocol.talk(hosts, seen.now)
    request = next(talk, None)
    talk.close()
    sender = sender_of(seen.settled)
    return shown(_as_sent(request, sender), teller.redact) if request else ["nothing is asked"]


def _as_sent(request: Request | Message, sender: Sender) -> Request | Message:
    if isinstance(request, Message):
        return request
    return replace(request, url=sender.whole(request.url))


def _write(seen: Look, cache: Mapping[str, Values], teller: Teller) -> None:
    if caches.body(cache) != caches.body(seen.cache):
        text = caches.render(cache, seen.now, seen.settled.compat)
        fault = files.keep(seen.cache_path, text, seen.unwritten)
        if fault:
            teller.warning(f"{fault}: what was done is forgotten with this process")
    path = files.manners_path(seen.cache_path)
    if seen.manners.hosts or path.exists():
        files.keep(path, manners.render(seen.manners), seen.unwritten)


def _postscript(settled: Settled, outcomes: Sequence[Outcome], teller: Teller) -> None:
    """The owner's own program, with the addresses that were published."""
    program = settled.globals.get("postscript") or ""
    addresses = list(dict.fromkeys(o.address for o in outcomes if o.good and o.address))
    if not program or not addresses:
        return
    words = program.split()
    if not os.access(words[0], os.X_OK):
        teller.warning(f"postscript {words[0]} cannot be run")
        return
    subprocess.Popen([*words, *addresses], stdin=subprocess.DEVNULL, start_new_session=True)

"""Generated files, flags, caches and sequences of answers, each given to both programs."""

from __future__ import annotations

import contextlib
import io
import random
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from homeport.dns.ddclient.options import parse
from homeport.dns.ddclient.protocols.known import PROTOCOLS
from homeport.dns.ddclient.run import run
from tests.engine.ddclient_answers import FAULTS, answers, cases
from tests.engine.ddclient_differences import Configured, forgiven, is_stuck
from tests.engine.ddclient_lab import Cached, Pair, Result, Seen, Server, aged, parse_cache

_ADDRESSES = ("8.8.4.4", "9.9.9.9", "1.0.0.1", "208.67.222.222")
_PAUSES = (0, 40, 400, 1000, 40 * 86400)  # seconds between two runs
_MAIL = ("wildcard=yes", "mx=mail.example.org", "backupmx=yes", "static=yes", "custom=yes")
_WITH_MAIL = ("dyndns1", "dyndns2", "woima", "easydns")


class InsidePair(Pair):
    """Ours in this process: a hundred times as fast."""

    def _one(
        self,
        who: str,
        program: list[str],
        config: str,
        flags: Sequence[str],
        cache: dict[str, str] | None,  # type: ignore[override]
    ) -> Result:
        if who == "theirs":
            return super()._one(who, program, config, flags, cache)
        folder = self.path(who).parent
        folder.mkdir(exist_ok=True)
        file = folder / "ddclient.conf"
        file.write_text(config)
        file.chmod(0o600)
        if cache and who in cache:
            self.path(who).write_text(cache[who])
        self.server.taken()
        out = io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
            status = run(parse(["-file", str(file), "-cache", str(self.path(who)), *flags]))
        return Result(self.server.taken(), self.cached(who), status, out.getvalue())


@dataclass
class Generated:
    """One case: a file, and the runs with it."""

    seed: int
    config: str
    hosts: dict[str, Configured]
    runs: list[Run] = field(default_factory=list)


@dataclass
class Run:
    """Flags, the answers of each provider, what the page says, and the pause before."""

    flags: list[str]
    kinds: dict[str, str]
    page: str
    pause: int


def generate(seed: int, server: Server) -> Generated:
    """The same case for the same seed."""
    dice = random.Random(seed)
    known = cases(server)
    chosen = dice.sample(sorted(known), dice.randint(1, 5))
    way, usev4 = _way(dice, server)
    secure = dice.random() < 0.2
    lines = [f"ssl_ca_file={server.ca}", way]
    hosts: dict[str, Configured] = {}
    for name in chosen:
        one = known[name]
        mine = dice.sample(one.hosts, dice.randint(1, len(one.hosts)))
        more = dice.sample(_MAIL, dice.randint(0, 2)) if name in _WITH_MAIL else []
        more += dice.choice(([], [], ["max-interval=20d"], ["min-interval=10m"]))
        both = PROTOCOLS["3.10"][name].both
        lines += _line(dice, one.line, more, mine)
        found = Configured(name, both=both, use=True, usev4=usev4)
        hosts |= dict.fromkeys(mine, found)
    config = "\n".join(lines) + "\n"
    config = config.replace(server.plain, server.tls) if secure else config
    case = Generated(seed, config, hosts)
    for _ in range(dice.randint(1, 3)):
        kinds = {name: _kind(dice, known[name].kinds) for name in chosen}
        flags = dice.choice(([], [], [], ["-force"], ["-verbose"], ["-quiet"]))
        flags = [*flags, dice.choice(("--ssl", "-ssl"))] if secure else flags
        if dice.random() < 0.15:
            flags = [*flags, "-host", dice.choice(sorted(hosts))]
        case.runs.append(Run(list(flags), kinds, dice.choice(_ADDRESSES[:2]), dice.choice(_PAUSES)))
    return case


def _way(dice: random.Random, server: Server) -> tuple[str, bool]:
    address = dice.choice(_ADDRESSES)
    return dice.choice(
        (
            (f"use=ip, ip={address}", False),
            (f"use=web, web=http://{server.plain}/ip", False),
            (f"use=web, web={server.plain}/ip", False),
            (f"use=web web=http://{server.plain}/ip web-skip='IP Address:'", False),
            (f"use=cmd, cmd='echo {address}'", False),
            (f"usev4=ipv4, ipv4={address}", True),
            (f"usev4=webv4, webv4=http://{server.plain}/ip", True),
        )
    )


def _line(dice: random.Random, line: str, more: list[str], hosts: list[str]) -> list[str]:
    """The keywords of a provider and its hosts, written in one of several ways."""
    glue = dice.choice((",", ", ", " , "))
    whole = ", ".join([line, *more])
    if dice.random() < 0.3:
        whole = re.sub(r", (?=[a-z])", ", \\\n  ", whole)
    end = dice.choice(("", "  # a comment", "\r"))
    return [f"{whole} {glue.join(hosts)}{end}"]


def _kind(dice: random.Random, kinds: object) -> str:
    names = sorted(kinds)  # type: ignore[call-overload]
    well = [name for name in names if name not in FAULTS]
    return str(dice.choice(well if dice.random() < 0.75 else names))


# --- both, side by side ---


def disagreements(case: Generated, server: Server, folder: Path) -> Iterator[str]:
    """What is not the same, and not forgiven; nothing where all is well."""
    pair = InsidePair(server, folder)
    text, troubled = "", set[str]()
    dice = random.Random(case.seed)
    for number, step in enumerate(case.runs):
        server.answers = answers(server, step.kinds, step.page)
        begin = aged(text, step.pause) if text else ""
        before = parse_cache(begin)
        cache = {"theirs": begin, "ours": begin} if begin else None
        theirs, ours = pair.run(case.config, step.flags, cache=cache)
        for fault in _compare(case, server, before, (theirs, ours), troubled):
            yield f"run {number} {step.flags} {step.kinds} after {step.pause} s: {fault}"
        troubled |= _troubled(pair, case)
        # Either program goes on with what the other wrote.
        text = pair.path(dice.choice(("theirs", "ours"))).read_text()


def _troubled(pair: Pair, case: Generated) -> set[str]:
    """Protocols of which a host was refused, or whose provider has trouble: ours has manners."""
    path = pair.path("ours", "cache.homeport")
    text = path.read_text() if path.exists() else ""
    return {host.protocol for name, host in case.hosts.items() if f'"{name}"' in text}


def _compare(
    case: Generated,
    server: Server,
    before: Cached,
    results: tuple[Result, Result],
    troubled: set[str],
) -> Iterator[str]:
    theirs, ours = results
    troubled = troubled | {
        host.protocol
        for name, host in case.hosts.items()
        if is_stuck(before.get(name, {}), theirs.cache.get(name, {}), ours.cache.get(name, {}))
    }
    paths = {name: one.paths for name, one in cases(server).items()}

    def counted(seen: Seen) -> bool:
        return not any(re.match(paths[name], seen.target) for name in troubled)

    there = [seen for seen in theirs.requests if counted(seen)]
    here = [seen for seen in ours.requests if counted(seen)]
    if there != here:
        yield f"requests\n  ddclient {there}\n  ours     {here}\n{theirs.output}{ours.output}"
    for name, host in case.hosts.items():
        if host.protocol not in troubled:
            rows = theirs.cache.get(name, {}), ours.cache.get(name, {})
            yield from _rows(name, host, before, rows)


def _rows(
    name: str, host: Configured, before: Cached, rows: tuple[dict[str, str], dict[str, str]]
) -> Iterator[str]:
    theirs, ours = rows
    for key in sorted({*theirs, *ours}):
        if theirs.get(key) != ours.get(key) and not _is_ovh(host, ours):
            if forgiven(name, key, before, theirs, ours, host):
                continue
            yield f"cache of {name}: {key}: {theirs.get(key)} != {ours.get(key)}\n{theirs}\n{ours}"


def _is_ovh(host: Configured, ours: dict[str, str]) -> bool:
    """It believes error pages that say `good`."""
    return host.protocol == "ovh" and ours.get("status") == "failed"

"""`homeport ddns`: ddclient's place. Its own composition root: no store, no daemon, no Engine."""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from homeport.errors import NotFound, RequestError

if TYPE_CHECKING:
    from homeport.dns.ddclient.options import Given

_HELP = {"-h", "-help", "--help"}


class PerlCommand(click.Command):
    """A command whose words Perl's Getopt::Long would take: homeport.dns.ddclient.options does."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        asks = bool(_HELP & set(args))
        return super().parse_args(ctx, ["--help"] if asks else ["--", *args])

    def format_options(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Ddclient's flags, and ours."""
        from homeport.dns.ddclient.options import FLAGS, OURS

        for title, flags in (("As in ddclient", FLAGS), ("homeport's own", OURS)):
            with formatter.section(title):
                formatter.write_dl([(f"-{name}", text) for name, (_, text) in flags.items()])


@click.command(cls=PerlCommand, context_settings={"help_option_names": ["--help"]})
@click.argument("words", nargs=-1, type=click.UNPROCESSED, metavar="[FLAG]...")
def ddns(words: tuple[str, ...]) -> None:
    """Keep names at the address of this box: ddclient's place. All its flags: reference-ddns.md."""
    from homeport.dns.ddclient.options import parse
    from homeport.dns.ddclient.protocols.known import VERSIONS

    given = parse(words)
    compat = given.get("compat") or "3.10"
    if compat not in VERSIONS:
        raise RequestError(f"--compat {compat}: {' or '.join(VERSIONS)}")
    for name, action in _ACTIONS.items():
        if given.get(name):
            sys.exit(action(given, compat))
    from homeport.dns.ddclient.run import run

    sys.exit(run(given))


def _list_protocols(given: Given, compat: str) -> int:
    from homeport.dns.ddclient.protocols.known import PROTOCOLS

    found = sorted(PROTOCOLS[compat].values(), key=lambda protocol: protocol.name)
    if given.on("json"):
        rows = [{"name": p.name, "proof": p.proof, "since": p.since, "note": p.note} for p in found]
        click.echo(json.dumps(rows, indent=2))
        return 0
    for p in found:
        proof = f"verified: {p.proof}" if p.proof else "unverified"
        click.echo(f"{p.name}\t{proof}\t{p.note}".rstrip())
    return 0


def _list_web(given: Given, compat: str) -> int:
    from homeport.dns.ddclient.uses import WEB

    for name, (url, _) in sorted(WEB.items()):
        click.echo(f"{name} {url}")
    return 0


def _list_devices(given: Given, compat: str) -> int:
    from homeport.dns.ddclient.routers import ROUTERS

    for name, router in sorted(ROUTERS.items()):
        click.echo(f"{name} {router.name}")
    return 0


def _lint(given: Given, compat: str) -> int:
    from homeport.dns.ddclient.lint import lines, lint
    from homeport.dns.ddclient.look import look
    from homeport.dns.ddclient.tell import Teller

    teller = Teller(mute=True)  # what is wrong with the file is in what lint says
    seen = look(given, teller)
    said = lint(seen.text, seen.file, seen.settled)
    if given.on("json"):
        click.echo(json.dumps(asdict(said), indent=2))
    else:
        for line in lines(said, str(seen.path)):
            click.echo(teller.redact(line))
    return 2 if said.faults else 0


def _explain(given: Given, compat: str) -> int:
    from homeport.dns.ddclient.explain import explained, lines
    from homeport.dns.ddclient.look import look
    from homeport.dns.ddclient.rounds import decisions
    from homeport.dns.ddclient.run import teller_of

    teller = teller_of(given)
    seen, name = look(given, teller), given.get("explain")
    found = [row for row in decisions(seen, teller, force=given.on("force")) if row[0].name == name]
    if not found:
        known = ", ".join(seen.settled.hosts) or "none"
        raise NotFound(f"{seen.path} has no host {name}", hint=f"it has: {known}")
    host, wanted, decision = found[0]
    entry = seen.file.hosts.get(name)
    standing = seen.manners.standing(host, seen.now)
    line = entry.line if entry else 0
    said = explained(host, line, wanted, seen.cache.get(name), decision, standing)
    if given.on("json"):
        click.echo(json.dumps(asdict(said), indent=2))
    else:
        click.echo("\n".join(lines(said)))
    return 0


def _query(given: Given, compat: str) -> int:
    from homeport.dns.ddclient.look import look
    from homeport.dns.ddclient.query import ways
    from homeport.dns.ddclient.run import teller_of

    seen = look(given, teller_of(given))
    for way, found in ways(seen.settled):
        click.echo(f"{way} address is {found.address or f'NOT FOUND ({found.why})'}")
    return 0


def _geturl(given: Given, compat: str) -> int:
    raise RequestError("-geturl is for ddclient's own tests", hint="curl fetches an address")


_ACTIONS = {
    "list-protocols": _list_protocols,
    "list-web-services": _list_web,
    "list-devices": _list_devices,
    "geturl": _geturl,
    "lint": _lint,
    "explain": _explain,
    "query": _query,
}

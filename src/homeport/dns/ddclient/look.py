"""What a round goes by: the files, the flags and the clock, read at one moment."""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from homeport.dns.ddclient import files
from homeport.dns.ddclient.grammar import File, read
from homeport.dns.ddclient.manners import Manners
from homeport.dns.ddclient.model import Note, Values
from homeport.dns.ddclient.options import Given
from homeport.dns.ddclient.protocols.known import PROTOCOLS, default_of
from homeport.dns.ddclient.send import Sender
from homeport.dns.ddclient.settle import Settled, settle
from homeport.dns.ddclient.show import secrets_of
from homeport.dns.ddclient.tell import Teller
from homeport.dns.ddclient.words import known


@dataclass(slots=True)
class Look:
    """What a round knows before it changes anything."""

    path: Path
    file: File
    text: str
    settled: Settled
    cache_path: Path
    cache: Mapping[str, Values]
    manners: Manners
    now: int
    unwritten: files.Unwritten


def look(given: Given, teller: Teller, unwritten: files.Unwritten | None = None) -> Look:
    """Read everything. FileFault where there is no configuration.

    `unwritten`: what a program that goes on could not write in the rounds before.
    """
    unwritten = {} if unwritten is None else unwritten
    compat = given.get("compat") or "3.10"
    path = Path(given.get("file") or default_of("file"))
    read_file = files.read_config(path)
    file = _parsed(read_file.text, compat)
    teller.redact.learn(secrets_of([file.globals.values, *(e.values for e in file.hosts.values())]))
    teller.redact.learn(secrets_of([given.values]))
    cache_path = Path(given.get("cache") or file.globals.values.get("cache") or default_of("cache"))
    cache = files.read_cache(cache_path, compat, unwritten)
    settled = settle(file, given, cache.hosts, compat=compat)
    teller.redact.learn(secrets_of([host.values for host in settled.hosts.values()]))
    _warn(teller, path, [*read_file.notes, *file.notes, *settled.notes])
    _warn(teller, cache_path, cache.notes)
    return Look(
        path=path,
        file=file,
        text=read_file.text,
        settled=settled,
        cache_path=cache_path,
        cache=cache.hosts,
        manners=files.read_manners(cache_path, unwritten),
        now=int(time.time()),
        unwritten=unwritten,
    )


def _warn(teller: Teller, path: Path, notes: Iterable[Note]) -> None:
    for line, text in notes:
        teller.warning(f"{path}{f', line {line}' if line else ''}: {text}")


def _parsed(text: str, compat: str) -> File:
    newer = compat != "3.10"
    return read(
        text,
        known(compat),
        protocols=PROTOCOLS[compat],
        environment=os.environ if newer else None,
        first_wins=newer,
    )


def sender_of(settled: Settled) -> Sender:
    """How the requests of this round go out."""
    seconds = settled.get("timeout")
    return Sender(
        compat=settled.compat,
        ssl=settled.get("ssl") == "1",
        timeout=float(seconds) if seconds.isdigit() and int(seconds) else 120.0,
        proxy=settled.get("proxy"),
        ca_file=settled.get("ssl_ca_file"),
        ca_folder=settled.get("ssl_ca_dir"),
    )

"""What is shown to a template, and what becomes of what it makes. Pure."""

from __future__ import annotations

import difflib
import io
import re
from collections.abc import Collection, Iterable

from homeport.proxy.gen.facts import Facts
from homeport.proxy.gen.options import TemplateConfig

_ID = re.compile(r"(?<![0-9a-f])([0-9a-f]{64})(?![0-9a-f])")
_MOUNT = re.compile(r"\d+ \d+ \d+:\d+ ")  # proc(5), mountinfo
_OWN_MOUNT = re.compile(r"/containers/([0-9a-f]{64})/\S+ /etc/host")


def chosen(containers: Iterable[Facts], config: TemplateConfig) -> list[Facts]:
    """Those that a template is shown: the newest first, as `docker ps` lists them."""
    found = [c for c in containers if config.include_stopped or c.State.Running]
    if config.only_published:
        found = [c for c in found if c.PublishedAddresses]
    elif config.only_exposed:
        found = [c for c in found if c.Addresses]
    return sorted(found, key=lambda c: (c.Created, c.Name), reverse=True)


def proxy_networks(
    containers: Iterable[Facts], notified: Collection[str], own: str
) -> list[str] | None:
    """The names of the networks that the proxy is in.

    The proxy is whoever is told of changes; else the container that this runs in (`own` is its
    id), which shares its networks where there is a pair. None where it is neither: on the machine
    itself, from where every container is reached.
    """
    every = list(containers)
    told = [c for c in every if c.Name in notified or c.ID[:12] in notified or c.ID in notified]
    proxies = told or [c for c in every if own and own == c.ID]
    if not proxies or any(c.NetworkMode == "host" for c in proxies):
        return None
    return sorted({network.Name for c in proxies for network in c.Networks})


def without_blank_lines(text: str) -> str:
    """The lines that have something in them; nothing but a newline ends one."""
    return "".join(line for line in io.StringIO(text, newline="\n") if line.strip())


def difference(before: str, now: str, name: str) -> str:
    """What would change in a file, as `diff -u` shows it; "" where nothing would."""
    lines = difflib.unified_diff(
        before.splitlines(keepends=True), now.splitlines(keepends=True), name, f"{name} (new)"
    )
    return "".join(line if line.endswith("\n") else f"{line}\n" for line in lines)


def own_id(hostname: str, texts: Iterable[str]) -> str:
    """The id of the container whose process sees these files of /proc; "" where it is in none.

    Docker's default hostname is the id's beginning. Where it is another, the first id counts.

    Args:
        hostname: of the process.
        texts: /proc/self/cgroup and /proc/self/mountinfo.
    """
    found = [i for text in texts for line in text.splitlines() for i in _ids(line)]
    mine = (i for i in found if len(hostname) == 12 and i.startswith(hostname))
    return next(mine, found[0] if found else "")


def mounted_alone(path: str, containers: Iterable[Facts]) -> bool:
    """Whether a container mounts this one file: another in its place it never sees."""
    return any(mount.Source == path for c in containers for mount in c.Mounts)


def path_on_machine(path: str, own: Facts | None) -> str:
    """Where a path of our container is on the machine; the path itself outside of one."""
    if own is None:
        return path
    inside = [
        m for m in own.Mounts if path == m.Destination or path.startswith(f"{m.Destination}/")
    ]
    if not inside:
        return ""
    mount = max(inside, key=lambda m: len(m.Destination))
    return mount.Source + path.removeprefix(mount.Destination)


def _ids(line: str) -> list[str]:
    """The id in a line of /proc/self/cgroup; in mountinfo, that of the mount of our own hosts."""
    if _MOUNT.match(line):
        return _OWN_MOUNT.findall(line)
    return _ID.findall(line)[:1]

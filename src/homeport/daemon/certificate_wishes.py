"""Who asks for certificates, among all that this box sees."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from homeport.certs.asking import Asking, Defaults
from homeport.certs.companion import said
from homeport.certs.folder import Folder
from homeport.certs.model import Wanted
from homeport.certs.names import covers
from homeport.certs.user_data import read_user_data
from homeport.certs.wishes import wanted
from homeport.daemon.core import Core
from homeport.dns.model import Zone
from homeport.errors import FileFault
from homeport.events import Record, Warned
from homeport.model.container import Container, Phase
from homeport.model.wish import Refused, asks
from homeport.proxy.routes import is_coming, owner_of, wish_of
from homeport.proxy.tls.choose import parents
from homeport.upkeep.records import Records

_ALIVE = (Phase.STAGED, Phase.IN_SERVICE, Phase.LEAVING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Around:
    """The parts of the daemon that certificates have to do with."""

    core: Core
    records: Records
    zones: Callable[[], tuple[Zone, ...]]  # as the file of zones says them now


class _Listed:
    """acme-companion's letsencrypt_user_data, read again when it is another."""

    def __init__(self, path: str, record: Record) -> None:
        self._path, self._record = path, record
        self._read: tuple[int, int] = (0, 0)
        self._asking: tuple[Asking, ...] = ()
        self._told = ""

    def asking(self) -> tuple[Asking, ...]:
        """What it asks for; what it asked for before where it cannot be read."""
        try:
            found = Path(self._path).stat() if self._path else None
            if found and (found.st_mtime_ns, found.st_ino) != self._read:
                self._read = (found.st_mtime_ns, found.st_ino)
                self._asking = read_user_data(Path(self._path).read_text(), self._path)
        except (OSError, UnicodeDecodeError) as error:
            self._tell(f"{self._path}: {error}")
        except FileFault as fault:
            self._tell(fault.message)
        return self._asking

    def _tell(self, fault: str) -> None:
        if fault != self._told:
            self._record(Warned(text=fault))
        self._told = fault


class Wishes:
    """Who asks, among the containers that are routed."""

    def __init__(self, around: Around, defaults: Callable[[], Defaults]) -> None:
        self._around, self._defaults = around, defaults
        self._folder = Folder(around.core.proxy.serving.certificates.folder)
        self._listed = _Listed(around.core.settings.acme_user_data, around.core.store.record)

    def wanted(self, failing: Collection[str]) -> list[Wanted]:
        """All but those that a person sees to."""
        found = wanted(self._asking(), self._defaults(), failing=failing)
        theirs = self._folder.theirs()
        return [one for one in found if not all(self._provided(n, theirs) for n in one.names)]

    def _asking(self) -> Iterable[Asking]:
        settings = self._around.core.settings
        yield from self._listed.asking()
        if settings.host:
            yield Asking(owner="", hosts=(settings.host,), env={})
        owners = {route.host: route.owner for route in self._around.core.proxy.table.routes}
        for container in sorted(self._around.core.containers(), key=lambda c: c.name):
            routed = is_coming(container, settings.instance)
            hosts = _hosts(container, owners) if routed else ()
            if hosts or (not routed and stands_alone(container, settings.instance)):
                yield Asking(
                    owner=owner_of(container),
                    hosts=hosts,
                    env=_env(container, owners),
                    container=container.id,
                )

    def _provided(self, host: str, theirs: Collection[str]) -> bool:
        """Whether a person put a certificate here that is good for a host, and is used for it."""
        if host in theirs:
            return True
        found = self._around.core.proxy.serving.certificates.found
        there = (found[name] for name in parents(host) if name in theirs and name in found)
        return any(not one.fault and covers(one.names, host) for one in there)


def stands_alone(container: Container, instance: str) -> bool:
    """Whether it asks for a certificate and for no route, as a mail server does."""
    theirs = container.labels.get("homeport.instance", instance)
    mine = theirs == instance and container.running and container.phase in _ALIVE
    return mine and not asks(container.env) and bool(said(container.env, "HOST"))


def _hosts(container: Container, owners: dict[str, str]) -> tuple[str, ...]:
    """The hosts that it is routed at."""
    try:
        hosts = wish_of(container).hosts
    except Refused:
        return ()
    return tuple(host for host in hosts if owners.get(host) == owner_of(container))


def _env(container: Container, owners: dict[str, str]) -> dict[str, str]:
    """Its variables; what is said of hosts that are another's is not heard."""
    env = dict(container.env)
    mine = owner_of(container)
    for name in ("ACME_HOST", "LETSENCRYPT_HOST"):
        hosts = (host.strip().lower() for host in env.get(name, "").split(","))
        env[name] = ",".join(host for host in hosts if owners.get(host, mine) == mine)
    return env

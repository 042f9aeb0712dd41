"""From hosts to default.conf, in the shape that users of nginx-proxy know. Pure.

A host's block depends on that host alone, and is made once for as long as it stays as it is.
"""

from __future__ import annotations

import functools
from collections.abc import Collection, Iterable

import jinja2
import msgspec

from homeport.model.wish import is_regex
from homeport.proxy.dropin.debug import debug_of
from homeport.proxy.dropin.doors import Door, written
from homeport.proxy.dropin.files import Files
from homeport.proxy.dropin.listens import https_listens, listens, plain_listens
from homeport.proxy.dropin.model import Host, Wanted, ports_of
from homeport.proxy.dropin.reach import plain
from homeport.proxy.dropin.settings import Settings
from homeport.proxy.quote import escaped

_ACME = "/.well-known/acme-challenge/"
_DEBUG = "/nginx-proxy-debug"
_Flags = tuple[bool, bool, bool, frozenset[str]]


DOORS = ""  # stands in the place of a host, before the block that no host has
_GENERATION = "@generation@"  # where it stands in a head


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """The file, in parts: a fault's line leads to its host."""

    head: str  # without the generation, which says nothing of the hosts
    blocks: tuple[tuple[str, str], ...]  # host, its text

    def text(self, generation: int) -> str:
        """All of it."""
        head = self.head.replace(_GENERATION, str(generation))
        return "\n".join((head, *(text for _, text in self.blocks)))

    def reads_as(self, other: Page) -> bool:
        """Whether nginx would see no difference: what differs, if anything, are comments."""
        ours, theirs = ((one.head, *(text for _, text in one.blocks)) for one in (self, other))
        # Most are the very same strings: 1,000 hosts are a fraction of a millisecond.
        return len(ours) == len(theirs) and all(
            a is b or _bare(a) == _bare(b) for a, b in zip(ours, theirs, strict=True)
        )

    def host_at(self, line: int) -> str:
        """The host in whose block a line is; "" where it is in none."""
        last = self.head.count("\n") + 1
        for host, text in self.blocks:
            first, last = last, last + text.count("\n") + 1
            if first < line <= last:
                return host
        return ""

    def mentioning(self, path: str) -> tuple[str, ...]:
        """The hosts whose blocks have a path in them."""
        return tuple(host for host, text in self.blocks if path in text)


class Nginx(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of the nginx that reads the file."""

    min_timeout: bool = True  # whether it knows keepalive_min_timeout, as 1.27.4 does
    status: str = ""  # a socket at which it tells its generation
    hold: str = ""  # a socket at which who asks waits, where nobody is reachable
    flags: str = ""  # a folder: who is asked for there though nginx has not read of it
    resolvers: str = ""
    dhparam: str = ""


class Renderer:
    """Makes the file; remembers the blocks of the last one."""

    def __init__(self, settings: Settings, nginx: Nginx) -> None:
        self._settings, self.nginx = settings, nginx
        self._made: dict[str, tuple[Host, _Flags, str]] = {}

    def page(self, hosts: Iterable[Host], wanted: Wanted) -> Page:
        """The whole file: these hosts, and of what is wanted everything else."""
        before, self._made = self._made, {}
        every = tuple(hosts)
        blocks = [(host.host, self._block(host, wanted.files, before)) for host in every]
        doors = written(wanted.doors, {host.host for host in every}) if self.nginx.hold else ()
        if doors:
            blocks.append((DOORS, self._doors(doors, wanted.files)))
        return Page(head=self._head(every, wanted, doors), blocks=tuple(blocks))

    def _block(self, host: Host, files: Files, before: dict[str, tuple[Host, _Flags, str]]) -> str:
        flags = files.error_page, files.network_internal, files.proxy_conf, files.challenges
        known = before.get(host.host)
        # The very same host, not one that is equal: to compare them takes longer than to read them.
        if known is None or known[0] is not host or known[1] != flags:
            known = (host, flags, self._rendered(host, files))
        self._made[host.host] = known
        return known[2]

    def _rendered(self, host: Host, files: Files) -> str:
        settings = self._settings
        paths = {location.path for location in host.locations}
        shown = msgspec.structs.replace(
            host,
            acme=host.acme and not _taken(_ACME, paths),
            debug=self._debug(host) if not _taken(_DEBUG, paths) else "",
        )
        plain_port, secure_port = ports_of(host, settings)
        ending = " default_server" if host.default else ""
        text = _template("host.conf.j2").render(
            host=shown,
            options=host.options,
            tls=host.tls,
            access_log=settings.access_log,
            # What a file of the host says itself stands in no server twice.
            challenged=host.include.rpartition("/")[2] not in files.challenges,
            error_page=files.error_page,
            network_internal=_internal(files),
            realm="" if is_regex(host.host) else host.host,
            default_root=settings.default_root,
            has_root=bool({"/", "^~ /"} & paths),
            listen_http=[
                at
                for port in dict.fromkeys((plain_port, settings.http_port))
                for at in listens(settings, port, ending)
            ],
            listen_https=https_listens(settings, host),
            rejected_apart=not _is_rejected(host),
            https_port=secure_port,
            quic=bool(host.options.http3),
            hold_socket=self.nginx.hold,
            flags=self.nginx.flags,
            given_up=not files.proxy_conf,
        )
        return "\n" + text.strip("\n")

    def _debug(self, host: Host) -> str:
        return debug_of(host, self._settings) if host.options.debug_endpoint else ""

    def _doors(self, doors: Collection[Door], files: Files) -> str:
        settings = self._settings
        text = _template("doors.conf.j2").render(
            doors=doors,
            settings=settings,
            files=files,
            listens=listens(settings, settings.https_port, ""),
            hold=self.nginx.hold,
            flags=self.nginx.flags,
            internal=_internal(files),
        )
        return "\n" + text.strip("\n")

    def _head(self, hosts: Collection[Host], wanted: Wanted, doors: Collection[Door]) -> str:
        settings = self._settings
        # A wildcard's certificate is not for those that want none.
        closed = bool(doors) and not wanted.default_certificate
        ports = [ports_of(host, settings) for host in hosts]
        plain_ports = sorted({settings.http_port, *(plain for plain, _ in ports)})
        secure_ports = sorted({settings.https_port, *(secure for _, secure in ports)})
        quic = {ports_of(host, settings)[1] for host in hosts if _has_quic(host)}
        quic_ports = sorted(quic | {settings.https_port}) if quic else []
        return (
            _template("head.conf.j2")
            .render(
                hosts=len(hosts),
                refusals=[f"{plain(r.container)}: {plain(r.reason)}" for r in wanted.refusals],
                settings=settings,
                files=wanted.files,
                generation=_GENERATION,
                log_format=escaped(settings.log_format),
                listen_http=[at for port in plain_ports for at in listens(settings, port, "")],
                listen_https=[at for port in secure_ports for at in listens(settings, port, "")],
                listen_quic=[at for port in quic_ports for at in plain_listens(settings, port)],
                default_certificate=wanted.default_certificate,
                rejected=_rejected(hosts, settings, closed=closed),
                doors=bool(doors),
                min_timeout=self.nginx.min_timeout,
                status=self.nginx.status,
                hold=self.nginx.hold,
                flags=self.nginx.flags,
                internal=_internal(wanted.files),
                resolvers=settings.resolvers or self.nginx.resolvers,
                dhparam=self.nginx.dhparam if settings.dhparam else "",
            )
            .strip("\n")
        )


@functools.cache
def _template(name: str) -> jinja2.Template:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("homeport.proxy.dropin"),
        undefined=jinja2.StrictUndefined,
        autoescape=False,  # noqa: S701 - nginx's syntax is not HTML; the values are typed
    )
    return environment.get_template(name)


def _internal(files: Files) -> str:
    """Who is internal: a file of the administrator's, or that of the image."""
    return f"{files.root if files.network_internal else '/etc/nginx'}/network_internal.conf"


def _bare(text: str) -> list[str]:
    """Its lines without those that are comments."""
    return [line for line in text.splitlines() if not line.lstrip().startswith("#")]


def _taken(path: str, paths: Iterable[str]) -> bool:
    """Whether a container has a location that would be the same as one of ours."""
    return any(one.rpartition(" ")[2] == path for one in paths)


def _is_rejected(host: Host, *, closed: bool = False) -> bool:
    """Whether its handshakes are rejected by a server of all such hosts.

    One for each would be half of what nginx reads of 1,000 hosts. The order of those with a regex
    counts, so they have their own. `closed`: so are those of hosts that want no https.
    """
    unwanted = host.tls is None or bool(host.fault)
    bare = closed if unwanted else bool(host.tls and not host.tls.certificate)
    return bare and not is_regex(host.host)


def _rejected(
    hosts: Iterable[Host], settings: Settings, *, closed: bool
) -> list[tuple[tuple[str, ...], list[str]]]:
    """The names that have no certificate, by how nginx listens for them."""
    found: dict[tuple[str, ...], list[str]] = {}
    for host in (one for one in hosts if _is_rejected(one, closed=closed)):
        found.setdefault(tuple(https_listens(settings, host)), []).append(host.server_name)
    return list(found.items())


def _has_quic(host: Host) -> bool:
    return bool(host.tls and host.tls.certificate and host.options.http3)

"""Where the address comes from: `use=` and its arguments, `usev4=`, `usev6=`."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from homeport.dns.address import agreed
from homeport.dns.ddclient.believe import Found, in_answer, in_text, public
from homeport.dns.ddclient.model import Request, Wanted
from homeport.dns.ddclient.routers import ROUTERS
from homeport.dns.ddclient.send import Sender
from homeport.dns.ddclient.settle import Configured, Settled
from homeport.dns.ddclient.text import is_ip, is_ipv4, is_ipv6
from homeport.dns.ddclient.uses import CISCO, DEVICES, WEB, is_disabled
from homeport.errors import Unavailable

_SECONDS = 60.0  # for a command
_FAMILIES = {"4": socket.AF_INET, "6": socket.AF_INET6}
_IS = {"": is_ip, "4": is_ipv4, "6": is_ipv6}
_ASKED_OF_ROUTERS = DEVICES | set(CISCO) | {"fw"}
_ROUTES = {"4": Path("/proc/net/route"), "6": Path("/proc/net/ipv6_route")}


class Finder:
    """Addresses of one round: what several hosts ask in the same way is asked once."""

    def __init__(self, settled: Settled, sender: Sender) -> None:
        self._settled, self._sender = settled, sender
        self._found: dict[tuple[str, ...], Found] = {}

    def wanted(self, host: Configured | None, tell: Callable[[str], None]) -> Wanted:
        """The addresses of a host. What could not be found is told."""
        found = {use: self._of(host, use, tell) for use in ("use", "usev4", "usev6")}
        ip, v4, v6 = found["use"], found["usev4"], found["usev6"]
        v4 = v4 or (ip if is_ipv4(ip) else "")
        v6 = v6 or (ip if is_ipv6(ip) else "")
        return Wanted(ip=ip or v4 or v6, v4=v4, v6=v6)

    def _of(self, host: Configured | None, use: str, tell: Callable[[str], None]) -> str:
        way = self._settled.get(use, host)
        if is_disabled(way):
            return ""
        found = self.find(way, use.removeprefix("usev").removeprefix("use"), host)
        # `use=ip` without an address is what a file means that says `usev4=` alone.
        silent = use == "use" and way == "ip" and not self._settled.get("ip", host)
        if not found.address and not silent:
            name = f"{host.name}: " if host else ""
            tell(f"{name}{use}={way} finds no address: {found.why}")
        # An address that a person wrote is whole.
        said = way in ("ip", "ipv4", "ipv6")
        return found.behind_prefix("" if said else self._settled.get("ipv6-suffix", host))

    def find(self, way: str, family: str, host: Configured | None) -> Found:
        """What one way finds. `family`: "4", "6", "" for either."""
        plain = way.removesuffix(f"v{family}") if family and way not in DEVICES else way
        keys = [plain, "fw", "if"] if plain in _ASKED_OF_ROUTERS else [plain]
        arguments = [self._argument(key, family, host) for key in keys]
        asked = (way, family, *arguments, self._skip(plain, family, host))
        if asked not in self._found:
            self._found[asked] = self._look(plain, family, host)
        return self._found[asked]

    def _argument(self, key: str, family: str, host: Configured | None) -> str:
        """`webv4` for `usev4=webv4`; `usev6=web` may have either."""
        own = self._settled.get(f"{key}v{family}", host) if family else ""
        return own or self._settled.get(key, host)

    def _skip(self, plain: str, family: str, host: Configured | None) -> str:
        key = "fw" if plain in _ASKED_OF_ROUTERS else plain
        return self._settled.get(f"{key}v{family}-skip" if family else f"{key}-skip", host)

    def _look(self, way: str, family: str, host: Configured | None) -> Found:
        argument = self._argument(way, family, host)
        if way == "ip":
            # Said by a person: it is published as it stands, a private one, too.
            fits = _IS[family](argument)
            return Found(address=argument) if fits else Found(why=f"'{argument}' is no address")
        if way == "if":
            return _interface(argument, family or "4")
        if way == "web":
            return self._web(argument, family, host)
        if way == "cmd":
            return self._command(argument, family, host)
        if way == "router":
            return _outer(self._settled.get("router", host), self._sender.compat)
        return self._router(way, family, host)

    def _web(self, page: str, family: str, host: Configured | None) -> Found:
        pages = page.replace(",", " ").split()
        if len(pages) > 1:
            return _agreed([self._web(one, family, host) for one in pages])
        url, skip = WEB.get(page, (page, ""))
        own = self._skip("web", family, host)
        if not url:
            return Found(why="no page is named")
        check = self._settled.get("web-ssl-validate", host) != "0"
        answer = self._sender.fetch(Request(url=url), family=_FAMILIES.get(family, 0), check=check)
        return in_answer(answer, url.partition("?")[0], own or skip, bool(own), family)

    def _router(self, way: str, family: str, host: Configured | None) -> Found:
        own = self._skip(way, family, host)
        if family == "6" and way != "fw":
            return Found(why=f"{way} is not asked for IPv6: usev6=fwv6 reads any page")
        url, skip = self._page(way, family, host), own or _skip_of(way)
        if not url:
            return Found(why=f"no fw{f'v{family}' if family else ''}= is named")
        request = Request(
            url=url,
            login=self._settled.get("fw-login", host),
            password=self._settled.get("fw-password", host),
        )
        check = self._settled.get("fw-ssl-validate", host) != "0"
        plain = replace(self._sender, ssl=False, proxy="")  # it stands in this house
        answer = plain.fetch(request, family=_FAMILIES.get(family, 0), check=check)
        # A router that has a name has a page that is known.
        return in_answer(answer, url.partition("?")[0], skip, bool(skip) or way != "fw", family)

    def _page(self, way: str, family: str, host: Configured | None) -> str:
        """The page to ask: a whole address is what it is, a router's alone is filled up."""
        router = self._argument("fw", family, host)
        if way in CISCO:
            return CISCO[way].format(router=router, interface=self._argument("if", family, host))
        if way == "fw" or "/" in router or not router:
            return router
        return f"http://{router}{ROUTERS[way].path}"

    def _command(self, command: str, family: str, host: Configured | None) -> Found:
        """`cmd=` goes through a shell, `cmdv4=` is one program: as in ddclient."""
        if not command:
            return Found(why="no command is named")
        # The command is the owner's own, from a file or flag that only the owner writes.
        words = [command] if family else ["/bin/sh", "-c", command]
        try:
            done = subprocess.run(words, stdout=subprocess.PIPE, timeout=_SECONDS, check=False)
        except (OSError, subprocess.SubprocessError) as error:
            return Found(why=f"the command fails: {error}")
        if done.returncode:
            return Found(why=f"the command ends with status {done.returncode}")
        skip = self._settled.get("cmd-skip", host) if not family else ""
        return in_text(done.stdout.decode(errors="replace"), "the command", skip, family)


def _skip_of(way: str) -> str:
    return ROUTERS[way].skip if way in ROUTERS else ""


def _agreed(said: list[Found]) -> Found:
    """Of several pages two have to say the same: one may lie, or be somebody else's."""
    address = agreed([found.address for found in said])
    why = "; ".join(found.why for found in said if found.why)
    return Found(address=address) if address else Found(why=why or "no two of the pages agree")


def _outer(way: str, compat: str) -> Found:
    """The address of the router's outer side, by PCP, NAT-PMP or UPnP."""
    import asyncio

    from homeport.dns.router import HTTP, outer_address

    sender = Sender(compat=compat, timeout=HTTP)

    async def fetch(url: str, headers: Mapping[str, str], body: bytes) -> bytes:
        method = "POST" if body else "GET"
        asked = Request(url=url, method=method, headers=[*headers.items()], body=body.decode())
        answer = await asyncio.to_thread(sender.fetch, asked)
        return answer.text.encode(errors="surrogateescape") if answer.status == 200 else b""

    try:
        return public(asyncio.run(outer_address(way, fetch)), "the router")
    except Unavailable as error:
        return Found(why=error.message)


def _interface(name: str, family: str) -> Found:
    from homeport.dns.interface import now
    from homeport.dns.local import pick

    name = default_interface(family) if name.lower() == "default" else name
    if not name:
        return Found(why="there is no default route")
    try:
        there = [one for one in now() if one.interface == name and str(one.family) == family]
    except Unavailable as error:
        return Found(why=error.message)
    picked = pick(there, interface=name)
    address = picked.v4 if family == "4" else picked.v6
    if address:
        prefix = next(one.prefix for one in there if one.address == address)
        return Found(address=address, prefix=prefix)
    others = [one.address for one in there if not one.address.startswith(("127.", "fe80:"))]
    return public(others[0], name) if others else Found(why=f"{name} has no IPv{family} address")


def default_interface(family: str) -> str:
    """The interface of the default route with the least metric; "" where there is none."""
    try:
        rows = [line.split() for line in _ROUTES[family].read_text().splitlines()]
    except OSError:
        return ""
    if family == "4":
        found = [(int(r[6]), r[0]) for r in rows[1:] if r[1] == r[7] == "00000000"]
    else:
        found = [(int(r[5], 16), r[9]) for r in rows if r[0] == "0" * 32 and r[1] == "00"]
    return min((row for row in found if row[1] != "lo"), default=(0, ""))[1]

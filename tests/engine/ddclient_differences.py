"""Where `homeport ddns` does something else than ddclient 3.10.0, on purpose, and why.

docs/reference-ddns.md has this list as a table; the differential tests forgive nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from homeport.dns.ddclient.model import GOOD
from tests.engine.ddclient_lab import Cached


@dataclass(frozen=True)
class Difference:
    """One of them, in the words of the documentation."""

    name: str
    ddclient: str
    ours: str
    why: str


DIFFERENCES = (
    Difference(
        "no address",
        "sends `&myip=` or `&ip=` with nothing when no address was found",
        "sends nothing, and says why there is no address",
        "some providers take the address of the connection, others forget the name",
    ),
    Difference(
        "error pages",
        "takes the address from a page with any status, and `good` from ovh's; follows nothing",
        "2xx alone counts, for a page with an address and for an answer; follows nothing",
        "an error page may hold any address and any word",
    ),
    Difference(
        "fill-in pages",
        "takes the first address of any page",
        "a page with a form or a script is not believed, unless `web-skip` says where to look",
        "a captive portal answers 200",
    ),
    Difference(
        "private addresses",
        "publishes whatever `use=if`, `web`, `cmd` or `fw` say",
        "publishes public addresses; an `ip=` that a person wrote goes out as it stands",
        "10.0.0.0/8, 100.64.0.0/10 and the like lead nobody here",
    ),
    Difference(
        "exit status",
        "ends with 0 after most answers that are not 2xx",
        "ends with 1 where a host is not updated or has no address, 2 where the file is wrong",
        "a timer or a script has to notice",
    ),
    Difference(
        "secrets",
        "prints the request with its password when it failed",
        "never tells a password, a token or a signature",
        "logs are kept, mailed and shared",
    ),
    Difference(
        "dry run",
        "`-noexec` writes the cache, and what it holds is taken for done",
        "`-noexec` and `--dry-run` write nothing",
        "the next run would leave out what was never done",
    ),
    Difference(
        "left alone",
        "a host that is left alone loses its `atime` and `wtime`",
        "it keeps them",
        "pauses end early otherwise",
    ),
    Difference(
        "failed, remembered",
        "an update with `ip=`, `ipv4=` or `ipv6=` that failed is remembered as done",
        "it is not, and it is tried again after `min-error-interval`",
        "the name would stay wrong until `max-interval`",
    ),
    Difference(
        "use and usev4",
        "with `usev4=` the protocols of one address, and with `use=` cloudflare, freedns and "
        "hetzner, are updated every five minutes though nothing changed",
        "what was published is remembered under both names",
        "needless updates end in a ban",
    ),
    Difference(
        "forgotten success",
        "1984, njalla and nsupdate never become `good`",
        "they do, once they are",
        "as above",
    ),
    Difference(
        "refusals",
        "asks again after `min-error-interval`, for ever",
        "after badauth, nohost, !yours, abuse and the like, 401 and 403 nobody asks again until "
        "the host's configuration changes; `-force` asks once",
        "providers ban who goes on",
    ),
    Difference(
        "trouble",
        "asks again after `min-error-interval`, for ever",
        "after 5xx, 429, 911 and dnserr the pauses double up to a day; Retry-After counts; kept "
        "across restarts in a file beside the cache",
        "a provider that has trouble is not helped by more requests",
    ),
    Difference(
        "a clock that jumps",
        "waits until the clock comes to the times in its cache, for years if need be",
        "waits for no longer than the pause itself",
        "a box without a battery begins in 1970, or far ahead",
    ),
    Difference(
        "a server that hangs",
        "waits for it once for each host, one after the other",
        "waits for it once, beside the others",
        "ten hosts of one provider would hold up all others for twenty minutes",
    ),
    Difference(
        "one line for all",
        "a refusal in one line is the first host's; the others hear nothing",
        "it is the answer to all hosts of the request",
        "that is what it means",
    ),
    Difference(
        "blanks in URLs",
        "a password with blanks breaks the request",
        "blanks, `#`, quotes, `<`, `>` and what is not ASCII are encoded; `&`, `+` and `%` go out "
        "as they stand",
        "people have written `%26` into their files",
    ),
    Difference(
        "chunked answers",
        "reads the length of a chunk as the provider's word",
        "decodes them",
        "it is HTTP/1.1",
    ),
    Difference(
        "easyDNS TOOSOON",
        "waits 5 seconds, and says 5 minutes",
        "waits 5 minutes",
        "that is what it says",
    ),
    Difference(
        "IPv6 alone",
        "with `usev6=` alone, protocols of one address send none",
        "they send the IPv6 address; with both families, as in ddclient, the IPv4 one",
        "a name with an AAAA alone is a name, too",
    ),
    Difference(
        "No-IP's address",
        "remembers the address that the provider repeats, or none",
        "remembers the address that was sent",
        "an answer without an address is updated for ever",
    ),
    Difference(
        "FreeDNS accounts",
        "uses the first host's login for all",
        "asks once for each login",
        "hosts may belong to several accounts",
    ),
    Difference(
        "background",
        "`-daemon` forks, which ends a container",
        "stays in the foreground unless `-noforeground` is given",
        "the program is the container's first process",
    ),
    Difference(
        "-daemon -force",
        "updates at every look",
        "updates at the first look",
        "needless updates end in a ban",
    ),
    Difference(
        "unknown flags",
        "prints its help and ends with 0",
        "says which one, and ends with 2",
        "a unit file with a slip looks healthy otherwise",
    ),
    Difference(
        "the file's mode",
        "sets the file's mode to 0600",
        "warns, and changes nothing",
        "the file may be on a read-only mount, or somebody else's",
    ),
    Difference(
        "other versions' caches",
        "leaves out a cache that another version wrote",
        "reads the cache of any version",
        "an upgrade would update every host",
    ),
    Difference(
        "a cut cache",
        "reads half a line as a host",
        "leaves out a last line without its end, and a file that is no cache",
        "a full disk cuts files",
    ),
    Difference(
        "postscript",
        "runs after each attempt, through a shell",
        "runs after an update that worked, without a shell",
        "an address that was not published is no news",
    ),
    Difference(
        "olitec-SX200",
        "is the one of 47 routers that it never finds: names are read without case",
        "is asked as the others are",
        "it has a page, too",
    ),
    Difference(
        "https through a proxy",
        "speaks TLS to the proxy",
        "asks the proxy for a tunnel (CONNECT)",
        "that is what proxies understand",
    ),
    Difference(
        "keysystems, dinahosting",
        "keysystems is not sent, dinahosting without the type of the record",
        "sent; keysystems as ddclient 4.0 does, over TLS; dinahosting is unverified",
        "neither can work otherwise; 3.11.2 has both faults, 4.0 the second",
    ),
)


@dataclass(frozen=True)
class Configured:
    """What a test configured of a host."""

    protocol: str
    both: bool = False  # the protocol keeps IPv4 and IPv6 apart
    use: bool = True
    usev4: bool = False


Row = Mapping[str, str]
_SUCCESS = ("ip", "ipv4", "mtime", "status", "status-ipv4")


def forgiven(name: str, key: str, before: Cached, their: Row, our: Row, host: Configured) -> str:
    """The difference that explains why a key of the cache is not the same; "" where none does."""
    there, here = their.get(key), our.get(key)
    was = before.get(name, {})
    if key in ("atime", "wtime") and their.get("atime") == "0" and here == was.get(key):
        return "left alone"
    well = "good" in (our.get("status"), our.get("status-ipv4")) or our.get("status") in GOOD
    if host.protocol == "noip" and key == "ip" and well:
        return "No-IP's address"
    if key in ("ip", "ipv4", "ipv6") and there and here == was.get(key) and not well:
        return "failed, remembered"
    if host.protocol in ("1984", "njalla") and key in _SUCCESS and well:
        return "forgotten success"
    if host.both and host.use and key in ("ip", "status") and our.get("status-ipv4") == "good":
        return "use and usev4"
    if host.usev4 and key in ("ipv4", "status-ipv4") and our.get("status") in GOOD:
        return "use and usev4"
    return ""


def is_stuck(before: Row, their: Row, our: Row) -> bool:
    """ "failed, remembered": ddclient never tries again, and ours does."""
    failed = before.get("mtime") == "0" and before.get("status") not in GOOD
    tried = "now" in (our.get("atime"), our.get("warned-min-error-interval"))
    return failed and their.get("atime") == "0" and tried

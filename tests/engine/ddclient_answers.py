"""What providers answer, well and badly, and the lines of a file that name them."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, urlsplit

from tests.engine.ddclient_lab import Reply, Seen, Server

ZONE = "example.org"


@dataclass(frozen=True)
class Case:
    """One provider: its line without hosts, its hosts, how it is known, and its answers."""

    line: str  # {plain} and {tls} are the server's
    hosts: tuple[str, ...]
    paths: str  # a regular expression on targets
    kinds: Mapping[str, Callable[[Seen], Reply]]


def text(body: str, status: int | None = 200, **headers: str) -> Callable[[Seen], Reply]:
    return lambda _: Reply(status, body, headers)


def asks(seen: Seen, key: str) -> list[str]:
    """The values of a parameter."""
    return ",".join(parse_qs(urlsplit(seen.target).query).get(key, [])).split(",")


def each(*lines: str) -> Callable[[Seen], Reply]:
    """A line for each host, in turn."""

    def reply(seen: Seen) -> Reply:
        hosts = asks(seen, "hostname")
        said = [lines[index % len(lines)] for index in range(len(hosts))]
        return Reply(body="\n".join(said) + "\n")

    return reply


FAULTS: Mapping[str, Callable[[Seen], Reply]] = {
    "nothing": text("", None),
    "error": text("<h1>good OK success Updated</h1>", 500),
    "missing": text("nothing here good", 404),
    "redirect": text("", 302, Location="http://127.0.0.1:1/good"),
    "empty": text(""),
    "page": text("<html>sorry</html>"),
}
_DYNDNS = {
    "good": each("good 8.8.4.4"),
    "nochg": each("nochg 8.8.4.4"),
    "mixed": each("good 8.8.4.4", "nochg 8.8.4.4", "nohost", "dnserr"),
    "badauth": each("badauth"),
    "abuse": each("abuse"),
    "notfqdn": each("notfqdn"),
    "strange": each("whatever"),
    "wait": each("w60m"),
}
_XML = '<?xml version="1.0"?><interface-response><ErrCount>{}</ErrCount></interface-response>\n'
_NOERROR = "<TITLE>Done</TITLE>\nreturn code: NOERROR\nerror code: NOERROR\n"


def _json(data: Any, status: int = 200) -> Reply:
    return Reply(status, json.dumps(data))


def cloudflare(seen: Seen) -> Reply:
    if "dns_records" not in seen.target:
        return _json({"result": [{"id": "z1", "name": asks(seen, "name")[0]}]})
    if seen.method == "PATCH":
        return _json({"result": {"id": "r1"}})
    kind, name = asks(seen, "type")[0], asks(seen, "name")[0]
    return _json({"result": [{"id": f"r-{kind}", "name": name, "type": kind}]})


def cloudflare_without_record(seen: Seen) -> Reply:
    if "dns_records" not in seen.target:
        return _json({"result": [{"id": "z1", "name": asks(seen, "name")[0]}]})
    return _json({"result": [{"id": "r", "name": "other.example.org"}]})


def hetzner(seen: Seen) -> Reply:
    if "/zones" in seen.target:
        return _json({"zones": [{"id": "z9", "name": ZONE}]})
    if seen.method == "GET":
        return _json({"records": [{"id": "r1", "name": "h1", "type": "A"}]})
    return _json({"record": {"id": "r1"}})


def yandex(seen: Seen) -> Reply:
    if "list" in seen.target:
        rows = [{"fqdn": f"y{n}.{ZONE}", "record_id": n} for n in range(9)]
        return _json({"success": "ok", "records": rows})
    return _json({"success": "ok"})


def nfsn(seen: Seen) -> Reply:
    if "listRRs" in seen.target:
        return _json([{"data": "192.0.2.1"}])
    return Reply(body="")


def nfsn_without_record(seen: Seen) -> Reply:
    return _json([]) if "listRRs" in seen.target else Reply(body="")


def freedns(server: Server) -> Callable[[Seen], Reply]:
    def reply(seen: Seen) -> Reply:
        if "getdyndns" in seen.target:
            rows = [f"f{n}.{ZONE}|192.0.2.1|https://{server.tls}/dyn/?tok{n}" for n in range(4)]
            return Reply(body="\n".join(rows) + "\n")
        number, address = re.search(r"tok(\d)&address=(.*)", seen.target).groups()  # type: ignore[union-attr]
        return Reply(body=f"Updated 1 host(s) f{number}.{ZONE} to {address} in 0.1 seconds")

    return reply


def zoneedit(seen: Seen) -> Reply:
    hosts = asks(seen, "host")
    lines = [f'<SUCCESS CODE="200" TEXT="Update succeeded." ZONE="{h}">' for h in hosts]
    return Reply(body="\n".join(lines) + "\n")


def cases(server: Server) -> dict[str, Case]:
    """Every protocol that both can do the same with."""

    def case(line: str, hosts: str, paths: str, **kinds: Callable[[Seen], Reply]) -> Case:
        name = line.split()[0]
        full = f"protocol={name}, " + line.removeprefix(name).strip()
        full = full.format(plain=server.plain, tls=server.tls)
        return Case(full, tuple(hosts.split()), paths, {**kinds, **FAULTS})

    login = "login=me, password='p w#1'"
    return {
        "dyndns1": case(
            f"dyndns1 server={{tls}}, {login}",
            "d1.example.org d2.example.org",
            "/nic/.*action=edit",
            good=text(_NOERROR),
            bad=text("<TITLE>No</TITLE>\nreturn code: NOTFQDN\n"),
        ),
        "dyndns2": case(
            f"dyndns2 server={{plain}}, {login}",
            "a1.example.org a2.example.org a3.example.org",
            "/nic/update.system=(dyndns|statdns|custom)&hostname=a",
            **_DYNDNS,
        ),
        "noip": case(
            f"noip server={{tls}}, {login}",
            "n1.example.org n2.example.org",
            "/nic/update.system=noip",
            **_DYNDNS,
        ),
        "woima": case(
            f"woima server={{plain}}, {login}",
            "w1.example.org w2.example.org",
            "/nic/update.system=.*hostname=w",
            **_DYNDNS,
        ),
        "ovh": case(
            f"ovh server={{tls}}, {login}",
            "o1.example.org o2.example.org",
            "/nic/update.system=dyndns&hostname=o",
            **_DYNDNS,
        ),
        "googledomains": case(
            f"googledomains server={{tls}}, {login}",
            "g1.example.org g2.example.org",
            "/nic/update.hostname=g",
            good=text("good 8.8.4.4"),
        ),
        "dslreports1": case(
            f"dslreports1 server={{tls}}, {login}",
            "11 12",
            "/nic/.*host_id=1",
            good=text("return code: NOERROR\n"),
            bad=text("return code: BADAUTH\n"),
        ),
        "easydns": case(
            f"easydns server={{tls}}, {login}",
            "e1.example.org e2.example.org",
            "/dyn/generic",
            good=text("NOERROR\n"),
            auth=text("NOACCESS\n"),
            other=text("WHAT\n"),
        ),
        "namecheap": case(
            "namecheap server={tls}, login=sample.com, password='a,b$c'",
            "test demo www.sample.com",
            "/update.host=",
            good=text(_XML.format(0)),
            bad=text(_XML.format(1)),
        ),
        "duckdns": case(
            "duckdns server={tls}, password=tok-en",
            "duck1 duck2",
            "/update.domains=",
            good=text("OK"),
            bad=text("KO"),
        ),
        "freemyip": case(
            "freemyip server={tls}, password=tok-en",
            "fm1.example.org",
            "/update.token=",
            good=text("OK\n"),
            bad=text("ERROR\n"),
        ),
        "dondominio": case(
            "dondominio server={tls}, login=me, password=pw",
            "dd1.example.org",
            "/plain/",
            good=text("OK:IP:8.8.4.4"),
            bad=text("ERROR"),
        ),
        "dnsmadeeasy": case(
            "dnsmadeeasy server={plain}, login=me, password=pw",
            "1001 1002",
            "/servlet/updateip",
            good=text("success"),
            bad=text("error-auth"),
            other=text("error-record-ip-same"),
        ),
        "sitelutions": case(
            "sitelutions server={tls}, login=me, password=pw",
            "2001",
            "/dnsup",
            good=text("success\n"),
            bad=text("failure (auth)\n"),
        ),
        "changeip": case(
            f"changeip server={{tls}}, {login}",
            "ci.example.org",
            "/nic/update.hostname=ci",
            good=text("200 Successful Update\n"),
            bad=text("401 no\n"),
        ),
        "dnsexit": case(
            "dnsexit server={tls}, login=me, password=pw",
            "de.example.org",
            "/RemoteUpdate",
            good=text("0=Success"),
            same=text("1=IP is the same"),
            bad=text("2=Invalid password"),
            lost=text("11=fail to find the domain"),
            odd=text("99=odd"),
        ),
        "zoneedit1": case(
            f"zoneedit1 server={{tls}}, zone=example.org, {login}",
            "z1.example.org z2.example.org",
            "/auth/dynamic",
            good=zoneedit,
            bad=text('<ERROR CODE="701" TEXT="Zone is not set up" ZONE="bad.com">\n'),
        ),
        "cloudns": case(
            "cloudns dynurl='https://{tls}/api/dynamicURL/?q=abc'",
            "cn1.example.org cn2.example.org",
            "/api/dynamicURL",
            good=text("OK\n"),
            bad=text("Invalid request.\n"),
        ),
        "1984": case(
            "1984 server={tls}, password=key",
            "i1.example.org",
            "/1.0/freedns",
            good=text('{"ok": true, "msg": "done", "ip": "8.8.4.4"}'),
        ),
        "njalla": case(
            "njalla server={tls}, password=key",
            "nj.example.org",
            "/update/.h=",
            good=text('{"status": 200, "message": "record updated", "value": {"A": "8.8.4.4"}}'),
        ),
        "cloudflare": case(
            "cloudflare server={tls}, zone=example.org, password=tok",
            "c1.example.org c2.example.org",
            "/zones/",
            good=cloudflare,
            lost=cloudflare_without_record,
        ),
        "hetzner": case(
            "hetzner server={tls}, zone=example.org, password=tok",
            "h1.example.org h2.example.org",
            "/(zones.name|records)",
            good=hetzner,
        ),
        "godaddy": case(
            "godaddy server={tls}, zone=example.org, login=key, password=secret",
            "gd1.example.org gd2.example.org",
            "/example.org/records",
            good=text("{}"),
            bad=text('{"code": "NO", "message": "no"}', 422),
        ),
        "gandi": case(
            "gandi server={tls}, zone=example.org, password=key",
            "ga1.example.org ga2.example.org",
            "/v5/livedns",
            good=text('{"message": "DNS Record Created"}', 201),
            bad=text('{"status": "error", "errors": [{"description": "no"}]}', 400),
        ),
        "yandex": case(
            "yandex server={tls}, login=example.org, password=tok",
            "y1.example.org y2.example.org",
            "/api2/admin",
            good=yandex,
        ),
        "freedns": case(
            f"freedns server={{tls}}, {login}",
            "f1.example.org f2.example.org",
            "/(api/.action|dyn/)",
            good=freedns(server),
        ),
        "nfsn": case(
            "nfsn server={tls}, zone=example.org, login=me, password=key",
            "ns1.example.org",
            "/dns/example.org",
            good=nfsn,
            new=nfsn_without_record,
        ),
    }


def answers(
    server: Server, kinds: Mapping[str, str], page: str = "8.8.4.4"
) -> Callable[[Seen], Reply]:
    """Each provider answers in one way; /ip is the page that tells the address."""
    known = cases(server)

    def reply(seen: Seen) -> Reply:
        if seen.target == "/ip":
            return Reply(body=f"Current IP Address: {page}\n")
        for name, kind in kinds.items():
            if re.match(known[name].paths, seen.target):
                return known[name].kinds[kind](seen)
        return Reply(404, "nobody")

    return reply

"""`--compat 4.0`: the requests that ddclient 3.11.2 sent, which asks as 4.0 does, with curl.

No system that the tests run on has a newer one than 3.10 and its requests both, so they are kept in
recorded_3_11.json. HOMEPORT_RECORD_WITH=/path/to/ddclient-3.11.2 writes that file anew.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.engine.ddclient_answers import cloudflare, hetzner
from tests.engine.ddclient_lab import FIXED, Pair, Reply, Seen, Server, tunnel
from tests.engine.test_ddclient import PROGRAM

RECORDED = Path(__file__).with_name("recorded_3_11.json")
WAYS = {
    "one": "use=ip, ip=8.8.4.4",
    "both": "usev4=ipv4, ipv4=8.8.4.4, usev6=ipv6, ipv6=2001:4860::8",
}
ZONED = "server={tls}, zone=example.org, password=tok"
LINES = {
    "digitalocean": f"{ZONED} do.example.org",
    "cloudflare": f"{ZONED} c1.example.org",
    "hetzner": f"{ZONED} h1.example.org",
    "gandi": f"{ZONED} ga.example.org",
    "dnsexit2": f"{ZONED} de.example.org",
    "duckdns": "server={tls}, password=tok duck",
    "namecheap": "server={tls}, login=sample.com, password=pw test",
    "enom": "server={tls}, login=sample.com, password=pw test",
    "domeneshop": "server={tls}, login=me, password=pw dm.example.org",
    "regfishde": "server={tls}, password=tok rf.example.org",
    "freemyip": "server={tls}, password=tok f.example.org",
    "zoneedit1": "server={tls}, login=me, password=pw, zone=example.org z.example.org",
    "infomaniak": "login=me, password=pw i.example.org",
    "mythicdyn": "login=me, password=pw m.example.org",
}
MOVED = ("infomaniak", "mythicdyn")
PROGRAM_OF_4 = [*PROGRAM, "--compat", "4.0"]
# 3.11 asks for one family alone, as an `ipv6=` says; 4.0 for each: tests/unit/dns/ddclient.
CASES = [(name, way) for name in LINES for way in WAYS if (name, way) != ("mythicdyn", "both")]


def reply(seen: Seen) -> Reply:
    """What each of them is content with."""
    if "dns_records" in seen.target or "/zones/?" in seen.target:
        return cloudflare(seen)
    if "/zones?" in seen.target or ("/records" in seen.target and "/v2/" not in seen.target):
        return hetzner(seen)
    if "/v2/domains" in seen.target:
        return Reply(body=json.dumps({"domain_records": [{"id": 77, "data": "1.1.1.1"}]}))
    words = '{"code": 0, "message": "success"}\n<ErrCount>0\nDone=true\ngood\nOK\n'
    return Reply(body=words)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    server = Server(tmp_path_factory.mktemp("server"))
    server.answers = reply
    with server.running():
        yield server


def asked(server: Server, folder: Path, program: list[str], name: str, way: str) -> list[Any]:
    """The requests of a program, the server's port and the version left out."""
    line = LINES[name].format(tls=server.tls)
    # 3.11's own default is http for one of them, where a password travels.
    config = f"ssl_ca_file={server.ca}\nssl=yes\n{WAYS[way]}\nprotocol={name}, {line}\n"
    with tunnel(server.tls) as proxy:
        if name in MOVED and program == PROGRAM_OF_4:
            config = f"proxy={proxy}\n{config}"
        requests = Pair(server, folder)._one(way, program, config, ["-force"], None).requests
    # 3.11 misreads the answer, and asks a second time with the password in the address.
    requests = [seen for seen in requests if "&username=" not in seen.target]
    text = json.dumps(requests, default=vars)
    for before, after in ((server.tls, "SERVER"), ("3.11.2", "VERSION"), ("4.0.0", "VERSION")):
        text = text.replace(before, after)
    found: list[Any] = json.loads(text)
    return found


@pytest.mark.parametrize(("name", "way"), CASES)
def test_it_asks_as_a_newer_ddclient_asks(
    server: Server, tmp_path: Path, name: str, way: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder = os.environ.get("HOMEPORT_RECORD_WITH")
    if recorder:
        # curl's own way to lead a name to another server; ours is led there by a proxy.
        lines = [f"connect-to = {host}:443:{server.tls}\n" for host in FIXED]
        (tmp_path / ".curlrc").write_text("".join(lines))
        monkeypatch.setenv("CURL_HOME", str(tmp_path))
        there = json.loads(RECORDED.read_text()) if RECORDED.exists() else {}
        there[f"{name} {way}"] = asked(server, tmp_path, ["perl", recorder], name, way)
        RECORDED.write_text(json.dumps(there, indent=1, sort_keys=True) + "\n")
    expected = json.loads(RECORDED.read_text())[f"{name} {way}"]
    assert expected == asked(server, tmp_path, PROGRAM_OF_4, name, way)

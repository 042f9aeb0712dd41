"""A real name server of a test's own, with a key: it takes updates, on a port of loopback."""

from __future__ import annotations

import base64
import os
import subprocess
from dataclasses import dataclass, field
from pathlib import Path

import dns.message
import dns.query
import dns.rcode
import dns.tsig
import dns.update

from tests.e2e.house import eventually, free_port

_CONF = """
options {{ directory "{folder}"; listen-on port {port} {{ 127.0.0.1; }}; listen-on-v6 {{ none; }};
  pid-file none; session-keyfile none; recursion no; dnssec-validation no;
  empty-zones-enable no; }};
controls {{ }};
key "home" {{ algorithm hmac-sha256; secret "{key}"; }};
zone "{zone}" {{ type primary; file "zone.db"; allow-update {{ key "home"; }}; notify no; }};
"""
_ZONE = """$TTL 60
@ IN SOA ns.{zone}. admin.{zone}. 1 3600 600 86400 60
@ IN NS ns.{zone}.
ns IN A 127.0.0.1
"""


@dataclass
class Named:
    """bind9, in the foreground."""

    folder: Path
    zone: str = "example.org"
    key: str = field(default_factory=lambda: base64.b64encode(os.urandom(32)).decode())

    def start(self) -> None:
        """Return when it answers."""
        self.folder.mkdir(exist_ok=True)
        self.port = free_port()
        conf = self.folder / "named.conf"
        conf.write_text(
            _CONF.format(folder=self.folder, port=self.port, key=self.key, zone=self.zone)
        )
        (self.folder / "zone.db").write_text(_ZONE.format(zone=self.zone))
        with (self.folder / "log").open("wb") as log:
            command = ["/usr/sbin/named", "-g", "-n", "1", "-c", str(conf)]
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        eventually(self._answers, tell=lambda: (self.folder / "log").read_text()[-2000:])

    def configured_key(self) -> str:
        """The key that it takes, whatever a test says is its key."""
        text = (self.folder / "named.conf").read_text()
        return text.partition('secret "')[2].partition('"')[0]

    def stop(self) -> None:
        """End it."""
        self.process.terminate()
        self.process.wait(timeout=20)

    def settings(self) -> str:
        """A file of zones that names it."""
        return (
            f'[zones."{self.zone}"]\nprovider = "rfc2136"\nserver = "127.0.0.1:{self.port}"\n'
            f'key_name = "home"\nkey = "{self.key}"\n'
            f'nameservers = ["127.0.0.1:{self.port}"]\n'
        )

    def ask(self, name: str, kind: str = "A") -> list[str]:
        """What it answers, sorted."""
        query = dns.message.make_query(name, kind)
        answer = dns.query.udp(query, "127.0.0.1", port=self.port, timeout=2)
        return sorted(rdata.to_text() for rrset in answer.answer for rdata in rrset)

    def says(self, name: str, values: list[str]) -> bool:
        """Whether these are the addresses."""
        return self.ask(name) == values

    def change(self, name: str, kind: str, value: str) -> None:
        """Somebody else sets a record."""
        key = dns.tsig.Key("home", self.key, "hmac-sha256")
        update = dns.update.UpdateMessage(self.zone, keyring=key)
        update.replace(f"{name}.", 60, kind, value)
        answer = dns.query.tcp(update, "127.0.0.1", port=self.port, timeout=2)
        assert dns.rcode.NOERROR == answer.rcode()

    def _answers(self) -> bool:
        assert self.process.poll() is None, (self.folder / "log").read_text()[-2000:]
        try:
            return bool(self.ask(self.zone, "SOA"))
        except (OSError, dns.exception.DNSException):
            return False

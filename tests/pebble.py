"""A real ACME server of a test's own: pebble, as strict as it can be."""

from __future__ import annotations

import json
import os
import ssl
import subprocess
import urllib.request
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.e2e.house import eventually, free_port

_OPENSSL = (
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 30 "
    "-subj /CN=pebble -addext subjectAltName=IP:127.0.0.1 -keyout tls.key -out tls.crt"
)


@dataclass
class Pebble:
    """pebble, in the foreground; validation goes to `http_port` of what the name server says."""

    folder: Path
    dns_port: int
    http_port: int
    environment: Mapping[str, str] = field(default_factory=dict)
    bound: Mapping[str, str] = field(default_factory=dict)  # external accounts: id -> HMAC key
    life: int = 0  # seconds for which its certificates are good; 0: years

    def start(self) -> None:
        """Return when it answers."""
        self.folder.mkdir(exist_ok=True)
        self.port, self.admin_port = free_port(), free_port()
        subprocess.run(_OPENSSL.split(), cwd=self.folder, check=True, capture_output=True)
        self.again()

    def again(self) -> None:
        """Start it where it was, with nothing remembered."""
        (self.folder / "config.json").write_text(json.dumps({"pebble": self._config()}))
        command = [
            "pebble", "-strict", "-config", "config.json",
            "-dnsserver", f"127.0.0.1:{self.dns_port}",
        ]  # fmt: skip
        quick = {"PEBBLE_VA_NOSLEEP": "1", "PEBBLE_WFE_NONCEREJECT": "0"}
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env={**os.environ, **quick, **self.environment},
                stdout=log,
                stderr=log,
            )
        eventually(self._answers, tell=self.log)

    def stop(self) -> None:
        """End it."""
        self.process.kill()
        self.process.wait()

    @property
    def directory(self) -> str:
        """Where clients begin."""
        return f"https://127.0.0.1:{self.port}/dir"

    @property
    def ca_file(self) -> str:
        """What its own certificate is checked against."""
        return str(self.folder / "tls.crt")

    def root(self, number: int = 0) -> str:
        """What its certificates are checked against; PEM. From 1 on: those of other chains."""
        return self._get(f"https://127.0.0.1:{self.admin_port}/roots/{number}")

    def status(self, serial: str) -> str:
        """Valid or Revoked."""
        url = f"https://127.0.0.1:{self.admin_port}/cert-status-by-serial/{serial}"
        return str(json.loads(self._get(url))["Status"])

    def log(self) -> str:
        """What it printed."""
        return (self.folder / "log").read_text()

    def orders(self) -> int:
        """How many orders were placed."""
        return self.log().count("Added order")

    def _config(self) -> dict[str, object]:
        return {
            "listenAddress": f"127.0.0.1:{self.port}",
            "managementListenAddress": f"127.0.0.1:{self.admin_port}",
            "certificate": "tls.crt",
            "privateKey": "tls.key",
            "httpPort": self.http_port,
            "tlsPort": free_port(),
            "ocspResponderURL": "",
            "externalAccountBindingRequired": bool(self.bound),
            "externalAccountMACKeys": dict(self.bound),
            **({"certificateValidityPeriod": self.life} if self.life else {}),
        }

    def _get(self, url: str) -> str:
        context = ssl.create_default_context(cafile=self.ca_file)
        opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=context)
        )
        with opener.open(url, timeout=5) as answer:
            return str(answer.read().decode())

    def _answers(self) -> bool:
        assert self.process.poll() is None, self.log()[-2000:]
        try:
            return bool(self._get(self.directory))
        except OSError:
            return False

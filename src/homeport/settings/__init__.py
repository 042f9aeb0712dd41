"""What a person can set: a TOML file, then `HOMEPORT_*` variables, then flags.

Only `cli` and `daemon` read settings; everybody else is given values.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import NamedTuple, TypeVar

T = TypeVar("T", str, int, float)
_meanings: list[str] = []


def _setting(default: T, text: str) -> T:
    _meanings.append(text)
    return default


# No Struct: msgspec takes 6 ms to import, and Compose is started by what is set.
class Settings(NamedTuple):
    """Every setting. `HOMEPORT_HTTP_PORT` in the environment is `http_port` in the file."""

    state_dir: str = _setting("", "folder of all state; /var/lib/homeport for root")
    http_port: int = _setting(80, "port of the proxy for HTTP")
    https_port: int = _setting(443, "port of the proxy for HTTPS")
    bind: str = _setting("", "address that the proxy's ports are bound to; empty: all")
    listen: str = _setting("127.0.0.1:7420", "address:port of the API and of git over HTTP")
    ssh: str = _setting("0.0.0.0:2222", "address:port of git over SSH, from the first key on; off")
    domain: str = _setting("localhost", "an app without VIRTUAL_HOST is routed at APP.DOMAIN")
    host: str = _setting("", "name under which the proxy serves the API and git; empty: not")
    docker_host: str = _setting("", "the Engine; empty: DOCKER_HOST, then the local socket")
    nginx_image: str = _setting("nginx:stable", "image of the proxy, nginx 1.27.4 or newer")
    registry: str = _setting("127.0.0.1:5000", "address:port of the registry; off: there is none")
    registry_image: str = _setting("registry:2", "image of the registry, distribution 2.8 or newer")
    deadline: float = _setting(60.0, "seconds until a container without a healthcheck must accept")
    drain: float = _setting(30.0, "seconds that requests in flight may take when a replica leaves")
    hold: float = _setting(60.0, "seconds that a request waits where nobody can answer yet")
    metrics: str = _setting("off", "on: requests are counted by host and code for GET /metrics")
    access_log: str = _setting("off", "on: each request is a line of JSON in proxy/run/access.json")
    max_push: int = _setting(256, "largest push, in MiB")
    builds: int = _setting(1, "builds that may run at once")
    test_deadline: float = _setting(1800.0, "seconds that the tests of a commit may take")
    jobs: int = _setting(2, "jobs of pipelines that may run at once")
    skip_passed: str = _setting("off", "on: a job with an input that passed before is not run")
    untested: str = _setting("off", "on: what goes live may have jobs of which none runs here")
    job_deadline: float = _setting(3000.0, "seconds that a job of a pipeline may take")
    job_silence: float = _setting(600.0, "seconds that a job may say nothing; 0: any")
    job_images: str = _setting("", "images of languages: python=my/python:{version}, go=golang:1")
    service_images: str = _setting("", "images of services of jobs: redis=my/redis:7")
    contained: str = _setting("off", "on in a container: jobs get copies of its Docker client")
    job_image: str = _setting(
        "buildpack-deps:bookworm-scm", "image of hooks, and of jobs without a language"
    )
    watch: float = _setting(900.0, "seconds between two looks at watched images; 0: none")
    poll: float = _setting(300.0, "seconds between two looks at each app's remote; 0: none")
    sbom: str = _setting("on", "whether Syft describes what is published, where it is installed")
    dns: str = _setting("", "file of zones and their providers; empty: STATE_DIR/dns.toml")
    dns_every: float = _setting(300.0, "seconds between two looks at the records that were made")
    notify: str = _setting("", "URLs that are told of what fails: https://... or ntfy+https://...")
    acme: str = _setting(
        "",
        "who signs: letsencrypt, staging, zerossl, a URL; empty: for those that ask; off: nobody",
    )
    acme_email: str = _setting("", "address that the certificate authority may write to")
    acme_challenge: str = _setting(
        "http", "how names are proved: http, or dns in a zone of this box"
    )
    acme_profile: str = _setting("", "profile of certificates, for example shortlived: six days")
    acme_binding: str = _setting("", "KEY_ID:HMAC_KEY, where the authority wants an account of its")
    acme_user_data: str = _setting("", "acme-companion's file letsencrypt_user_data, as it stands")
    acme_ca_file: str = _setting("", "PEM file that the authority's own server is checked against")
    local_ca: str = _setting(
        "asked", "https for local names, signed by this box: asked (by HTTPS_METHOD), on, off"
    )
    certificates_every: float = _setting(60.0, "seconds between two looks at the certificates")
    disk_budget: float = _setting(8.0, "GB that images, build cache and registry may take; 0: any")
    builder_cache: float = _setting(
        2.0, "GB that the build cache of each builder (another machine) may take; 0: any"
    )
    keep_untagged: float = _setting(
        72.0, "hours that what no tag names stays in the registry; 1 where the disk is short"
    )
    keep_releases: int = _setting(10, "releases kept for each app, with their images")

    @property
    def state(self) -> Path:
        """The state folder."""
        return Path(self.state_dir or default_state_dir())

    @property
    def socket(self) -> Path:
        """The daemon's socket for the commands on this machine."""
        return self.state / "homeport.sock"

    @property
    def proxy_dir(self) -> Path:
        """What nginx is given: configuration, and the sockets between it and the daemon."""
        return self.state / "proxy"

    @property
    def registry_dir(self) -> Path:
        """What the registry is given: its configuration, its socket, and where its images are."""
        return self.state / "registry"

    @property
    def locks(self) -> Path:
        """The locks of projects: who holds one moves it."""
        return self.state / "locks"

    @property
    def instance(self) -> str:
        """Tells homeports on one Engine apart: "" for the default folder, else a short digest."""
        if self.state == Path("/var/lib/homeport"):
            return ""
        import hashlib  # 2 ms that the default folder does not need

        return hashlib.sha256(str(self.state.resolve()).encode()).hexdigest()[:8]

    @property
    def system_project(self) -> str:
        """The compose project of homeport's own containers."""
        return f"homeport-{self.instance}" if self.instance else "homeport"

    @property
    def listen_address(self) -> tuple[str, int]:
        """`listen`, taken apart."""
        return _address_and_port(self.listen)

    @property
    def registry_address(self) -> tuple[str, int]:
        """`registry`, taken apart; port 0 where there is none."""
        return ("", 0) if self.registry in ("", "off") else _address_and_port(self.registry)

    @property
    def ssh_address(self) -> tuple[str, int]:
        """`ssh`, taken apart; port 0 where it is off."""
        return ("", 0) if self.ssh in ("", "off") else _address_and_port(self.ssh)

    @property
    def git_url(self) -> str:
        """Where this machine pushes to: `{git_url}/git/APP.git`."""
        return f"http://{self.listen}"


# What each setting means, for the reference.
MEANINGS = dict(zip(Settings._fields, _meanings, strict=True))


def default_state_dir() -> str:
    """`/var/lib/homeport` for root, a folder in the home of everybody else."""
    if os.geteuid() == 0:
        return "/var/lib/homeport"
    base = os.environ.get("XDG_DATA_HOME") or str(Path.home() / ".local/share")
    return str(Path(base) / "homeport")


def _address_and_port(text: str) -> tuple[str, int]:
    address, _, port = text.rpartition(":")
    return address.strip("[]") or "127.0.0.1", int(port)

"""acme-companion's variables that need a whole box: as a container says them, they are done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.e2e.house import docker, eventually
from tests.e2e.town import IMAGE, Town, opened

pytestmark = [pytest.mark.engine, pytest.mark.e2e]


@pytest.fixture(scope="module")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Town]:
    """A box without a zone of its own; the authority asks a zone that others may change."""
    folder = tmp_path_factory.mktemp("town")
    none = folder / "no-zones.toml"
    none.write_text('addresses = ["93.184.215.14"]\n')
    listed = folder / "letsencrypt_user_data"
    listed.write_text("# nothing yet\n")
    given = {"HOMEPORT_DNS": str(none), "HOMEPORT_ACME_USER_DATA": str(listed)}
    yield from opened(Town(folder, given, by_zone=True))


def by_dns(town: Town, **more: str) -> dict[str, str]:
    """What a container says who brings the credentials of its zone."""
    api = {
        "DNS_API": "dns_nsupdate",
        "NSUPDATE_SERVER": "127.0.0.1",
        "NSUPDATE_SERVER_PORT": str(town.named.port),
        "NSUPDATE_KEY": f"hmac-sha256:home:{town.named.key}",
    }
    return {"ACME_CHALLENGE": "DNS-01", "ACMESH_DNS_API_CONFIG": json.dumps(api), **more}


def started(name: str) -> str:
    """When a container was started last."""
    return docker("inspect", "-f", "{{.State.StartedAt}}", name).strip()


def test_a_container_brings_the_credentials_of_its_zone(town: Town) -> None:
    """A wildcard by DNS-01 in a zone that is none of the box's, which keeps no record after."""
    host = town.host()
    town.run(host, LETSENCRYPT_HOST=f"{host},*.{host}", **by_dns(town))
    town.live(host)
    assert [host, f"*.{host}"] == town.certificates()[host]["names"]
    assert [] == town.named.ask(f"_acme-challenge.{host}", "TXT")
    said = town.house.homeport("events", "--json").stdout
    said += (town.folder / "daemon.log").read_text()
    assert town.named.key not in said


def test_credentials_that_are_refused_are_told_with_the_server_that_did(town: Town) -> None:
    host = town.host()
    api = json.loads(by_dns(town)["ACMESH_DNS_API_CONFIG"])
    api["NSUPDATE_KEY"] = "hmac-sha256:nobody:c2VjcmV0"
    given = {"ACMESH_DNS_API_CONFIG": json.dumps(api), "ACME_CHALLENGE": "DNS-01"}
    town.run(host, LETSENCRYPT_HOST=host, **given)
    eventually(lambda: "CertificateFailed" in [one["event"] for one in town.events(host)])
    failed = next(one for one in town.events(host) if one["event"] == "CertificateFailed")
    why = "127.0.0.1 does not take the TSIG key: "
    assert ("challenge", True) == (failed["step"], failed["reason"].startswith(why)), failed


def test_who_wants_it_is_restarted_and_hooks_are_refused_by_name(town: Town) -> None:
    host = town.host()
    more = {"LETSENCRYPT_HOST": host, "ACME_POST_HOOK": "touch /tmp/pwned"}
    name = town.run(host, **by_dns(town), ACME_RESTART_CONTAINER="true", **more)
    before = started(name)
    town.live(host)
    eventually(lambda: started(name) != before, tell=lambda: town.events(host))
    (told,) = [one for one in town.events(host) if one["event"] == "VariableIgnored"]
    assert ("ACME_POST_HOOK", True) == (told["variable"], "ACME_RESTART_CONTAINER" in told["hint"])
    (ignored,) = town.certificates()[host]["ignored"]
    assert ignored.startswith("ACME_POST_HOOK: ")
    assert "ACME_POST_HOOK" in town.house.homeport("cert", "list", check=False).stdout
    restarted = [one for one in town.events() if one["event"] == "ContainerRestarted"]
    assert [(name, "")] == [(one["container"], one["fault"]) for one in restarted]


def test_letsencrypt_user_data_is_read_as_it_stands_and_no_shell_runs_it(town: Town) -> None:
    host, path = town.host(), town.folder / "letsencrypt_user_data"
    api = json.loads(by_dns(town)["ACMESH_DNS_API_CONFIG"])
    pairs = " ".join(f"['{key}']='{value}'" for key, value in api.items())
    path.write_text(
        f"ACME_STANDALONE_CERTS=('web')\nACME_web_HOST=('{host}' '*.{host}')\n"
        f"ACME_web_CHALLENGE=DNS-01\ndeclare -A ACMESH_web_DNS_API_CONFIG=({pairs})\n"
    )
    link = Path(town.house.state / "proxy" / "certs" / f"{host}.crt")
    eventually(link.exists, tell=lambda: town.events(host))
    path.write_text(f"touch {town.folder}/pwned\n")
    told = f"{path}:1: is no plain assignment"
    eventually(lambda: told in [one.get("text") for one in town.events()])
    eventually(lambda: town.certificates()[host]["next"] == "Keep", tell=town.certificates)
    assert not (town.folder / "pwned").exists()


def test_a_container_that_is_not_routed_gets_one_by_name(town: Town) -> None:
    """As a mail server does, which serves it by itself."""
    host, name = town.host(), f"hpc-alone-{town.host().partition('.')[0]}"
    env = {"LETSENCRYPT_HOST": host, **by_dns(town)}
    options = [word for key, value in env.items() for word in ("-e", f"{key}={value}")]
    town.made.append(name)
    docker("run", "-d", "--name", name, *options, IMAGE)
    link = Path(town.house.state / "proxy" / "certs" / f"{host}.crt")
    eventually(link.exists, tell=lambda: town.events(host))
    assert b"BEGIN CERTIFICATE" in link.read_bytes()
    town.end(name)
    eventually(lambda: town.certificates()[host]["why"] == "nobody asks for it any more")

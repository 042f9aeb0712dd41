"""The article's ddclient: its file and its Composefile, with our program."""

from __future__ import annotations

import re
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.corpus.conftest import DATA
from tests.e2e.house import docker, eventually
from tests.engine.ddclient_answers import answers
from tests.engine.ddclient_lab import DDCLIENT, Pair, Server

ROOT = Path(__file__).parents[2]
CA = "/etc/ssl/certs/ca-certificates.crt"
DOMAIN = "dynamicdns.park-your-domain.com"


def block(kind: str, mark: str) -> str:
    """One of its files, as it stands."""
    seed = (DATA.parent / "seed.md").read_text()
    found = re.findall(rf"```{kind}\n(.*?)```", seed, re.DOTALL)
    return str(next(one for one in found if mark in one))


@pytest.fixture
def server(tmp_path: Path) -> Iterator[Server]:
    folder = tmp_path / "server"
    folder.mkdir()
    with Server(folder).running() as server:
        server.answers = answers(server, {"namecheap": "good"}, "8.8.4.4")
        yield server


def config(server: Server) -> str:
    """The article's, but for the servers: ours are on this machine."""
    text = block("text", "protocol=namecheap").replace(f"{DOMAIN}/getip", f"{server.tls}/ip")
    return f"ssl_ca_file={server.ca}\n" + text.replace(DOMAIN, server.tls)


def quoted(text: str) -> str:
    """With what --lint says is the fix."""
    return text.replace("your dynamic dns password", "'your dynamic dns password'")


def test_its_file_is_linted_with_the_line_and_the_fix(tmp_path: Path) -> None:
    file = tmp_path / "ddclient.conf"
    file.write_text(block("text", "protocol=namecheap"))
    file.chmod(0o600)
    words = [sys.executable, "-m", "homeport", "ddns", "--lint", "-file", str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert 2 == done.returncode
    expected = (
        f"{file}:5: the password ends at the first blank, and what follows is the host dynamic "
        "with the login dns and another password\n"
        "  fix: password='...' in single quotes; the hosts on a line of their own\n"
    )
    assert expected in done.stdout


@pytest.mark.parametrize("mended", [False, True], ids=["as it stands", "quoted"])
def test_it_asks_for_the_same_as_ddclient(server: Server, tmp_path: Path, mended: bool) -> None:
    if not DDCLIENT.exists():
        pytest.skip("ddclient is not installed")
    text = quoted(config(server)) if mended else config(server)
    theirs, ours = Pair(server, tmp_path).run(text, ["--ssl", "--debug"])
    if mended:
        # Blanks end a request line: ddclient's server saw no request at all.
        password = "your%20dynamic%20dns%20password"
        targets = [
            f"/update?host={host}&domain=sample.com&password={password}&ip=8.8.4.4"
            for host in ("demo", "test", "www")
        ]
        assert targets == [seen.target for seen in ours.requests]
    else:
        assert theirs.requests == ours.requests
        assert ["dynamic"] == [name for name, row in ours.cache.items() if row.get("ip")]


@pytest.mark.engine
@pytest.mark.parametrize(
    ("target", "command"),
    [
        pytest.param("ddns", "", id="homeport-ddns"),
        pytest.param("", "ddns ", id="homeport", marks=pytest.mark.long),
    ],
)
def test_its_container_updates_all_three_names(
    server: Server, tmp_path: Path, target: str, command: str
) -> None:
    """Its Composefile with the image named; for the whole image with the command, too."""
    project = f"hptest-{uuid.uuid4().hex[:8]}"
    image = f"{project}-ddns"
    words = ["--load", *(["--target", target] if target else []), "--secret", f"id=ca,src={CA}"]
    docker("buildx", "build", "-q", *words, "-t", image, str(ROOT))
    file = tmp_path / "ddclient.conf"
    file.write_text(quoted(config(server)))
    file.chmod(0o600)
    services = yaml.safe_load(block("yaml", "ddclient").replace("  ...\n", ""))["services"]
    mine = services["ddclient"]
    mine |= {"image": image, "network_mode": "host", "restart": "no"}
    mine["command"] = command + mine["command"]
    mine["volumes"] = [f"{file}:/etc/ddclient.conf:ro", f"{server.ca}:{server.ca}:ro"]
    (tmp_path / "compose.yaml").write_text(yaml.safe_dump({"services": {"ddclient": mine}}))

    def compose(*arguments: str) -> str:
        words = ["docker", "compose", "-p", project, *arguments]
        done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, check=False)
        assert 0 == done.returncode, done.stderr
        return done.stdout

    try:
        compose("up", "-d")
        eventually(lambda: len(server.seen) == 3, tell=lambda: compose("logs"))
        names = sorted(re.findall(r"host=(\w+)", str(server.taken())))
        assert ["demo", "test", "www"] == names
        assert "running" in compose("ps", "--format", "{{.State}}")
        assert "dynamic" not in compose("logs")
    finally:
        compose("down", "--volumes", "--timeout", "5")
        docker("image", "rm", "--force", image)

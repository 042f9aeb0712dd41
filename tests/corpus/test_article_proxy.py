"""The article's `nginx` and `nginx-gen`: its Composefile, with our generator and our template."""

from __future__ import annotations

import json
import re
import subprocess
import uuid
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.corpus.conftest import DATA
from tests.e2e.house import docker, eventually

pytestmark = [pytest.mark.engine]
ROOT = Path(__file__).parents[2]
CA = "/etc/ssl/certs/ca-certificates.crt"
SITES = {
    "demo-site": "demo.viktoradam.net",
    "github-proxy": "github.api.viktoradam.net",
    "dockerhub-proxy": "docker.api.viktoradam.net",
    "googleplay-proxy": "gplay.api.viktoradam.net",
}


def composefile() -> str:
    """The one with the proxy, as it stands."""
    seed = (DATA.parent / "seed.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", seed, re.DOTALL)
    return str(next(block for block in blocks if "-notify-sighup" in block))


class Article:
    """Its stack, beside those of other tests: with names, a port and images of its own."""

    def __init__(self, folder: Path) -> None:
        self.project = f"hptest-{uuid.uuid4().hex[:8]}"
        self.folder, self.image = folder, f"{self.project}-gen"
        self.template = folder / "nginx-proxy.tmpl"

    def write(self) -> None:
        """Its file, but for the generator's image and template, and what only one can have."""
        self.template.write_text(docker("run", "--rm", self.image, "-print-template", "nginx"))
        text = composefile()
        for before, after in {
            "rycus86/arm-docker-gen:aarch64": self.image,
            "/tmp/nginx-proxy.tmpl": str(self.template),
            "container_name: nginx": f"container_name: {self.project}-nginx",
            "-notify-sighup nginx ": f"-notify-sighup {self.project}-nginx ",
            '"80:80"': '"127.0.0.1::80"',
        }.items():
            assert before in text, before
            text = text.replace(before, after)
        (self.folder / "compose.yaml").write_text(text)
        (self.folder / "stand-ins.yaml").write_text(yaml.safe_dump(self._stand_ins()))

    def _stand_ins(self) -> dict[str, Any]:
        """Its images need Docker Hub; and no daemon of another test is to route its containers."""
        mine = {"labels": {"homeport.instance": self.project}}
        app = {**mine, "image": "homeport-test/app:latest"}
        services: dict[str, Any] = {
            name: {**app, "environment": {"VERSION": name}} for name in SITES
        }
        services["nginx"] = {**mine, "image": "nginx:stable"}
        return {"services": services}

    def compose(self, *arguments: str) -> str:
        files = ("-f", "compose.yaml", "-f", "stand-ins.yaml")
        done = subprocess.run(
            ["docker", "compose", "-p", self.project, *files, *arguments],
            cwd=self.folder,
            check=False,
            capture_output=True,
            text=True,
        )
        assert 0 == done.returncode, done.stderr
        return done.stdout

    def answer(self, host: str) -> tuple[int, str]:
        """What nginx answers for a name, at its published port."""
        where = self.compose("port", "nginx", "80").strip()
        done = subprocess.run(
            [
                "curl",
                "-s",
                "-m",
                "5",
                "-w",
                "\n%{http_code}",
                "-H",
                f"Host: {host}",
                f"http://{where}/",
            ],
            check=False,
            capture_output=True,
            text=True,
        )
        body, _, status = done.stdout.rpartition("\n")
        return int(status), body.strip()


@pytest.fixture(scope="module")
def article(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Article]:
    """Up; nothing of it is left, the generator's image included."""
    made = Article(tmp_path_factory.mktemp("article"))
    secret = ("--secret", f"id=ca,src={CA}")
    docker(
        "buildx", "build", "-q", "--load", "--target", "gen", *secret, "-t", made.image, str(ROOT)
    )
    made.write()
    try:
        made.compose("up", "-d")
        yield made
    finally:
        made.compose("down", "--volumes", "--remove-orphans")
        docker("image", "rm", "--force", made.image)


def test_every_site_of_the_article_answers_by_its_name(article: Article) -> None:
    for service, host in SITES.items():
        eventually(partial(_answers, article, host, (200, service)))
    assert 503 == article.answer("nobody.viktoradam.net")[0]


def test_scaling_and_stopping_reach_nginx_with_no_further_command(article: Article) -> None:
    host = SITES["demo-site"]
    article.compose("up", "-d", "--scale", "demo-site=3", "--no-recreate")
    eventually(lambda: 3 == _servers(article, host))
    article.compose("stop", "demo-site")
    eventually(lambda: 503 == article.answer(host)[0])
    assert (200, "github-proxy") == article.answer(SITES["github-proxy"])
    article.compose("start", "demo-site")
    eventually(lambda: (200, "demo-site") == article.answer(host))


def _answers(article: Article, host: str, expected: tuple[int, str]) -> bool:
    return expected == article.answer(host)


def _servers(article: Article, host: str) -> int:
    conf = article.compose("exec", "-T", "nginx", "cat", "/etc/nginx/conf.d/default.conf")
    block = conf.partition(f"# {host}/\n")[2].partition("}")[0]
    return block.count("server ")


def test_only_the_generator_has_the_socket(article: Article) -> None:
    ids = article.compose("ps", "-q").split()
    shown = json.loads(docker("inspect", *ids))
    holders = {c["Name"] for c in shown for m in c["Mounts"] if "docker.sock" in m["Source"]}
    assert {"/nginx-gen"} == {re.sub(rf"/({article.project}-)?", "/", name) for name in holders}

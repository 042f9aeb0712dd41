"""The article's `.travis.yml`, as it stands: three jobs, and the right two images pushed."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from tests.arm import busyboxes
from tests.corpus.conftest import DATA
from tests.e2e.conftest import started
from tests.e2e.house import App, House, docker
from tests.e2e.registry import Client

pytestmark = [pytest.mark.engine, pytest.mark.e2e]
DOCKERFILE = """\
FROM scratch
COPY busybox-{name} /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox uname -m > /machine"]
EXPOSE 8000
CMD ["/bin/busybox", "httpd", "-f", "-p", "8000", "-h", "/"]
"""
TEST = """\
import unittest

import site_under_test


class TestSite(unittest.TestCase):
    def test_it(self):
        self.assertEqual("works", site_under_test.SAYS)
"""


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """One whose python is a stand-in: `python:2.7` needs Docker Hub."""
    settings = {"HOMEPORT_JOB_IMAGES": "python=homeport-test/python:latest"}
    yield from started(House(tmp_path_factory.mktemp("article"), settings))


@pytest.fixture
def app(home: House) -> Iterator[App]:
    made = home.app("demo-site")
    yield made
    home.homeport("app", "rm", made.name, "--yes", "--volumes")


def travis_file() -> str:
    """The matrix build of the article."""
    seed = (DATA.parent / "seed.md").read_text()
    blocks = re.findall(r"```yaml\n(.*?)```", seed, re.DOTALL)
    return str(next(block for block in blocks if "DOCKER_TAG=armhf" in block))


def as_in_the_article(app: App) -> None:
    """A repository with its Dockerfiles, its sources and its tests."""
    names = {"Dockerfile": "amd64", "Dockerfile.armhf": "armv7", "Dockerfile.aarch64": "arm64"}
    for name, content in busyboxes().items():
        path = app.folder / f"busybox-{name}"
        path.write_bytes(content)
        path.chmod(0o755)
    files = {file: DOCKERFILE.format(name=name) for file, name in names.items()}
    files |= {"src/site_under_test.py": 'SAYS = "works"\n', "tests/test_site.py": TEST}
    files |= {"tests/__init__.py": "", "requirements.txt": "", ".travis.yml": travis_file()}
    app.git("checkout", "-q", "-b", "master")
    app.commit(files)


def test_the_articles_file_runs_as_it_stands(app: App) -> None:
    as_in_the_article(app)
    app.house.homeport("secret", "set", app.name, "DOCKER_PASSWORD", stdin="s3cr3t-of-the-hub")
    said = app.push("master").stderr
    assert 3 == len(re.findall(r"job \d+\.\d passed", said))
    assert 3 == said.count("Ran 1 test")
    assert 3 == said.count("the emulators are registered")
    assert 1 == said.count("Not pushing to Docker Hub\n") + said.count(
        "] Not pushing to Docker Hub "
    )
    assert "s3cr3t-of-the-hub" not in said
    pushed = app.house.data("image", "list", "rycus86/demo-site")
    assert {"armhf", "aarch64"} == {tag["tag"] for tag in pushed}


def test_what_was_pushed_runs_on_its_processor(
    app: App, tmp_path_factory: pytest.TempPathFactory
) -> None:
    as_in_the_article(app)
    app.push("master")
    client = Client(app.house, tmp_path_factory.mktemp("client"))
    try:
        client.login(app.token)
        for tag, machine in {"armhf": "armv7l", "aarch64": "aarch64"}.items():
            name = f"rycus86/demo-site:{tag}"
            assert 0 == client.pull(name).returncode
            said = docker(
                "run", "--rm", f"{client.address}/{name}", "/bin/busybox", "cat", "/machine"
            )
            assert machine == said.strip()
    finally:
        client.clean()


def test_a_test_that_fails_publishes_nothing(app: App) -> None:
    as_in_the_article(app)
    app.commit({"src/site_under_test.py": 'SAYS = "fails"\n'})
    done = app.push("master", check=False)
    assert re.search(r"Run \d+ failed: jobs \d+\.1, \d+\.2, \d+\.3 failed", done.stderr)

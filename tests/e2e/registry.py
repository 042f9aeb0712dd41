"""Unmodified docker clients of the registry, and what the tests ask it."""

from __future__ import annotations

import subprocess
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.e2e.house import App, House, docker


@pytest.fixture
def client(house: House, tmp_path: Path) -> Iterator[Client]:
    """A docker client with a login of its own."""
    made = Client(house, tmp_path / "docker")
    yield made
    made.clean()


class Client:
    """`docker` with a configuration of its own, and the registry's address."""

    def __init__(self, house: House, config: Path) -> None:
        self.config, self.address = config, f"127.0.0.1:{house.registry_port}"
        self.names: set[str] = set()

    def docker(self, *arguments: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
        argv = ["docker", "--config", str(self.config), *arguments]
        return subprocess.run(
            argv, check=False, capture_output=True, text=True, input=stdin, timeout=120
        )

    def login(self, token: str) -> subprocess.CompletedProcess[str]:
        return self.docker("login", "-u", "me", "--password-stdin", self.address, stdin=token)

    def push(self, name: str, image: str = "busybox:stable") -> subprocess.CompletedProcess[str]:
        reference = f"{self.address}/{name}"
        docker("tag", image, reference)
        self.names.add(reference)
        return self.docker("push", reference)

    def pull(self, name: str, *options: str) -> subprocess.CompletedProcess[str]:
        reference = f"{self.address}/{name}"
        self.names.add(reference)
        return self.docker("pull", "-q", *options, reference)

    def clean(self) -> None:
        for name in self.names:
            subprocess.run(["docker", "rmi", name], check=False, capture_output=True)


def published(app: App, tag: str) -> Callable[[], bool]:
    """Whether a tag of the app's image is in the registry."""

    def there() -> bool:
        return tag in {t["tag"] for t in app.house.data("image", "list", app.name)}

    return there


def fetched(house: House, path: str, **headers: str) -> tuple[int, str]:
    """An answer of the API's address, and its body."""
    url = f"http://127.0.0.1:{house.git_port}{path}"
    return answered(urllib.request.Request(url, headers=headers))


def answered(request: urllib.request.Request) -> tuple[int, str]:
    """The status and the body of an answer, whatever it is."""
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def basic(app: App) -> dict[str, str]:
    import base64

    return {"Authorization": "Basic " + base64.b64encode(f"me:{app.token}".encode()).decode()}

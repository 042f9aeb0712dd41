"""What the registry has acknowledged is never lost: it is killed while docker pushes to it."""

from __future__ import annotations

import contextlib
import hashlib
import io
import json
import os
import re
import subprocess
import tarfile
import threading
import urllib.request
from collections.abc import Callable, Iterator

from tests.e2e.house import App, House, docker, eventually
from tests.e2e.registry import Client, basic, client, fetched

__all__ = ["client"]  # a fixture
PUSHES = 6
KIND = "application/vnd.docker.distribution.manifest.v2+json"


def test_what_was_acknowledged_is_there_after_kills_and_collections(
    house: House, app: App, client: Client
) -> None:
    client.login(app.token)
    name = docker("ps", "--format", "{{.Names}}", "--filter", f"publish={house.port}").strip()
    registry = name.replace("-nginx", "-registry")

    def kill() -> None:
        subprocess.run(["docker", "kill", registry], check=False, capture_output=True)

    acknowledged = {}
    with again_and_again(kill, 4), again_and_again(lambda: house.data("image", "prune"), 1):
        for number in range(PUSHES):
            source = image(f"{app.name}-source-{number}", number)
            client.names.add(source)
            pushed = client.push(f"{app.name}:{number}", source)
            if pushed.returncode == 0:
                found = re.search(r"digest: (sha256:\w+)", pushed.stdout)
                assert found, pushed.stdout
                acknowledged[str(number)] = found[1]
    assert acknowledged
    eventually(lambda: client.pull(f"{app.name}:{min(acknowledged)}").returncode == 0)
    shown = fetched(house, f"/registry/token?scope=repository:{app.name}:pull", **basic(app))[1]
    headers = {"Accept": KIND, "Authorization": f"Bearer {json.loads(shown)['token']}"}

    def get(path: str) -> bytes:
        url = f"http://{client.address}/v2/{app.name}/{path}"
        with urllib.request.urlopen(urllib.request.Request(url, headers=headers), timeout=30) as at:
            return bytes(at.read())

    for tag, digest in acknowledged.items():
        manifest = get(f"manifests/{tag}")
        assert digest == digest_of(manifest)
        for blob in (json.loads(manifest)["config"], *json.loads(manifest)["layers"]):
            assert blob["digest"] == digest_of(get(f"blobs/{blob['digest']}"))


def digest_of(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def image(name: str, number: int) -> str:
    """One of 3 MB that no other is like."""
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as tar:
        noise = os.urandom(3_000_000)
        file = tarfile.TarInfo(f"noise-{number}")
        file.size = len(noise)
        tar.addfile(file, io.BytesIO(noise))
    argv = ["docker", "import", "-", name]
    subprocess.run(argv, input=packed.getvalue(), check=True, capture_output=True)
    return name


@contextlib.contextmanager
def again_and_again(what: Callable[[], object], seconds: float) -> Iterator[None]:
    """Something that happens meanwhile, every so many seconds."""
    over = threading.Event()

    def loop() -> None:
        while not over.wait(seconds):
            what()

    thread = threading.Thread(target=loop)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()

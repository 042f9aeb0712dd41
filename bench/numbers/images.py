"""Images: three platforms, what is sent, how much is kept, and how quickly it is shown."""

from __future__ import annotations

import asyncio
import itertools
import json
import os
import re
import statistics
import subprocess
import time
from pathlib import Path

from bench.figure import Figure, ratio
from bench.house import App, House, house
from bench.lab import ROOT, run, say
from bench.pairs import interleaved
from bench.repository import git_environment
from homeport.engine.docker import Docker
from homeport.registry.client import Client
from homeport.registry.manifests import DOCKER_MANIFEST
from homeport.registry.storage import ROOT as DATA
from homeport.registry.storage import Storage

PAIRS, QUICK = 10, 3
DEPLOYS, QUICK_DEPLOYS = 50, 16
TAGS = 1000
BUDGET = 8.0  # GB

DOCKERFILE = """\
FROM scratch
ARG TARGETARCH TARGETVARIANT
COPY busybox-${TARGETARCH}${TARGETVARIANT} /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox mkdir /www && /bin/busybox uname -m > /www/machine"]
COPY version.txt /www/index.html
EXPOSE 8000
CMD ["/bin/busybox", "httpd", "-f", "-p", "8000", "-h", "/www"]
"""
COMPOSE = """\
services:
  web:
    build: .
    environment: {{VIRTUAL_HOST: "{host}"}}
    stop_grace_period: 1s
    x-homeport: {{platforms: [{platforms}]}}
"""


def measure(quick: bool) -> list[Figure]:
    """One homeport; an app for a platform, one for three, and one that is deployed again."""
    with house(HOMEPORT_DISK_BUDGET=str(BUDGET)) as home:
        storage = Storage(Path(home.env["HOMEPORT_STATE_DIR"]) / "registry" / DATA)
        return [
            *_platforms(home, storage, QUICK if quick else PAIRS),
            *_shown(home, storage),
            *_kept(home, storage, QUICK_DEPLOYS if quick else DEPLOYS),
        ]


# -- three platforms, one layer, no change


def _platforms(home: House, storage: Storage, pairs: int) -> list[Figure]:
    single = _app(home, "one", "linux/arm64")
    several = _app(home, "three", "linux/amd64, linux/arm64, linux/arm/v7")
    versions = itertools.count(1)
    subjects = {
        "three": lambda: _published(several, storage, next(versions)),
        "one": lambda: _published(single, storage, next(versions)),
    }
    say("publishing for one platform, and for three")
    interleaved(subjects, 1)
    samples = interleaved(subjects, pairs, say)
    before = storage.blobs()
    _published(single, storage, next(versions), size=100_000)
    new = storage.blobs().keys() - before.keys()
    sent = sum(storage.path(digest).stat().st_size for digest in new) - 100_000
    (several.repository.folder / "README").write_text("words\n")
    began = time.monotonic()
    _push(several)
    _await_build(several)
    unchanged = time.monotonic() - began
    return [
        ratio("3 platforms, push to published", samples=samples, of="three", to="one", limit=1.5),
        Figure(
            name="sent beside a changed layer",
            value=sent / 1000,
            unit="kB",
            limit=20,
            detail="a layer of 100 kB: its compression, configuration and manifest",
        ),
        Figure(
            name="nothing changed, push to published",
            value=unchanged,
            unit="s",
            limit=1,
            detail="3 platforms, a commit of documentation",
        ),
    ]


def _app(home: House, name: str, platforms: str) -> App:
    app = home.app(name)
    run(str(ROOT / "script/arm-binaries"), str(app.repository.folder))
    for path in app.repository.folder.glob("*.py"):
        path.unlink()
    (app.repository.folder / "Dockerfile").write_text(DOCKERFILE)
    text = COMPOSE.format(host=app.host, platforms=platforms)
    (app.repository.folder / "compose.yaml").write_text(text)
    return app


def _published(app: App, storage: Storage, version: int, size: int = 20) -> float:
    """From `git push` to the tag that names the new version, in seconds."""
    # Random, so that no compression makes less of it.
    (app.repository.folder / "version.txt").write_bytes(f"v{version} ".encode() + _noise(size))
    before = storage.resolve(app.name, "latest")
    began = time.monotonic()
    _push(app)
    while storage.resolve(app.name, "latest") == before:
        if time.monotonic() - began > 120:
            raise TimeoutError(f"{app.name} was not published within 120 s")
        time.sleep(0.005)
    return time.monotonic() - began


def _push(app: App) -> None:
    folder = app.repository.folder
    for arguments in (("add", "-A"), ("commit", "-q", "--allow-empty", "-m", "next")):
        run("git", *arguments, cwd=folder, env=git_environment())
    run("git", "push", "-q", app.remote, "main:main", cwd=folder, env=git_environment())


def _await_build(app: App) -> None:
    """Until the newest build is over."""
    deadline = time.monotonic() + 60
    while _state(app) not in ("success", "failed"):
        if time.monotonic() > deadline:
            raise TimeoutError(f"{app.name} was not published within 60 s")
        time.sleep(0.02)


def _state(app: App) -> str:
    found = json.loads(app.house.homeport("image", "show", app.name, "--json"))
    return str(found["build"]["state"])


# -- what is shown


def _shown(home: House, storage: Storage) -> list[Figure]:
    app = home.app("many")
    asyncio.run(_tagged(home, storage, app.name))
    say(f"listing {TAGS} tags")
    times = []
    for _ in range(7):
        began = time.monotonic()
        listed = json.loads(home.homeport("image", "list", app.name, "--json"))
        times.append(time.monotonic() - began)
    home.homeport("app", "set", app.name, "public=true")
    rate, median = _badges(home, app.name)
    return [
        Figure(
            name=f"image list, {TAGS} tags",
            value=statistics.median(times),
            unit="s",
            limit=0.5,
            detail=f"{len(listed)} tags, {len(times)} times",
        ),
        Figure(
            name="time of 1,000 badges",
            value=1000 / rate,
            unit="s",
            limit=1,
            detail=f"{rate:.0f} a second, 8 connections",
        ),
        Figure(name="a badge, median", value=median, unit="ms", limit=10),
    ]


async def _tagged(home: House, storage: Storage, name: str) -> None:
    """A thousand tags of small images, each its own."""
    client = Client(storage.folder.parent / "run" / "registry.sock")
    layer = await client.put_blob(name, b"a layer")
    for number in range(TAGS):
        config = json.dumps({"architecture": "amd64", "os": "linux", "n": number}).encode()
        blob = await client.put_blob(name, config)
        manifest = {
            "schemaVersion": 2,
            "mediaType": DOCKER_MANIFEST,
            "config": {
                "mediaType": "application/vnd.docker.container.image.v1+json",
                "size": len(config),
                "digest": blob,
            },
            "layers": [
                {
                    "mediaType": "application/vnd.docker.image.rootfs.diff.tar.gzip",
                    "size": 7,
                    "digest": layer,
                }
            ],
        }
        body = json.dumps(manifest).encode()
        await client.put_manifest(name, f"v{number}", DOCKER_MANIFEST, body)
    client.close()


def _badges(home: House, name: str) -> tuple[float, float]:
    """Badges a second, and the median in milliseconds."""
    say("asking for badges")
    url = f"http://{home.env['HOMEPORT_LISTEN']}/badges/{name}/build.svg"
    done = subprocess.run(
        ["wrk", "-t1", "-c8", "-d5s", "--latency", url], capture_output=True, text=True, check=True
    )
    rate = re.search(r"Requests/sec:\s+([\d.]+)", done.stdout)
    middle = re.search(r"50%\s+([\d.]+)(us|ms|s)", done.stdout)
    assert rate, done.stdout
    assert middle, done.stdout
    assert "Non-2xx" not in done.stdout, done.stdout
    return float(rate[1]), float(middle[1]) * {"us": 0.001, "ms": 1, "s": 1000}[middle[2]]


# -- what is kept


def _kept(home: House, storage: Storage, deploys: int) -> list[Figure]:
    """Each with a megabyte that no other has: bytes after each, and what the last forty added."""
    app = home.app("again")
    with (app.repository.folder / "Dockerfile").open("a") as file:
        file.write("COPY noise.txt /bench/noise.txt\n")
    used = []
    for number in range(deploys):
        (app.repository.folder / "noise.txt").write_bytes(_noise(1_000_000))
        app.push()
        used.append(_used(storage))
        say(f"deploy {number + 1} of {deploys}: {used[-1] / 1e6:.0f} MB")
    time.sleep(15)  # the governor waits for a quiet moment
    used.append(_used(storage))
    first = min(10, deploys // 2)
    grown = (used[-1] - used[first]) / (BUDGET * 1e9) * 100
    detail = (
        f"{used[0] / 1e6:.0f}, {used[first] / 1e6:.0f}, {used[-1] / 1e6:.0f} MB: {_drawn(used)}"
    )
    return [
        Figure(
            name=f"disk, deploys {first} to {deploys}",
            value=grown,
            unit="% of budget",
            limit=1,
            detail=detail,
            samples={"bytes": used},
        ),
        Figure(name="disk", value=used[-1] / 1e9, unit="GB", limit=BUDGET),
    ]


def _noise(size: int) -> bytes:
    return os.urandom(size)


def _used(storage: Storage) -> int:
    """Images, cache and registry, in bytes."""

    async def disk() -> int:
        docker = Docker()
        try:
            found = await docker.disk()
        finally:
            docker.close()
        return found.images + found.cache

    return asyncio.run(disk()) + storage.used()


def _drawn(values: list[int]) -> str:
    """A line of bars, from the least to the most."""
    low, high = min(values), max(values)
    steps = "▁▂▃▄▅▆▇█"
    return "".join(steps[int((v - low) / max(high - low, 1) * (len(steps) - 1))] for v in values)

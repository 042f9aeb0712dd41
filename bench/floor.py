"""The baseline of a push: a bare repository whose hook builds, runs and reloads nginx."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.lab import ROOT, Lab, docker, free_port, run
from bench.repository import Live, Repository, git_environment, push

HOOK = ROOT / "bench/post-receive"


class Floor:
    """Its own nginx, its own network, its own repository."""

    def __init__(self, place: Lab) -> None:
        self.place = place
        self.folder = place.folder / "floor"
        self.port = free_port()
        self.host = f"{place.name}-floor.localhost"
        self.remote = str(self.folder / "app.git")
        for part in ("sites", "tree"):
            (self.folder / part).mkdir(parents=True)
        self._start_nginx()
        self._make_repository()

    def push(self, repository: Repository) -> Live:
        """Push the next version, until nginx answers; the hook then removes the old container."""
        return push(repository, self.remote, self.port, self.host)

    def _start_nginx(self) -> None:
        name, label = self.place.name, self.place.label
        docker("network", "create", "--label", label, f"{name}-floor")
        where = ("--network", f"{name}-floor", "-p", f"127.0.0.1:{self.port}:80")
        sites = f"{self.folder}/sites:/etc/nginx/conf.d:ro"
        docker(
            "run",
            "-d",
            "--name",
            f"{name}-nginx",
            "--label",
            label,
            *where,
            "-v",
            sites,
            "nginx:stable",
        )

    def _make_repository(self) -> None:
        run("git", "init", "-q", "--bare", "-b", "main", self.remote, env=git_environment())
        shutil.copy(HOOK, f"{self.remote}/hooks/post-receive")
        lines = [f"{key}='{value}'\n" for key, value in self._values().items()]
        Path(self.remote, "floor.env").write_text("".join(lines))

    def _values(self) -> dict[str, str]:
        name = self.place.name
        return {
            "NAME": name,
            "LABEL": self.place.label,
            "NGINX": f"{name}-nginx",
            "NETWORK": f"{name}-floor",
            "SITES": f"{self.folder}/sites",
            "TREE": f"{self.folder}/tree",
        }

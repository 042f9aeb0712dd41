"""What homeport runs for itself, and what it leaves with what it builds."""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path
from typing import Any

from tests.e2e.house import App, House, docker


def inspected(kind: str, name: str) -> dict[str, Any]:
    """`docker inspect`."""
    (found,) = json.loads(docker(kind, "inspect", name))
    return dict(found)


def nginx_of(house: House) -> str:
    """The name of its nginx."""
    return docker("ps", "--format", "{{.Names}}", "--filter", f"publish={house.port}").strip()


def test_nginx_runs_with_as_little_as_it_can(house: House) -> None:
    """No Docker socket, no capability to spare, nothing to write to, ports where they were set."""
    found = inspected("container", nginx_of(house))
    mounts = {m["Destination"]: m["RW"] for m in found["Mounts"] if m["Type"] == "bind"}
    registry = {"/run/homeport-registry": False}  # its socket
    assert {"/etc/homeport": False, "/run/homeport": True, **registry} == mounts
    host = found["HostConfig"]
    assert (["ALL"], True) == (host["CapDrop"], host["ReadonlyRootfs"])
    assert ["no-new-privileges"] == host["SecurityOpt"]
    published = {p["HostIp"] for ports in host["PortBindings"].values() for p in ports}
    assert {"127.0.0.1"} == published


def test_the_registry_runs_with_less(house: House) -> None:
    """No port, no capability, not root, nothing to write to but its images and its socket."""
    found = inspected("container", nginx_of(house).replace("-nginx", "-registry"))
    mounts = {m["Destination"]: m["RW"] for m in found["Mounts"] if m["Type"] == "bind"}
    written = {"/run/homeport": True, "/var/lib/registry": True}
    assert {"/etc/homeport": False, **written} == mounts
    host = found["HostConfig"]
    assert (["ALL"], None, True) == (host["CapDrop"], host["CapAdd"], host["ReadonlyRootfs"])
    assert not host["PortBindings"]
    assert f"{os.geteuid()}:{os.getegid()}" == found["Config"]["User"]


def test_joining_an_apps_network_does_not_move_nginxs_gateway(house: House, app: App) -> None:
    """Its own network sorts before every other."""
    before = inspected("container", nginx_of(house))["NetworkSettings"]["Gateway"]
    app.live("one")
    found = inspected("container", nginx_of(house))["NetworkSettings"]
    assert f"{app.name}_default" in found["Networks"]
    assert before == found["Gateway"]
    assert min(found["Networks"]).startswith("00homeport")


def test_an_image_says_where_it_comes_from_and_its_dockerfile_is_kept(app: App) -> None:
    """OCI labels, names by commit and by release, and what it was built from."""
    commit = app.version("one")
    app.push()
    (run,) = app.runs()
    container = inspected("container", f"{app.name}-web-1")
    assert f"{app.name}-web:{commit[:12]}-{run['number']}" == container["Config"]["Image"]
    image = inspected("image", container["Image"])
    assert {f"{app.name}-web:{tag}" for tag in (commit[:12], "latest")} < {*image["RepoTags"]}
    labels = image["Config"]["Labels"]
    assert (commit, f"main-{commit[:12]}") == (
        labels["org.opencontainers.image.revision"],
        labels["org.opencontainers.image.version"],
    )
    kept = app.house.state / "builds" / app.name / str(run["number"]) / "web.Dockerfile"
    assert (app.folder / "Dockerfile").read_text() == kept.read_text()


def test_what_compose_looks_for_is_on_every_container(app: App) -> None:
    """`docker compose` knows the project for its own."""
    app.live("one")
    listed = docker("compose", "-p", app.name, "ps", "--format", "{{.Name}} {{.Service}}")
    assert f"{app.name}-web-1 web" == listed.strip()


def content(path: Path) -> bytes:
    """What is in a file; nothing where it is gone meanwhile."""
    with contextlib.suppress(FileNotFoundError):
        return path.read_bytes()
    return b""


def test_secrets_stand_in_no_file_that_others_may_read(house: House, app: App) -> None:
    """The state folder is closed, and a token is stored as its digest."""
    assert 0o700 == house.state.stat().st_mode & 0o777
    written = [p for p in house.state.rglob("*") if p.is_file() and not p.is_symlink()]
    assert [] == [str(p) for p in written if app.token.encode() in content(p)]

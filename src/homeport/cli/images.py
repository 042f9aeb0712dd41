"""`homeport image`."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

import click

from homeport.cli import show
from homeport.cli.client import connect
from homeport.errors import NotFound
from homeport.model.names import read_reference


@click.group()
def image() -> None:
    """Images in the registry of this box."""


@image.command("list")
@click.argument("repository", default="")
@show.json_option
def list_images(repository: str, as_json: bool) -> None:
    """List every tag in the registry, or those of REPOSITORY."""
    found = connect().get(f"/api/images?repository={quote(repository, safe='')}")
    if as_json:
        show.data(found)
        return
    rows = [
        (
            f"{tag['repository']}:{tag['tag']}",
            ", ".join(name.removeprefix("linux/") for name in tag["platforms"]),
            show.megabytes(tag["size"]),
            show.age(tag["moved_at"]),
            tag["commit"][:12] or "-",
            tag["digest"].removeprefix("sha256:")[:12],
        )
        for tag in found
    ]
    head = ("IMAGE", "PLATFORMS", "SIZE", "MOVED", "COMMIT", "DIGEST")
    none = f"there are no images in {repository}" if repository else "there are no images yet"
    show.table(head, rows, nothing=f"{none}: they come with the first push")


@image.command()
@show.json_option
def prune(as_json: bool) -> None:
    """Take away what nobody needs: what runs, and the release before it, stay."""
    # A card of a Pi may need minutes for gigabytes.
    found = connect().call("POST", "/api/images/prune", seconds=None)
    if as_json:
        show.data(found)
        return
    freed, used = found["freed"], found["used"]
    there = f", {show.megabytes(freed['builders'])} on builders" if freed["builders"] else ""
    click.echo(
        f"freed: {show.megabytes(freed['registry'])} of the registry, "
        f"{show.megabytes(freed['cache'])} of the build cache, {freed['releases']} releases{there}",
        err=True,
    )
    _space(used)


def _space(used: dict[str, int]) -> None:
    rows = [(key, show.megabytes(used[key])) for key in ("images", "cache", "registry", "total")]
    show.table(("SPACE", "SIZE"), rows, nothing="")


@image.command("show")
@click.argument("reference", metavar="IMAGE[:TAG]")
@click.option("--sbom", is_flag=True, help="The SBOM of its first platform, as SPDX.")
@show.json_option
def show_image(reference: str, sbom: bool, as_json: bool) -> None:
    """Show an image: its platforms, and what it was built from. IMAGE@DIGEST does, too."""
    repository, tag = read_reference(reference)
    path = f"/api/images/{quote(repository, safe='/')}?tag={quote(tag, safe='')}"
    found = connect().get(path)
    if sbom:
        _sbom(repository, found)
        return
    if as_json:
        show.data(found)
        return
    click.echo(f"docker pull {found['reference']}")
    click.echo(f"{found['digest']}, moved {show.age(found['moved_at'])}, {found['pulls']} pulls\n")
    rows = [(m["platform"], show.megabytes(m["size"]), m["digest"]) for m in found["images"]]
    show.table(("PLATFORM", "SIZE", "DIGEST"), rows, nothing="no image of it can be read")
    if found["build"]:
        _build(found["build"])
    for attached in found["attached"]:
        click.echo(f"attached: {attached['type']}, {show.megabytes(attached['size'])}")


def _sbom(repository: str, found: dict[str, Any]) -> None:
    kind = "application/spdx+json"
    digest = next((a["digest"] for a in found["attached"] if a["type"] == kind), "")
    if not digest:
        hint = "it comes some seconds after the image, where syft is installed"
        raise NotFound("there is no SBOM beside this image", hint=hint)
    path = f"/api/attached/{digest}/{quote(repository, safe='/')}?type={quote(kind, safe='')}"
    show.data(connect().get(path))


def _build(build: dict[str, Any]) -> None:
    """What it was built from."""
    click.echo()
    lines = [
        ("commit", build["commit"]),
        ("from", build["ref"].removeprefix("refs/heads/").removeprefix("refs/")),
        ("dockerfile", build["dockerfile_path"]),
        *(("argument", f"{key}={value}") for key, value in build["args"].items()),
        *(("base", f"{name} {digest}") for name, digest in build["bases"].items()),
        ("pushed by", build["by"] or "-"),
        ("built", f"{show.age(build['finished_at'])}, run {build['run']}"),
    ]
    for key, value in lines:
        click.echo(f"{key:<12}{value}")
    click.echo(f"\nlog: homeport run logs {build['run']}")

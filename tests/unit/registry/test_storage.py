"""What the registry holds, read from its folders."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path
from typing import Any

import pytest

from homeport.errors import NotFound
from homeport.registry.collect import find
from homeport.registry.manifests import DOCKER_MANIFEST, OCI_INDEX
from homeport.registry.storage import Storage

V2 = "docker/registry/v2"


def stored(folder: Path, content: bytes) -> str:
    """Put a blob where distribution puts it."""
    hexes = hashlib.sha256(content).hexdigest()
    data = folder / V2 / "blobs/sha256" / hexes[:2] / hexes / "data"
    data.parent.mkdir(parents=True, exist_ok=True)
    data.write_bytes(content)
    return f"sha256:{hexes}"


def linked(folder: Path, repository: str, digest: str) -> None:
    link = Storage(folder).link(repository, "_manifests/revisions", digest) / "link"
    link.parent.mkdir(parents=True)
    link.write_text(digest)


def manifest(config: str, *layers: str) -> bytes:
    def described(digest: str) -> dict[str, Any]:
        return {"mediaType": "x", "size": 1, "digest": digest}

    body = {"schemaVersion": 2, "mediaType": DOCKER_MANIFEST, "config": described(config)}
    return json.dumps({**body, "layers": [described(layer) for layer in layers]}).encode()


def index(*children: str) -> bytes:
    kids = [{"mediaType": DOCKER_MANIFEST, "size": 1, "digest": digest} for digest in children]
    return json.dumps({"schemaVersion": 2, "mediaType": OCI_INDEX, "manifests": kids}).encode()


def test_what_is_on_its_way_takes_room_too(tmp_path: Path) -> None:
    stored(tmp_path, b"12345")
    upload = tmp_path / V2 / "repositories/blog/web/_uploads/1/data"
    upload.parent.mkdir(parents=True)
    upload.write_bytes(b"123")
    assert 8 == Storage(tmp_path).used()


def test_what_a_tag_has_left_is_as_young_as_the_tag_is_where_it_went(tmp_path: Path) -> None:
    """Somebody may run it by its digest."""
    before, now = stored(tmp_path, manifest("a")), stored(tmp_path, manifest("b"))
    tag = tmp_path / V2 / "repositories/blog/_manifests/tags/latest"
    for digest in (before, now):
        linked(tmp_path, "blog", digest)
        named = tag / "index/sha256" / digest.removeprefix("sha256:") / "link"
        named.parent.mkdir(parents=True)
        named.write_text(digest)
    for path in tmp_path.rglob("*"):
        os.utime(path, (1000, 1000))
    current = tag / "current" / "link"
    current.parent.mkdir()
    current.write_text(now)
    os.utime(current, (9000, 9000))

    def gone(at: float) -> tuple[tuple[str, str], ...]:
        return find(Storage(tmp_path), frozenset(), now=at, keep=3600).manifests

    assert () == gone(9000 + 3599)
    assert (("blog", before),) == gone(9000 + 3600)


def test_an_index_needs_its_children_and_all_that_they_are_made_of(tmp_path: Path) -> None:
    config, layer = stored(tmp_path, b"{}"), stored(tmp_path, b"layer")
    image = stored(tmp_path, manifest(config, layer))
    whole = stored(tmp_path, index(image, f"sha256:{'0' * 64}"))
    expected = {whole, image, config, layer, f"sha256:{'0' * 64}"}
    assert expected == Storage(tmp_path).needed(whole)


def test_a_digest_names_an_image_in_the_repository_that_has_it_alone(tmp_path: Path) -> None:
    image = stored(
        tmp_path, manifest(stored(tmp_path, b'{"architecture": "amd64", "os": "linux"}'))
    )
    linked(tmp_path, "blog", image)
    found = Storage(tmp_path).untagged("blog", image)
    assert (image, ["linux/amd64"]) == (found.digest, [made.platform for made in found.images])
    with pytest.raises(NotFound, match=f"there is no image shop@{image}"):
        Storage(tmp_path).untagged("shop", image)

"""Manifests and indexes: read, and made. Pure.

Source: OCI image specification 1.1, manifest.md and image-index.md; distribution, manifest v2 2.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

import msgspec

from homeport.model.image import Made, Platform

OCI_INDEX = "application/vnd.oci.image.index.v1+json"
OCI_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
DOCKER_LIST = "application/vnd.docker.distribution.manifest.list.v2+json"
DOCKER_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
EMPTY = b"{}"  # the config of what is no image. Source: OCI image specification, "empty descriptor"
EMPTY_TYPE = "application/vnd.oci.empty.v1+json"
ANY = f"{OCI_INDEX}, {DOCKER_LIST}, {OCI_MANIFEST}, {DOCKER_MANIFEST}"


class Child(msgspec.Struct, frozen=True, kw_only=True):
    """What an index names. `platform` is "" for what is no image (an attestation)."""

    digest: str
    media_type: str
    size: int  # of the manifest
    platform: str = ""


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """A manifest or an index, as far as it is of interest."""

    media_type: str
    config: str = ""  # the digest of its configuration; "" for an index
    blobs: tuple[str, ...] = ()  # digests, the configuration's included
    size: int = 0  # bytes of its blobs
    children: tuple[Child, ...] = ()
    artifact_type: str = ""
    subject: str = ""
    annotations: Mapping[str, str] = msgspec.field(default_factory=dict)


def read_manifest(content: bytes) -> Manifest:
    """What the bytes of a manifest or an index say; an unknown kind says nothing."""
    found = msgspec.json.decode(content)
    if not isinstance(found, dict):
        return Manifest(media_type="")
    config = found.get("config") or {}
    parts = [config, *(found.get("layers") or ())] if config else []
    return Manifest(
        media_type=str(found.get("mediaType") or (OCI_MANIFEST if config else OCI_INDEX)),
        config=config.get("digest", ""),
        blobs=tuple(part["digest"] for part in parts),
        size=sum(int(part.get("size") or 0) for part in parts),
        children=tuple(_child(child) for child in found.get("manifests") or ()),
        artifact_type=str(found.get("artifactType") or ""),
        subject=(found.get("subject") or {}).get("digest", ""),
        annotations=found.get("annotations") or {},
    )


def _child(found: Mapping[str, Any]) -> Child:
    platform = found.get("platform") or {}
    known = platform.get("architecture") not in (None, "", "unknown")
    return Child(
        digest=found["digest"],
        media_type=found.get("mediaType", OCI_MANIFEST),
        size=int(found.get("size") or 0),
        platform=str(_platform(platform)) if known else "",
    )


def _platform(found: Mapping[str, Any]) -> Platform:
    arch, variant = found.get("architecture") or "unknown", found.get("variant") or ""
    return Platform(arch, "" if (arch, variant) == ("arm64", "v8") else variant)


def made_of(digest: str, manifest: Manifest, config: Mapping[str, Any]) -> Made:
    """An image that is no child of an index: its configuration says what it runs on."""
    return Made(platform=str(_platform(config)), digest=digest, size=manifest.size)


def index_of(children: Sequence[tuple[Platform, str, bytes]]) -> tuple[str, bytes]:
    """An index of manifests, each with its platform, media type and bytes: its type and bytes.

    Docker's own kind where all children are Docker's: clients before 2018 know no other.
    """
    docker = all(kind == DOCKER_MANIFEST for _, kind, _ in children)
    kind = DOCKER_LIST if docker else OCI_INDEX
    content = {
        "schemaVersion": 2,
        "mediaType": kind,
        "manifests": [_descriptor(platform, k, body) for platform, k, body in sorted(children)],
    }
    return kind, json.dumps(content, indent=1).encode()


def _descriptor(platform: Platform, kind: str, content: bytes) -> dict[str, Any]:
    runs_on = {"architecture": platform.arch, "os": "linux"}
    if platform.variant:
        runs_on["variant"] = platform.variant
    return {
        "mediaType": kind,
        "digest": digest_of(content),
        "size": len(content),
        "platform": runs_on,
    }


def artifact_of(
    subject: tuple[str, str, int], artifact_type: str, content: bytes, annotations: dict[str, str]
) -> bytes:
    """The manifest of something that is attached to an image: its subject, and one blob.

    Args:
        subject: media type, digest and size of the manifest that it is attached to.
        artifact_type: the media type of `content`.
        content: what is attached.
        annotations: what is said of it beside.
    """
    kind, digest, size = subject
    manifest = {
        "schemaVersion": 2,
        "mediaType": OCI_MANIFEST,
        "artifactType": artifact_type,
        "config": {"mediaType": EMPTY_TYPE, "digest": digest_of(EMPTY), "size": len(EMPTY)},
        "layers": [
            {"mediaType": artifact_type, "digest": digest_of(content), "size": len(content)}
        ],
        "subject": {"mediaType": kind, "digest": digest, "size": size},
        "annotations": annotations,
    }
    return json.dumps(manifest, indent=1, sort_keys=True).encode()


def referrers_of(attached: Sequence[bytes]) -> bytes:
    """The index under an image's fallback tag: the manifests of all that is attached to it.

    Source: OCI distribution specification 1.1, "Referrers tag schema".
    """
    found = {
        "schemaVersion": 2,
        "mediaType": OCI_INDEX,
        "manifests": [
            {
                "mediaType": OCI_MANIFEST,
                "digest": digest_of(content),
                "size": len(content),
                "artifactType": read_manifest(content).artifact_type,
                "annotations": dict(read_manifest(content).annotations),
            }
            for content in attached
        ],
    }
    return json.dumps(found, indent=1).encode()


def digest_of(content: bytes) -> str:
    """The digest by which the registry knows some bytes."""
    return f"sha256:{hashlib.sha256(content).hexdigest()}"

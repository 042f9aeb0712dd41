"""What is attached to an image in the registry: found by its digest, without a referrers API.

Source: OCI distribution specification 1.1, "Referrers tag schema" and "Pushing manifests with
subject". Distribution 2.8 knows no other way.
"""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence

import msgspec

from homeport.errors import NotFound
from homeport.model.names import attached
from homeport.registry.client import Client
from homeport.registry.manifests import (
    OCI_INDEX,
    OCI_MANIFEST,
    Manifest,
    artifact_of,
    digest_of,
    read_manifest,
    referrers_of,
)
from homeport.registry.storage import Storage


class Attachment(msgspec.Struct, frozen=True, kw_only=True):
    """Something that is said of an image."""

    artifact_type: str  # its media type
    content: bytes
    annotations: Mapping[str, str] = msgspec.field(default_factory=dict)


async def attach(
    client: Client,
    storage: Storage,
    repository: str,
    subject: tuple[str, bytes],
    attachments: Sequence[Attachment],
) -> None:
    """Attach to a manifest (its media type and bytes); of each kind, the newest takes the place."""
    kind, manifest = subject
    descriptor = (kind, digest_of(manifest), len(manifest))
    kinds = {a.artifact_type for a in attachments}
    before = [m for m in _manifests(storage, repository, descriptor[1]) if _type(m) not in kinds]
    await client.put_empty(repository)
    made = []
    for one in attachments:
        await client.put_blob(repository, one.content)
        body = artifact_of(descriptor, one.artifact_type, one.content, dict(one.annotations))
        await client.put_manifest(repository, digest_of(body), OCI_MANIFEST, body)
        made.append(body)
    index = referrers_of([*before, *made])
    await client.put_manifest(repository, attached(descriptor[1]), OCI_INDEX, index)


def attachments_of(storage: Storage, repository: str, digest: str) -> Iterator[Attachment]:
    """What is attached to a manifest."""
    for body in _manifests(storage, repository, digest):
        found = read_manifest(body)
        with contextlib.suppress(NotFound):
            yield Attachment(
                artifact_type=found.artifact_type,
                content=storage.blob(_blob(found)),
                annotations=found.annotations,
            )


def _manifests(storage: Storage, repository: str, digest: str) -> Iterator[bytes]:
    index = storage.resolve(repository, attached(digest))
    if not index:
        return
    with contextlib.suppress(NotFound):
        for child in storage.manifest(index).children:
            with contextlib.suppress(NotFound):
                yield storage.blob(child.digest)


def _type(body: bytes) -> str:
    return read_manifest(body).artifact_type


def _blob(manifest: Manifest) -> str:
    """The digest of what is attached: the configuration of such a manifest is empty."""
    return next((digest for digest in manifest.blobs if digest != manifest.config), "")

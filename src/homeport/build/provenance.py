"""What an image was built from, in the words that others read: SLSA provenance. Pure.

Source: in-toto attestation framework, Statement v1; SLSA, Provenance v1.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from homeport import __version__
from homeport.model.image import ImageBuild, Made

MEDIA_TYPE = "application/vnd.in-toto+json"
_STATEMENT = "https://in-toto.io/Statement/v1"
_PREDICATE = "https://slsa.dev/provenance/v1"
_BUILD_TYPE = "https://mobyproject.org/buildkit@v1"


def statement(build: ImageBuild, images: Sequence[Made], *, finished_at: float) -> bytes:
    """The provenance of what was published, as JSON.

    Args:
        build: the build; its digest names the whole.
        images: the image of each platform.
        finished_at: an epoch.
    """
    found = {
        "_type": _STATEMENT,
        "subject": [_subject(build.repository, build.digest), *map(_of_platform, images)],
        "predicateType": _PREDICATE,
        "predicate": {
            "buildDefinition": {
                "buildType": _BUILD_TYPE,
                "externalParameters": {
                    "ref": build.ref,
                    "dockerfile": build.dockerfile_path,
                    "args": dict(build.args),
                    "platforms": list(build.platforms),
                },
                "resolvedDependencies": [
                    {"uri": f"git:{build.app}@{build.ref}", "digest": {"gitCommit": build.commit}},
                    *_bases(build.bases),
                ],
            },
            "runDetails": {
                "builder": {"id": "homeport", "version": {"homeport": __version__}},
                "metadata": {
                    "invocationId": f"run/{build.run}",
                    "startedOn": _moment(build.started_at),
                    "finishedOn": _moment(finished_at),
                },
                "byproducts": [{"name": "Dockerfile", "content": build.dockerfile}],
            },
        },
    }
    return json.dumps(found, indent=1, sort_keys=True).encode()


def _subject(name: str, digest: str) -> dict[str, Any]:
    return {"name": name, "digest": {"sha256": digest.removeprefix("sha256:")}}


def _of_platform(image: Made) -> dict[str, Any]:
    return _subject(image.platform, image.digest)


def _bases(found: Mapping[str, str]) -> list[dict[str, Any]]:
    return [
        {"uri": f"docker:{name}", "digest": {"sha256": digest.rpartition(":")[2]}}
        for name, digest in found.items()
    ]


def _moment(epoch: float) -> str:
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")

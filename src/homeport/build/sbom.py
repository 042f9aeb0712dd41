"""What an image is made of: Syft reads the package databases in it, out of the registry.

Syft is no part of homeport: without it, images have no SBOM. It takes some 200 MB for
seconds, so it runs alone and last.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from homeport.engine import process
from homeport.engine.scratch import scratch_in
from homeport.errors import HomeportError

MEDIA_TYPE = "application/spdx+json"
_SECONDS = 900.0


def find_syft() -> str:
    """Where Syft is: beside this Python, or on the path; "" where it is not."""
    beside = Path(sys.executable).with_name("syft")
    return str(beside) if beside.is_file() else shutil.which("syft") or ""


async def sbom(reference: str, *, registry: str, token: str, scratch: Path) -> bytes:
    """The SBOM of an image in a registry of this machine, as SPDX.

    Args:
        reference: the image, by digest.
        registry: its address, which the token is for.
        token: what is shown to it; handed over in the environment.
        scratch: the folder for what is needed meanwhile.

    Raises:
        HomeportError: Syft could not read it.
    """
    argv = ["nice", "-n", "19", find_syft(), "scan", "-q", f"registry:{reference}"]
    with scratch_in(scratch, "sbom") as folder:  # it leaves layers in it
        env = {**_environment(registry, token), "TMPDIR": str(folder)}
        done = await process.run([*argv, "-o", "spdx-json"], env=env, seconds=_SECONDS)
    if done.status:
        raise HomeportError(f"{reference} has no SBOM: {done.complaint}")
    return done.stdout


def _environment(registry: str, token: str) -> Mapping[str, str]:
    return {
        "SYFT_CHECK_FOR_APP_UPDATE": "false",
        "SYFT_FILE_METADATA_SELECTION": "none",  # packages are asked for, not every file
        "SYFT_PARALLELISM": "1",
        "SYFT_REGISTRY_INSECURE_USE_HTTP": "true",
        "SYFT_REGISTRY_AUTH_AUTHORITY": registry,
        "SYFT_REGISTRY_AUTH_TOKEN": token,
    }

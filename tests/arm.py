"""Real programs for three architectures, and images that are made of them."""

from __future__ import annotations

import subprocess
import tempfile
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / "script" / "arm-binaries"
ARCHITECTURES = ("amd64", "arm64", "armv7")
DOCKERFILE = """\
FROM scratch
ARG TARGETARCH TARGETVARIANT
COPY busybox-${TARGETARCH}${TARGETVARIANT} /bin/busybox
RUN ["/bin/busybox", "mkdir", "/www"]
RUN ["/bin/busybox", "sh", "-c", "/bin/busybox uname -m > /www/index.html"]
EXPOSE 8000
CMD ["/bin/busybox", "httpd", "-f", "-p", "8000", "-h", "/www"]
"""


def busyboxes() -> dict[str, bytes]:
    """Debian's busybox for each."""
    return programs("busybox")


def programs(name: str) -> dict[str, bytes]:
    """Debian's static busybox (or bash) for each, fetched once; skips where there is no Debian."""
    folder = Path(tempfile.gettempdir()) / "homeport-arm-binaries"
    done = subprocess.run([SCRIPT, folder], check=False, capture_output=True, text=True)
    if done.returncode:
        pytest.skip(f"no programs for other architectures: {done.stderr.strip()}")
    return {arch: (folder / f"{name}-{arch}").read_bytes() for arch in ARCHITECTURES}

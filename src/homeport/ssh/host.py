"""What this box is known by."""

from __future__ import annotations

import base64
from pathlib import Path

from homeport.source.sshkeys import fingerprint


def host_fingerprint(path: Path) -> str:
    """The fingerprint of the host key, as `ssh` asks about it; "" where there is none yet."""
    public = path.with_suffix(".pub")
    if not public.exists():
        return ""
    return fingerprint(base64.b64decode(public.read_text().split()[1]))

"""Bare repositories that can be pushed to, and the one hook that they share.

`proc-receive` (git 2.29): the hook decides on each branch after its objects have arrived for good,
so that a push that fails is refused with our reason, and its commit is kept.
Source: githooks(5), git-config(1) receive.procReceiveRefs.
"""

from __future__ import annotations

import shlex
import sys
from pathlib import Path

from homeport.engine import process
from homeport.errors import HomeportError
from homeport.source import hook

_CONFIG = {
    "receive.procReceiveRefs": "refs/heads",
    "receive.denyDeletes": "false",
    "receive.denyNonFastForwards": "false",
    "receive.advertisePushOptions": "true",
    "receive.autogc": "false",  # nobody waits for it in a push
    "transfer.hideRefs": "refs/homeport",
    "transfer.fsckObjects": "true",
    # What old git versions wrote harms nobody, and cannot be mended in a history.
    "receive.fsck.zeroPaddedFilemode": "ignore",
    "receive.fsck.badTimezone": "ignore",
    "receive.fsck.missingSpaceBeforeDate": "ignore",
    "receive.fsck.missingSpaceBeforeEmail": "ignore",
    "http.receivepack": "true",
    "uploadpack.allowAnySHA1InWant": "true",
}


async def create_repository(path: Path, hooks: Path) -> None:
    """Make a bare repository; one that is there gets today's configuration.

    Raises:
        HomeportError: git could not.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = await process.run(["git", "init", "-q", "--bare", "--initial-branch=main", str(path)])
    if made.status:
        raise HomeportError(f"the repository {path} could not be made: {made.complaint}")
    for key, value in {**_CONFIG, "core.hooksPath": str(hooks)}.items():
        await process.run(["git", f"--git-dir={path}", "config", key, value])


def install_hooks(folder: Path, socket: Path) -> None:
    """Write the hook that asks the daemon behind `socket`; done at each start of the daemon."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    command = shlex.join([sys.executable, "-I", "-S", hook.__file__, str(socket)])
    script = folder / "proc-receive"
    beside = folder / ".proc-receive.new"
    beside.write_text(f"#!/bin/sh\nexec {command}\n")
    beside.chmod(0o700)
    beside.replace(script)


def receive_limits(max_push: int) -> dict[str, str]:
    """The environment of a push: the largest pack, in MiB, and that tags are asked about, too.

    A changed setting holds at once, and for repositories of before as well.
    """
    return {
        "GIT_CONFIG_COUNT": "2",
        "GIT_CONFIG_KEY_0": "receive.maxInputSize",
        "GIT_CONFIG_VALUE_0": str(max_push * 1024 * 1024),
        "GIT_CONFIG_KEY_1": "receive.procReceiveRefs",
        "GIT_CONFIG_VALUE_1": "refs/tags",
    }

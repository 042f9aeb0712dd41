"""The repository that is pushed: each version changes one file, which is copied last."""

from __future__ import annotations

import contextlib
import shutil
import subprocess
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bench.ask import Answer, until
from bench.lab import ROOT, environment, run

APP = ROOT / "bench/app"


class Repository:
    """A work tree with the application in it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.version = "v0"
        shutil.copytree(APP, folder)
        self._git("init", "-q", "-b", "main")

    def commit(self) -> str:
        """Make the next version; the word that its page begins with."""
        self.version = f"v{int(self.version[1:]) + 1}"
        # The space ends the word: v1 shall not be taken for the beginning of v10.
        (self.folder / "version.txt").write_text(f"{self.version}\n")
        self._git("add", "-A")
        self._git("commit", "-q", "-m", self.version)
        return f"{self.version} "

    @contextlib.contextmanager
    def pushing(self, remote: str) -> Iterator[subprocess.Popen[str]]:
        """Push meanwhile; what it said is shown when it fails."""
        with (self.folder.parent / "push.log").open("w+") as log:
            push = self._push(remote, log)
            try:
                yield push
                status = push.wait(120)
            except BaseException as error:
                push.kill()
                error.add_note(_last_lines(log))
                raise
            if status != 0:
                raise RuntimeError(f"git push ended with {status}: {_last_lines(log)}")

    def _push(self, remote: str, log: IO[str]) -> subprocess.Popen[str]:
        return subprocess.Popen(
            ["git", "push", "-q", remote, "main:main"],
            cwd=self.folder,
            env=git_environment(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            text=True,
        )

    def _git(self, *arguments: str) -> str:
        return run("git", *arguments, cwd=self.folder, env=git_environment())


@dataclass(frozen=True, slots=True)
class Live:
    """A push that became live."""

    seconds: float  # from `git push` to the answer
    answer: Answer  # the first one from the new version


def push(repository: Repository, remote: str, port: int, host: str) -> Live:
    """Push the next version, and ask the proxy until it answers from it."""
    version = repository.commit()
    start = time.time()
    with repository.pushing(remote) as pushed:
        # A push that failed is a page that never comes.
        answer = until(port, host, version, hopeless=lambda: bool(pushed.poll()))
    return Live(answer.at - start, answer)


def git_environment() -> dict[str, str]:
    """No person's settings, no questions."""
    return environment(
        GIT_CONFIG_GLOBAL="/dev/null",
        GIT_CONFIG_NOSYSTEM="1",
        GIT_TERMINAL_PROMPT="0",
        GIT_AUTHOR_NAME="bench",
        GIT_AUTHOR_EMAIL="bench@example.org",
        GIT_COMMITTER_NAME="bench",
        GIT_COMMITTER_EMAIL="bench@example.org",
        no_proxy="127.0.0.1",
    )


def _last_lines(log: IO[str]) -> str:
    log.seek(0)
    return "\n" + "".join(log.readlines()[-15:])

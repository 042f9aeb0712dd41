"""Docker Hub's `hooks/`, and the `sut` of a `*.test.yml`, beside a Dockerfile. Pure.

Source: Docker Hub, "Automated repository tests", "Advanced options for Autobuild and Autotest".
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path

# In their order; build, test and push take the place of what homeport would do.
HOOKS = (
    "post_checkout", "pre_build", "build", "post_build", "pre_test", "test", "post_test",
    "pre_push", "push", "post_push",
)  # fmt: skip
SUT = "sut"  # system under test: its exit status decides
_NAME = re.compile(r"[^a-z0-9]+")


def autotest_beside(folder: Path) -> Path | None:
    """The compose file of the tests in a folder; the first by name where there are several."""
    with contextlib.suppress(OSError):
        found = sorted(p for p in folder.iterdir() if p.name.endswith((".test.yml", ".test.yaml")))
        return next((path for path in found if path.is_file()), None)
    return None


def hooks_beside(folder: Path) -> tuple[str, ...]:
    """The names of the hooks in `hooks/` of a folder, in their order."""
    return tuple(name for name in HOOKS if (folder / "hooks" / name).is_file())


def project_of(app: str, run: int) -> str:
    """The compose project of a test: nobody else's, and told from the app's own."""
    return f"{_NAME.sub('-', app)}-test-{run}"


def variables(
    *, branch: str, commit: str, message: str, repository: str, dockerfile: str, tag: str
) -> Mapping[str, str]:
    """The variables of Docker Hub's builds."""
    return {
        "SOURCE_BRANCH": branch,
        "SOURCE_COMMIT": commit,
        "COMMIT_MSG": message,
        "DOCKER_REPO": repository,
        "DOCKERFILE_PATH": dockerfile,
        "DOCKER_TAG": tag,
        "IMAGE_NAME": f"{repository}:{tag}",
    }

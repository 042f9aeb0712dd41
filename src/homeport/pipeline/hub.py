"""Docker Hub's `hooks/`, and the `sut` of a `*.test.yml`, beside a Dockerfile. Pure.

Source: Docker Hub, "Automated repository tests", "Advanced options for Autobuild and Autotest".
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# In their order; build, test and push take the place of what homeport would do.
HOOKS = (
    "post_checkout", "pre_build", "build", "post_build", "pre_test", "test", "post_test",
    "pre_push", "push", "post_push",
)  # fmt: skip
SUT = "sut"  # system under test: its exit status decides
_RENAMED = {"net": "network_mode"}
_NAME = re.compile(r"[^a-z0-9]+")


def autotests_beside(folder: Path) -> list[Path]:
    """The compose files of the tests in a folder, by name: they are run one after the other."""
    with contextlib.suppress(OSError):
        found = sorted(p for p in folder.iterdir() if p.name.endswith((".test.yml", ".test.yaml")))
        return [path for path in found if path.is_file()]
    return []


def of_first_format(text: str) -> str:
    """A test file of Compose's first format, whose services stand at the top, as today's are.

    Docker Hub's own pages had such a one for years. "" for every other file.
    Source: Compose file reference, versions 1 to 2, "Upgrading".
    """
    import yaml  # 10 ms that only a test needs

    try:
        found = yaml.safe_load(text)
    except (ValueError, RecursionError, yaml.YAMLError):
        return ""  # Compose says what is wrong with it
    if not isinstance(found, dict) or "services" in found or not isinstance(found.get(SUT), dict):
        return ""
    services = {name: _of_today(said) for name, said in found.items() if name != "version"}
    return str(yaml.safe_dump({"services": services}, sort_keys=False))


def _of_today(said: Any) -> Any:
    """A service of the first format: some keys have other names now."""
    if not isinstance(said, dict):
        return said
    service = {_RENAMED.get(key, key): value for key, value in said.items()}
    if dockerfile := service.pop("dockerfile", None):
        service["build"] = {"context": service.get("build", "."), "dockerfile": dockerfile}
    driver, options = service.pop("log_driver", None), service.pop("log_opt", None)
    if driver or options:
        service["logging"] = {"driver": driver or "json-file", "options": options or {}}
    return service


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

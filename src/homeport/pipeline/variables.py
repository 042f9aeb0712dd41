"""What a job of Travis knows of itself: `TRAVIS_*`. Pure.

Source: docs.travis-ci.com, "Default Environment Variables".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from homeport.pipeline.bash.program import Variable

# Bytes of a value: Linux takes 131,072 with its name. Source: execve(2), MAX_ARG_STRLEN.
_LONGEST = 65_536


@dataclass(frozen=True, slots=True, kw_only=True)
class About:
    """A job and its run, as far as the commands may ask for it."""

    slug: str
    branch: str
    tag: str = ""
    commit: str
    message: str
    before: str = ""  # the commit that the branch named
    event: str = "push"
    pull_request: str = "false"
    pull_request_branch: str = ""
    pull_request_slug: str = ""
    run: int
    number: str  # 12.1
    name: str = ""
    stage: str = ""
    language: str = ""
    versions: Mapping[str, Any]
    arch: str = "amd64"
    dist: str = "focal"
    allow_failure: bool = False
    secure: bool = False  # whether it is given secrets
    folder: str
    url: str = ""  # the page of the run


def variables(about: About) -> list[Variable]:
    """Those that are built in, the others come after them."""
    said = {
        "CI": "true",
        "TRAVIS": "true",
        "CONTINUOUS_INTEGRATION": "true",
        "HAS_JOSH_K_SEAL_OF_APPROVAL": "true",
        "PAGER": "cat",
        "HOME": "/root",
        "TRAVIS_HOME": "/root",
        "USER": "root",
        # Travis's en_US.UTF-8 is in no image.
        "LANG": "C.UTF-8",
        "LC_ALL": "C.UTF-8",
        **dict.fromkeys(("RAILS_ENV", "RACK_ENV", "MERB_ENV"), "test"),
        "DEBIAN_FRONTEND": "noninteractive",
        "TRAVIS_BRANCH": about.tag or about.branch,
        "TRAVIS_TAG": about.tag,
        "TRAVIS_COMMIT": about.commit,
        "TRAVIS_COMMIT_MESSAGE": about.message,
        "TRAVIS_COMMIT_RANGE": f"{about.before[:12]}...{about.commit[:12]}" if about.before else "",
        "TRAVIS_EVENT_TYPE": about.event,
        "TRAVIS_PULL_REQUEST": about.pull_request,
        "TRAVIS_PULL_REQUEST_BRANCH": about.pull_request_branch,
        "TRAVIS_PULL_REQUEST_SLUG": about.pull_request_slug,
        "TRAVIS_PULL_REQUEST_SHA": about.commit if about.pull_request != "false" else "",
        "TRAVIS_REPO_SLUG": about.slug,
        "TRAVIS_BUILD_DIR": about.folder,
        "TRAVIS_BUILD_ID": str(about.run),
        "TRAVIS_BUILD_NUMBER": str(about.run),
        "TRAVIS_BUILD_WEB_URL": about.url,
        "TRAVIS_BUILD_STAGE_NAME": about.stage,
        "TRAVIS_JOB_ID": about.number.replace(".", ""),
        "TRAVIS_JOB_NUMBER": about.number,
        "TRAVIS_JOB_NAME": about.name,
        "TRAVIS_JOB_WEB_URL": f"{about.url}/{about.number}" if about.url else "",
        "TRAVIS_ALLOW_FAILURE": _truth(about.allow_failure),
        "TRAVIS_SECURE_ENV_VARS": _truth(about.secure),
        "TRAVIS_OS_NAME": "linux",
        "TRAVIS_CPU_ARCH": about.arch,
        "TRAVIS_DIST": about.dist,
        "TRAVIS_LANGUAGE": about.language,
        "TRAVIS_SUDO": "true",
        **_versions(about.versions),
    }
    return [Variable(name=name, value=_cut(value), literal=True) for name, value in said.items()]


def _cut(value: str) -> str:
    """With a longer one (a commit's message, say) no program could be started."""
    return value.encode(errors="replace")[:_LONGEST].decode(errors="ignore")


def _versions(versions: Mapping[str, Any]) -> dict[str, str]:
    """`TRAVIS_PYTHON_VERSION` and the like."""
    short = {"node_js": "NODE", "rvm": "RUBY", "otp_release": "OTP"}
    return {
        f"TRAVIS_{short.get(axis, axis.upper())}_VERSION": str(version)
        for axis, version in versions.items()
        if axis not in ("os", "arch", "env", "compiler") and version is not None
    }


def _truth(said: bool) -> str:
    return "true" if said else "false"

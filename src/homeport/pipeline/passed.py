"""Whether a job has to run at all: the same input has the same result. Pure."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Inputs:
    """All that goes into a job, but the network and the time."""

    tree: str  # of git: what is in the commit, whoever made it and whenever
    config: Mapping[str, Any]  # the job's, resolved
    image: str  # the id
    secrets: Mapping[str, float]  # name -> when it was set
    branch: str  # or tag: a job may ask for it
    pull: bool = False  # whether it is run for a pull request, which it may ask for, too


def key_of(inputs: Inputs) -> str:
    """One name for equal inputs. No secret goes into it, only when each was set."""
    fields = (inputs.tree, inputs.config, inputs.image, inputs.secrets, inputs.branch)
    asked = ("pull",) if inputs.pull else ()
    text = json.dumps(fields + asked, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def told(before: str, pages: str) -> str:
    """Why a job was not run: which one proves it, `12.1`, with its page."""
    return f"the same passed as job {before} ({pages}{page_of(before)})"


def page_of(job: str) -> str:
    """The path of a job's page."""
    return f"/runs/{job.partition('.')[0]}/{job}"

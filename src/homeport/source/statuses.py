"""Commit statuses: what a forge shows beside a commit, as requests that somebody else sends. Pure.

Sources: GitHub REST API, "Create a commit status"; GitLab, "Commits API: set the pipeline status
of a commit"; Gitea and Forgejo, `/repos/{owner}/{repo}/statuses/{sha}`; Bitbucket Cloud,
"Create a build status for a commit".
"""

from __future__ import annotations

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from urllib.parse import quote, urlsplit

import msgspec

from homeport.model.app import Run, RunState
from homeport.source.forge import Forge
from homeport.source.remote import Login, Remote

_DESCRIPTION = 140  # characters: GitHub takes no more
REPORTED = ("push", "build", "deploy", "pull")  # kinds of runs


class State(StrEnum):
    """How a run of a commit stands."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILURE = "failure"
    STOPPED = "stopped"  # nobody knows: a person or a newer push ended it


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """What is said of a commit. The last one of a `context` is the one that is shown."""

    commit: str
    state: State
    context: str  # `homeport/blog`
    description: str
    url: str  # where the run is told; "" for nowhere that others could see


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """A POST, whole. Its headers hold the token, and are never shown."""

    url: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes


def status_of(run: Run, url: str) -> Status:
    """What to say of a run's commit.

    Args:
        run: one of REPORTED.
        url: where it is told, or "".
    """
    context = f"homeport/{run.app}" + _CONTEXTS.get(run.kind, "")
    return Status(
        commit=run.commit,
        state=_STATES[run.state],
        context=context,
        description=_description(run)[:_DESCRIPTION],
        url=url,
    )


def _description(run: Run) -> str:
    """The first line of the reason, where there is one."""
    reason = run.reason.partition("\n")[0]
    return f"run {run.number} {run.state}" + (f": {reason}" if reason else "")


_CONTEXTS = {"build": "/images", "pull": "/pull-request"}
_STATES = {
    RunState.WAITING: State.PENDING,
    RunState.QUEUED: State.PENDING,
    RunState.RUNNING: State.PENDING,
    RunState.LIVE: State.SUCCESS,
    RunState.PASSED: State.SUCCESS,
    RunState.FAILED: State.FAILURE,
    RunState.INTERRUPTED: State.FAILURE,
    RunState.CANCELLED: State.STOPPED,
    RunState.SUPERSEDED: State.STOPPED,
}
_SAID = {
    Forge.GITHUB: {State.STOPPED: "error"},
    Forge.GITEA: {State.STOPPED: "error"},
    Forge.FORGEJO: {State.STOPPED: "error"},
    Forge.GITLAB: {State.FAILURE: "failed", State.STOPPED: "canceled"},
    Forge.BITBUCKET: {
        State.PENDING: "INPROGRESS",
        State.SUCCESS: "SUCCESSFUL",
        State.FAILURE: "FAILED",
        State.STOPPED: "STOPPED",
    },
}


def request_of(forge: Forge, remote: Remote, login: Login, status: Status) -> Request | None:
    """The request that tells a forge; None where there is nothing to ask.

    Args:
        forge: whose API it is.
        remote: where the repository is: the API is on the same host.
        login: the remote's token.
        status: what to say.
    """
    match forge:
        case Forge.GITHUB:
            found = _github(remote, login, status)
        case Forge.GITEA | Forge.FORGEJO:
            found = _gitea(remote, login, status)
        case Forge.GITLAB:
            found = _gitlab(remote, login, status)
        case Forge.BITBUCKET:
            found = _bitbucket(remote, login, status)
        case Forge.DOCKER_HUB:
            return None
    url, authorization, fields = found
    said = {"state": _SAID[forge].get(status.state, str(status.state)), **fields}
    body = {key: value for key, value in said.items() if value}
    headers = {
        **authorization,
        "Content-Type": "application/json",
        "Accept": "application/json",
        "User-Agent": "homeport",
    }
    return Request(url=url, headers=headers, body=msgspec.json.encode(body))


_Parts = tuple[str, dict[str, str], dict[str, str]]  # URL, headers, fields


def _github(remote: Remote, login: Login, status: Status) -> _Parts:
    base = "https://api.github.com"
    if remote.hostname != "github.com":
        base = f"{_base(remote)}/api/v3"
    url = f"{base}/repos/{_quoted(_owned(remote)[1])}/statuses/{status.commit}"
    return url, {"Authorization": f"Bearer {login.token}"}, _fields(status)


def _gitea(remote: Remote, login: Login, status: Status) -> _Parts:
    below, name = _owned(remote)
    url = f"{_base(remote)}{below}/api/v1/repos/{_quoted(name)}/statuses/{status.commit}"
    return url, {"Authorization": f"token {login.token}"}, _fields(status)


def _gitlab(remote: Remote, login: Login, status: Status) -> _Parts:
    """Groups may be nested, so all of the path is the project."""
    project = quote(remote.path, safe="")
    url = f"{_base(remote)}/api/v4/projects/{project}/statuses/{status.commit}"
    return url, {"PRIVATE-TOKEN": login.token}, _fields(status, context="name")


def _bitbucket(remote: Remote, login: Login, status: Status) -> _Parts:
    path = f"{_quoted(_owned(remote)[1])}/commit/{status.commit}/statuses/build"
    basic = base64.b64encode(f"{login.user}:{login.token}".encode()).decode()
    authorization = f"Basic {basic}" if login.user else f"Bearer {login.token}"
    fields = {**_fields(status, context="key", url="url"), "name": status.context}
    fields["url"] = status.url or remote.url  # it takes none without
    return (
        f"https://api.bitbucket.org/2.0/repositories/{path}",
        {"Authorization": authorization},
        fields,
    )


def _fields(status: Status, *, context: str = "context", url: str = "target_url") -> dict[str, str]:
    return {context: status.context, url: status.url, "description": status.description}


def _base(remote: Remote) -> str:
    """The forge of a remote over HTTP; one that git reaches over SSH has it at its usual port."""
    if remote.scheme in ("http", "https"):
        return f"{remote.scheme}://{remote.host}"
    return f"https://{urlsplit(f'//{remote.host}').hostname or ''}"


def _owned(remote: Remote) -> tuple[str, str]:
    """What a forge that lives below a path begins with, and OWNER/NAME."""
    *below, owner, name = ["", "", *remote.path.split("/")]
    return "".join(f"/{part}" for part in below if part), f"{owner}/{name}"


def _quoted(path: str) -> str:
    return quote(path, safe="/")

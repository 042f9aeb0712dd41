"""The JSON of the API and of --json: what goes in, typed, and what comes out."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime
from typing import Any, Literal, TypeVar

import msgspec
from starlette.requests import Request

from homeport.errors import RequestError
from homeport.events import Recorded
from homeport.model.app import App, JobRecord, Release, Run
from homeport.model.image import ImageBuild, Tag
from homeport.store.keys import Key
from homeport.store.tokens import Token
from homeport.tell import tell

LARGEST = 1 << 20  # bytes of a request's body
T = TypeVar("T")


class NewApp(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/apps."""

    name: str
    branch: str = ""
    host: str = ""


class AppChange(msgspec.Struct, forbid_unknown_fields=True):
    """PATCH /api/apps/APP; what is not there stays as it is."""

    branch: str | None = None
    host: str | None = None
    public: bool | None = None
    protected: list[str] | None = None
    builds: str | None = None
    remote: str | None = None
    remote_token: str | None = None
    forge: str | None = None


class WantedHook(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/apps/APP/hook."""

    show: bool = False
    rotate: bool = False


class Deploy(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/apps/APP/deploy; "" is the deploy branch."""

    ref: str = ""


class Rollback(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/apps/APP/rollback; 0 is the release before."""

    to: int = 0


class Scale(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/apps/APP/scale."""

    counts: dict[str, int]


class NewToken(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/tokens; with `access` (`blog=push`) it is good for the registry alone."""

    name: str
    access: list[str] = []


class NewKey(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/keys; without `apps` it is good for all of them."""

    name: str
    key: str
    apps: list[str] = []


class NewBuilder(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/builders."""

    name: str
    host: str


class Revocation(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/certificates/HOST/revoke."""

    reason: Literal["unspecified", "key-compromise", "superseded", "cessation-of-operation"] = (
        "unspecified"
    )

    @property
    def code(self) -> int:
        """As authorities number it: RFC 5280, 5.3.1."""
        codes = {"key-compromise": 1, "superseded": 4, "cessation-of-operation": 5}
        return codes.get(self.reason, 0)


class NewSecret(msgspec.Struct, forbid_unknown_fields=True):
    """PUT /api/apps/NAME/secrets/KEY."""

    value: str


class Login(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/registries; "" is Docker Hub. `app`: for what its jobs push, and nothing else."""

    registry: str
    user: str
    password: str
    app: str = ""


class Stop(msgspec.Struct, forbid_unknown_fields=True):
    """POST /api/stop; `all`: nginx, too."""

    all: bool = False


class Update(msgspec.Struct):
    """One ref of a push; a commit of zeros is none."""

    ref: str
    old: str
    new: str


class Pushed(msgspec.Struct):
    """POST /api/pushes, from git's hook."""

    app: str
    updates: list[Update]
    by: str = ""
    options: list[str] = []


async def read(request: Request, shape: type[T]) -> T:
    """The body of a request, as this shape.

    Raises:
        RequestError: it is too large, no JSON, or something else; the field is named.
    """
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LARGEST:
            raise RequestError("the request is larger than 1 MiB")
    try:
        return msgspec.json.decode(body or b"{}", type=shape)
    except (msgspec.ValidationError, msgspec.DecodeError) as error:
        raise RequestError(f"the request is not understood: {error}") from error


def app_shape(app: App) -> dict[str, Any]:
    """An app."""
    return {**asdict(app), "created_at": moment(app.created_at)}


def run_shape(run: Run) -> dict[str, Any]:
    """A run."""
    times = {key: moment(getattr(run, key)) for key in ("queued_at", "started_at", "finished_at")}
    pull = msgspec.to_builtins(run.pull)
    return {**asdict(replace(run, pull=None)), **times, "state": str(run.state), "pull": pull}


def job_shape(job: JobRecord) -> dict[str, Any]:
    """A job of a run."""
    return {**asdict(job), "started_at": moment(job.started_at)}


def release_shape(release: Release, current: int) -> dict[str, Any]:
    """A release; not its configuration, which may hold secrets."""
    return {
        "app": release.app,
        "number": release.number,
        "commit": release.commit,
        "message": release.message,
        "images": release.images,
        "run": release.run,
        "created_at": moment(release.created_at),
        "current": release.number == current,
    }


def token_shape(token: Token) -> dict[str, Any]:
    """A token, without the token."""
    return {
        "name": token.name,
        "created_at": moment(token.created_at),
        "used_at": moment(token.used_at),
        "revoked_at": moment(token.revoked_at),
        "access": dict(token.grants),
    }


def key_shape(key: Key) -> dict[str, Any]:
    """A public key."""
    times = {name: moment(getattr(key, name)) for name in ("created_at", "used_at")}
    return {**asdict(key), **times}


def tag_shape(repository: str, tag: Tag, commit: str) -> dict[str, Any]:
    """A tag in the registry, and the commit that it was built from; "" where others built it."""
    return {
        "repository": repository,
        "tag": tag.name,
        "digest": tag.digest,
        "platforms": [image.platform for image in tag.images],
        "size": tag.size,
        "moved_at": moment(tag.moved_at),
        "commit": commit,
    }


def build_shape(build: ImageBuild) -> dict[str, Any]:
    """The build of an image."""
    found = msgspec.to_builtins(build)
    times = {key: moment(getattr(build, key)) for key in ("queued_at", "started_at", "finished_at")}
    return {**found, **times}


def event_shape(recorded: Recorded) -> dict[str, Any]:
    """An event, with the line that a person reads."""
    return {
        "id": recorded.id,
        "at": moment(recorded.at),
        "event": type(recorded.event).__name__,
        "line": tell(recorded.event),
        **msgspec.structs.asdict(recorded.event),
    }


def moment(epoch: float) -> str:
    """A time as RFC 3339, "" for none."""
    return datetime.fromtimestamp(epoch, UTC).isoformat(timespec="milliseconds") if epoch else ""

"""Webhooks: from headers and raw bytes to what was pushed, or why it is not taken. Pure.

The proof comes first, over the bytes as they came; only what is proven is decoded. A webhook says
THAT something moved, never what homeport then runs: that is fetched from the app's own remote.

Sources: GitHub, "Validating webhook deliveries"; GitLab, "Webhooks" and the Standard Webhooks
specification 1.0; Gitea and Forgejo, "Webhooks"; Bitbucket Cloud, "Manage webhooks"; Docker Hub,
"Webhooks", which signs nothing.
"""

from __future__ import annotations

import base64
import binascii
import hmac
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import parse_qs

from homeport.source.forge import Forge

LARGEST = 25 << 20  # bytes of a body: what GitHub sends at most
TOLERANCE = 300.0  # seconds that a signed time may be away from ours
_FORM = "application/x-www-form-urlencoded"
_FIELDS = 8  # of a form; one is read
_DELIVERY = 100  # characters of an id


class Kind(StrEnum):
    """What moved."""

    PUSH = "push"
    TAG = "tag"
    PULL_REQUEST = "pull_request"
    IMAGE = "image"


@dataclass(frozen=True, slots=True, kw_only=True)
class Pushed:
    """Something moved. What a forge does not say is "", and `number` 0."""

    forge: Forge
    kind: Kind
    repository: str  # `me/blog`, as the forge calls it
    ref: str  # `refs/heads/main`, checked with git's rules; an image's tag
    before: str = ""
    after: str = ""
    deleted: bool = False
    who: str = ""
    delivery: str = ""  # the forge's id of this delivery; a repeated one has the same
    number: int = 0  # of a pull request
    fork: bool = False  # whether the pull request's commit lives in another repository
    base: str = ""  # of a pull request: the branch that it is for
    head: str = ""  # and the one that it comes from
    slug: str = ""  # and the repository of that


@dataclass(frozen=True, slots=True, kw_only=True)
class Ignored:
    """It is genuine, and asks for nothing."""

    forge: Forge
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Refused:
    """It is not taken. `status` is HTTP's: 400 or 401."""

    status: int
    reason: str
    hint: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Proven:
    """A delivery whose proof holds: what is left to decode."""

    forge: Forge
    event: str  # what the forge calls it; "" for Docker Hub
    delivery: str
    payload: bytes  # JSON


def prove(
    headers: Mapping[str, str], body: bytes, *, secret: str, token: str = "", now: float
) -> Proven | Refused:
    """Whether a delivery comes from who knows the secret. Nothing of it is decoded before.

    Args:
        headers: by names in lower case.
        body: as it came.
        secret: what the forge was given.
        token: the last part of the URL, for Docker Hub; "" where there is none.
        now: the time, in seconds since the epoch.
    """
    forge, event = _sender(headers, token)
    if forge is None:
        return Refused(
            status=400,
            reason="this is no webhook of a forge that homeport knows: X-GitHub-Event, "
            "X-Gitlab-Event, X-Gitea-Event and X-Event-Key are all missing",
        )
    payload = _json_of(headers, body)
    signed = payload if forge in (Forge.GITEA, Forge.FORGEJO) else body
    fault = _PROOFS[forge](_Given(headers, signed, secret, token, now)) if secret else "no secret"
    if fault:
        return Refused(
            status=401, reason=fault, hint="homeport app hook NAME --show has the secret"
        )
    delivery = next((headers[n] for n in _IDS[forge] if headers.get(n)), "")
    return Proven(forge=forge, event=event, delivery=delivery[:_DELIVERY], payload=payload)


def url_token(secret: str) -> str:
    """What stands in the URL for Docker Hub: made of the secret, which it does not tell."""
    return hmac.digest(secret.encode(), b"homeport: token in the URL", "sha256").hex()


@dataclass(frozen=True, slots=True)
class _Given:
    """What a proof is made of."""

    headers: Mapping[str, str]
    signed: bytes
    secret: str
    token: str
    now: float

    def hexdigest(self) -> str:
        return hmac.digest(self.secret.encode(), self.signed, "sha256").hex()


# Gitea and Forgejo send copies of GitHub's headers, and Forgejo those of Gitea: they come first.
_SENDERS = (
    ("x-forgejo-event", Forge.FORGEJO),
    ("x-gitea-event", Forge.GITEA),
    ("x-github-event", Forge.GITHUB),
    ("x-gitlab-event", Forge.GITLAB),
    ("x-event-key", Forge.BITBUCKET),
)
_IDS = {
    Forge.FORGEJO: ("x-forgejo-delivery", "x-gitea-delivery"),
    Forge.GITEA: ("x-gitea-delivery",),
    Forge.GITHUB: ("x-github-delivery",),
    Forge.GITLAB: ("webhook-id", "idempotency-key", "x-gitlab-event-uuid"),
    Forge.BITBUCKET: ("x-request-uuid",),
    Forge.DOCKER_HUB: (),
}


def _sender(headers: Mapping[str, str], token: str) -> tuple[Forge | None, str]:
    for name, forge in _SENDERS:
        if event := headers.get(name):
            return forge, event[:60]
    return (Forge.DOCKER_HUB if token else None), ""


def _json_of(headers: Mapping[str, str], body: bytes) -> bytes:
    """The JSON of a body: the whole, or the field `payload` of a form."""
    if headers.get("content-type", "").partition(";")[0].strip().lower() != _FORM:
        return body
    try:
        return parse_qs(body, max_num_fields=_FIELDS).get(b"payload", [b""])[0]
    except ValueError:
        return b""


def _same(name: str, given: str | None, expected: str) -> str:
    """Why a header is no proof, "" where it is. It takes as long whatever is wrong."""
    if not given:
        return f"{name} is {'missing' if given is None else 'empty'}"
    if not hmac.compare_digest(given.encode(), expected.encode()):
        return f"{name} is not what the secret of this hook makes of it"
    return ""


def _github(given: _Given) -> str:
    found = given.headers.get("x-hub-signature-256")
    return _same("X-Hub-Signature-256", found, f"sha256={given.hexdigest()}")


def _bitbucket(given: _Given) -> str:
    found = given.headers.get("x-hub-signature")
    return _same("X-Hub-Signature", found, f"sha256={given.hexdigest()}")


def _gitea(given: _Given) -> str:
    return _same("X-Gitea-Signature", given.headers.get("x-gitea-signature"), given.hexdigest())


def _forgejo(given: _Given) -> str:
    if "x-forgejo-signature" not in given.headers:
        return _gitea(given)
    return _same("X-Forgejo-Signature", given.headers["x-forgejo-signature"], given.hexdigest())


def _gitlab(given: _Given) -> str:
    """The signature where there is one: who could leave it out could not make it."""
    if "webhook-signature" in given.headers:
        return _signed_with_time(given)
    return _same("X-Gitlab-Token", given.headers.get("x-gitlab-token"), given.secret)


def _signed_with_time(given: _Given) -> str:
    headers = given.headers
    stamp, which = headers.get("webhook-timestamp", ""), headers.get("webhook-id", "")
    if not (stamp.isascii() and stamp.isdigit() and len(stamp) < 15 and which):
        return "webhook-timestamp or webhook-id is missing"
    if abs(given.now - int(stamp)) > TOLERANCE:
        return f"webhook-timestamp is more than {TOLERANCE / 60:g} minutes away from now"
    message = b"%s.%s.%s" % (which.encode(), stamp.encode(), given.signed)
    right = [hmac.digest(key, message, "sha256") for key in _keys(given.secret)]
    wanted = ["v1," + base64.b64encode(digest).decode() for digest in right]
    found = headers["webhook-signature"].split(" ")[:8]
    faults = [_same("webhook-signature", one, other) for one in found for other in wanted]
    return "" if "" in faults else faults[0]


def _keys(secret: str) -> list[bytes]:
    """The key of a signature: by the specification `whsec_` and base64, else as it stands."""
    try:
        key = base64.b64decode(secret.removeprefix("whsec_"), validate=True)
    except binascii.Error:
        key = b""
    return [secret.encode(), key] if key else [secret.encode()]


def _docker_hub(given: _Given) -> str:
    return _same("the token in the URL", given.token, url_token(given.secret))


_PROOFS: dict[Forge, Callable[[_Given], str]] = {
    Forge.FORGEJO: _forgejo,
    Forge.GITEA: _gitea,
    Forge.GITHUB: _github,
    Forge.GITLAB: _gitlab,
    Forge.BITBUCKET: _bitbucket,
    Forge.DOCKER_HUB: _docker_hub,
}

"""Webhooks as forges send them: payloads of our own, signed by their rules."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode

from homeport.source.forge import Forge
from homeport.source.webhook import Proven, Refused, prove, url_token

SECRET = "whsec_" + base64.b64encode(b"a key of thirty-two bytes, or so").decode()
NOW = 1_700_000_000.0
OLD, NEW, GONE = "1" * 40, "2" * 40, "0" * 40


@dataclass(frozen=True, kw_only=True)
class Delivery:
    """One webhook, before it is sent."""

    headers: dict[str, str]
    body: bytes
    token: str = ""

    def proven(self, *, now: float = NOW, secret: str = SECRET) -> Proven | Refused:
        """What homeport makes of it."""
        return prove(self.headers, self.body, secret=secret, token=self.token, now=now)

    def with_headers(self, **changes: str | None) -> Delivery:
        """With other headers; None leaves one out."""
        named = {name.replace("_", "-"): value for name, value in changes.items()}
        headers = {**self.headers, **named}
        return replace(self, headers={k: v for k, v in headers.items() if v is not None})


def mac(body: bytes, secret: str = SECRET) -> str:
    """The hex digest that most forges sign with."""
    return hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()


def github(payload: Any, event: str = "push") -> Delivery:
    """GitHub."""
    body = json.dumps(payload).encode()
    headers = {"x-github-event": event, "x-github-delivery": "d-1"}
    return Delivery(headers={**headers, "x-hub-signature-256": f"sha256={mac(body)}"}, body=body)


def gitea(payload: Any, event: str = "push") -> Delivery:
    """Gitea, with GitHub's and Gogs's headers beside its own."""
    body = json.dumps(payload).encode()
    headers = {
        f"x-{name}-{what}": value
        for name in ("github", "gogs", "gitea")
        for what, value in (("event", event), ("delivery", f"of-{name}"))
    }
    signed = {"x-gitea-signature": mac(body), "x-hub-signature-256": "sha256=another"}
    return Delivery(headers={**headers, **signed}, body=body)


def forgejo(payload: Any, event: str = "push") -> Delivery:
    """Forgejo, with Gitea's headers beside its own."""
    made = gitea(payload, event)
    return made.with_headers(
        x_forgejo_event=event,
        x_forgejo_delivery="of-forgejo",
        x_forgejo_signature=mac(made.body),
        x_gitea_signature=None,  # it is sent, too; then either is good
    )


def gitlab(payload: Any, event: str = "Push Hook") -> Delivery:
    """GitLab with its secret token."""
    headers = {"x-gitlab-event": event, "x-gitlab-token": SECRET, "idempotency-key": "d-2"}
    return Delivery(headers=headers, body=json.dumps(payload).encode())


def gitlab_signed(payload: Any, *, at: float = NOW, key: bytes | None = None) -> Delivery:
    """GitLab with a signing token, by the Standard Webhooks specification."""
    body, stamp = json.dumps(payload).encode(), str(int(at))
    raw = base64.b64decode(SECRET.removeprefix("whsec_")) if key is None else key
    digest = hmac.new(raw, f"d-3.{stamp}.".encode() + body, hashlib.sha256).digest()
    headers = {
        "x-gitlab-event": "Push Hook",
        "webhook-id": "d-3",
        "webhook-timestamp": stamp,
        "webhook-signature": "v1,b2xkIGtleQ== v1," + base64.b64encode(digest).decode(),
    }
    return Delivery(headers=headers, body=body)


def bitbucket(payload: Any, event: str = "repo:push") -> Delivery:
    """Bitbucket Cloud."""
    body = json.dumps(payload).encode()
    headers = {"x-event-key": event, "x-request-uuid": "d-4"}
    return Delivery(headers={**headers, "x-hub-signature": f"sha256={mac(body)}"}, body=body)


def docker_hub(payload: Any) -> Delivery:
    """Docker Hub, which signs nothing."""
    return Delivery(headers={}, body=json.dumps(payload).encode(), token=url_token(SECRET))


def as_form(made: Delivery) -> Delivery:
    """The same as a form: GitHub signs that, Gitea the JSON inside of it."""
    body = urlencode({"payload": made.body.decode()}).encode()
    kind = made.with_headers(content_type="application/x-www-form-urlencoded")
    return replace(kind, body=body)


def push(**changes: Any) -> dict[str, Any]:
    """A push as GitHub and Gitea tell it, cut to what is near what they send."""
    told = {
        "ref": "refs/heads/main",
        "before": OLD,
        "after": NEW,
        "deleted": False,
        "repository": {"id": 7, "full_name": "me/blog", "clone_url": "https://h/me/blog.git"},
        "pusher": {"name": "ann", "email": "ann@example.org"},
        "commits": [{"id": NEW, "message": "${jndi:ldap://x} {{ 7*7 }} $(reboot)"}],
    }
    return {**told, **changes}


def lab_push(**changes: Any) -> dict[str, Any]:
    """A push as GitLab tells it."""
    told = {
        "object_kind": "push",
        "ref": "refs/heads/main",
        "before": OLD,
        "after": NEW,
        "checkout_sha": NEW,
        "user_username": "ann",
        "project": {"path_with_namespace": "group/team/blog", "git_http_url": "https://h/x.git"},
    }
    return {**told, **changes}


def bucket_push(*changes: dict[str, Any]) -> dict[str, Any]:
    """A push as Bitbucket tells it."""
    return {
        "push": {"changes": list(changes)},
        "repository": {"full_name": "me/blog"},
        "actor": {"nickname": "ann", "display_name": "Ann"},
    }


def bucket_ref(name: str, commit: str, kind: str = "branch") -> dict[str, Any]:
    """Where a branch or a tag is."""
    return {"type": kind, "name": name, "target": {"hash": commit, "type": "commit"}}


def pull_request(action: str = "opened", head: str | None = "me/blog") -> dict[str, Any]:
    """A pull request as GitHub and Gitea tell it."""
    repo = None if head is None else {"full_name": head}
    return {
        "action": action,
        "number": 5,
        "pull_request": {
            "head": {"sha": NEW, "repo": repo, "ref": "topic"},
            "base": {"ref": "main"},
        },
        "repository": {"full_name": "me/blog"},
        "sender": {"login": "bob"},
    }


def merge_request(action: str, source: int, **more: Any) -> dict[str, Any]:
    """A merge request as GitLab tells it."""
    attributes = {"iid": 5, "action": action, "source_project_id": source, "target_project_id": 1}
    return {
        "object_attributes": {**attributes, "last_commit": {"id": NEW}, **more},
        "project": {"path_with_namespace": "me/blog"},
        "user": {"username": "bob"},
    }


ALL = {
    "github": github(push()),
    "github, as a form": as_form(github(push())).with_headers(
        x_hub_signature_256=f"sha256={mac(as_form(github(push())).body)}"
    ),
    "gitea": gitea(push()),
    "gitea, as a form": as_form(gitea(push())),
    "forgejo": forgejo(push()),
    "gitlab": gitlab(lab_push()),
    "gitlab, signed": gitlab_signed(lab_push()),
    "bitbucket": bitbucket(
        bucket_push({"old": bucket_ref("main", OLD), "new": bucket_ref("main", NEW)})
    ),
    "docker hub": docker_hub(
        {"push_data": {"tag": "latest", "pusher": "ann"}, "repository": {"repo_name": "me/blog"}}
    ),
}
FORGES = {name: Forge(name.partition(",")[0]) for name in ALL}

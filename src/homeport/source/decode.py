"""From a payload whose proof holds to what was pushed. Pure.

No field is ever rendered, or handed to a program before it was checked: refs and commits with
git's rules, names by their length.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any, TypeVar

import msgspec

from homeport.source import names
from homeport.source import payloads as p
from homeport.source.forge import Forge
from homeport.source.remote import Remote
from homeport.source.webhook import Ignored, Kind, Proven, Pushed, Refused

_NAME = 100  # characters of a person's name, or of a repository's
T = TypeVar("T")


def decode(proven: Proven, remote: Remote | None) -> tuple[Pushed, ...] | Ignored | Refused:
    """What moved, by a delivery whose proof holds.

    Args:
        proven: the delivery.
        remote: what the app follows; a delivery about another repository is ignored.
    """
    reader = _READERS.get((proven.forge, proven.event))
    if reader is None:
        return Ignored(forge=proven.forge, reason=f"nothing happens for {proven.event!r}")
    try:
        found = reader(proven)
    except (msgspec.DecodeError, RecursionError) as error:
        reason = f"the payload is not that of {proven.event or 'a push'!r}: {error}"[:300]
        return Refused(status=400, reason=reason)
    if not found:
        return Ignored(forge=proven.forge, reason="nothing that is followed moved")
    return _checked(tuple(_tidied(one, proven.delivery) for one in found), remote)


def _checked(
    found: tuple[Pushed, ...], remote: Remote | None
) -> tuple[Pushed, ...] | Ignored | Refused:
    for one in found:
        if one.kind in (Kind.PUSH, Kind.TAG) and not names.is_ref(one.ref):
            return Refused(status=400, reason=f"{one.ref[:60]!r} is no branch and no tag")
        if any(c and not names.is_commit(c) for c in (one.before, one.after)):
            return Refused(status=400, reason="the payload names a commit that is none")
    first = found[0]
    elsewhere = remote is not None and remote.is_elsewhere and first.kind is not Kind.IMAGE
    if remote and elsewhere and not remote.is_about(first.repository):
        reason = f"it is about {first.repository!r}; this app follows {remote.path!r}"
        return Ignored(forge=first.forge, reason=reason)
    return found


def _tidied(one: Pushed, delivery: str) -> Pushed:
    """Names are for people alone: they are cut, and hold nothing that moves a cursor."""
    who, repository = _printable(one.who), _printable(one.repository)
    return replace(
        one,
        who=who,
        repository=repository,
        delivery=_printable(delivery),
        base=_branch(one.base),
        head=_branch(one.head),
        slug=_printable(one.slug),
    )


def _branch(name: str) -> str:
    """A branch that a job is told of; "" where git would not take it."""
    return name if names.is_ref(names.BRANCHES + name) else ""


def _printable(text: str) -> str:
    return "".join(c for c in text[:_NAME] if c.isprintable())


def _pushed(proven: Proven, repository: p.Repository, who: object, ref: str, **more: Any) -> Pushed:
    kind = Kind.TAG if ref.startswith(names.TAGS) else Kind.PUSH
    given = {"kind": kind, "ref": ref, **more}
    return Pushed(forge=proven.forge, repository=str(repository), who=str(who), **given)


def _read(proven: Proven, shape: type[T]) -> T:
    return msgspec.json.decode(proven.payload, type=shape)


def _push(proven: Proven) -> list[Pushed]:
    found = _read(proven, p.Push)
    gone = found.deleted or names.is_nobody(found.after)
    moved = {"before": found.before, "after": found.after, "deleted": gone}
    return [_pushed(proven, found.repository, found.pusher, found.ref, **moved)]


def _named(proven: Proven) -> list[Pushed]:
    found = _read(proven, p.Named)
    start = {"branch": names.BRANCHES, "tag": names.TAGS}.get(found.ref_type)
    if start is None:  # a repository
        return []
    ref, gone = start + found.ref.removeprefix(start), proven.event == "delete"
    return [_pushed(proven, found.repository, found.sender, ref, deleted=gone)]


def _pull_request(proven: Proven) -> list[Pushed]:
    found = _read(proven, p.PullRequest)
    if found.action not in ("opened", "reopened", "synchronize", "synchronized"):
        return []
    head = found.pull_request.head
    return [
        _pushed(
            proven,
            found.repository,
            found.sender,
            f"refs/pull/{found.number}/head",
            kind=Kind.PULL_REQUEST,
            after=head.sha,
            number=found.number,
            fork=head.repo is None or str(head.repo) != str(found.repository),
            base=found.pull_request.base.ref,
            head=head.ref,
            slug=str(head.repo or ""),
        )
    ]


def _lab_push(proven: Proven) -> list[Pushed]:
    found = _read(proven, p.LabPush)
    gone = names.is_nobody(found.after)
    moved = {"before": found.before, "after": found.after, "deleted": gone}
    return [_pushed(proven, found.project, found.user_username or "", found.ref, **moved)]


def _lab_merge(proven: Proven) -> list[Pushed]:
    found = _read(proven, p.LabMerge)
    what = found.object_attributes
    if what.action not in ("open", "reopen") and not (what.action == "update" and what.oldrev):
        return []
    return [
        _pushed(
            proven,
            found.project,
            found.user,
            f"refs/merge-requests/{what.iid}/head",
            kind=Kind.PULL_REQUEST,
            after=what.last_commit.id,
            number=what.iid,
            fork=what.source_project_id != what.target_project_id,
            base=what.target_branch,
            head=what.source_branch,
            slug=str(what.source),
        )
    ]


def _bucket_push(proven: Proven) -> list[Pushed]:
    found = _read(proven, p.BucketPush)
    return [
        _pushed(proven, found.repository, found.actor, start + named.name, **_ends(change))
        for change in found.push.changes
        if (named := change.new or change.old)
        and (start := {"branch": names.BRANCHES, "tag": names.TAGS}.get(named.type))
    ]


def _ends(change: p.BucketChange) -> dict[str, Any]:
    """Where a change begins and ends."""
    before, after = (ref.target.hash if ref else "" for ref in (change.old, change.new))
    return {"before": before, "after": after, "deleted": change.new is None}


def _bucket_pull(proven: Proven) -> list[Pushed]:
    """Its commit is told in twelve digits: it is what the branch names."""
    found = _read(proven, p.BucketPullRequest)
    source, number = found.pullrequest.source, found.pullrequest.id
    fork = source.repository is None or str(source.repository) != str(found.repository)
    head, base = source.branch.name, found.pullrequest.destination.branch.name
    more = {"kind": Kind.PULL_REQUEST, "number": number, "fork": fork, "base": base, "head": head}
    # Bitbucket has no refs of pull requests: one of the same repository is its branch.
    ref = f"refs/pull-requests/{number}/from" if fork or not head else names.BRANCHES + head
    slug = str(source.repository or "")
    return [_pushed(proven, found.repository, found.actor, ref, slug=slug, **more)]


def _image(proven: Proven) -> list[Pushed]:
    found = _read(proven, p.HubPush)
    data = found.push_data
    return [_pushed(proven, found.repository, data.pusher or "", data.tag[:128], kind=Kind.IMAGE)]


_LIKE_GITHUB = {
    "push": _push,
    "create": _named,
    "delete": _named,
    "pull_request": _pull_request,
    "pull_request_sync": _pull_request,
}
_READERS: dict[tuple[Forge, str], Callable[[Proven], list[Pushed]]] = {
    (Forge.GITLAB, "Push Hook"): _lab_push,
    (Forge.GITLAB, "Tag Push Hook"): _lab_push,
    (Forge.GITLAB, "Merge Request Hook"): _lab_merge,
    (Forge.BITBUCKET, "repo:push"): _bucket_push,
    (Forge.BITBUCKET, "pullrequest:created"): _bucket_pull,
    (Forge.BITBUCKET, "pullrequest:updated"): _bucket_pull,
    (Forge.DOCKER_HUB, ""): _image,
    **{
        (forge, event): reader
        for forge in (Forge.GITHUB, Forge.GITEA, Forge.FORGEJO)
        for event, reader in _LIKE_GITHUB.items()
    },
}

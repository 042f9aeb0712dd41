"""Images that a job tags, pulls and pushes. Pure."""

from __future__ import annotations

import json
from typing import Any

from homeport.errors import NotFound, RequestError
from homeport.pipeline.gate.containers import usable
from homeport.pipeline.gate.owned import own_container
from homeport.pipeline.gate.scope import Scope, familiar, split_tag
from homeport.pipeline.gate.verdict import (
    Facts,
    Forward,
    Index,
    Kind,
    Local,
    Push,
    Question,
    Reply,
    Request,
    Verdict,
    refused,
)

# The one kind of manifest that the Engine pushes.
_MANIFEST = "application/vnd.docker.distribution.manifest.v2+json"
_INDEX = {f"homeport index {how}": how for how in ("check", "show", "push")}


def pull(request: Request, scope: Scope) -> Forward | Index:
    """`docker pull`: by its own name, as for everybody. `docker import`: as the job's own.

    `docker manifest` of a job is an import, too: bash/docker.sh.
    """
    if how := _INDEX.get(request.first("changes")):
        name, label = split_tag(familiar(_joined(request.first("repo"), request.first("tag"))))
        return Index(name=name, tag=label, how=how)
    if source := request.first("fromSrc"):
        return _imported(request, scope, source)
    name = familiar(request.first("fromImage"))
    return Forward(target=request.with_query(fromImage=name, repo=None, changes=None))


def _imported(request: Request, scope: Scope, source: str) -> Forward:
    if source != "-":  # the Engine would fetch it, from wherever the box reaches
        raise refused("let the Engine fetch an archive", "curl ADDRESS | docker import - NAME")
    repo = request.first("repo")
    own = scope.own_image(_joined(repo, request.first("tag"))) if repo else ""
    name, label = split_tag(own) if own else ("", "")
    return Forward(target=request.with_query(repo=name, tag=label, fromImage=None))


def tag(request: Request, scope: Scope, source: str, facts: Facts) -> Forward:
    """`docker tag`: what it names is the job's."""
    own = scope.own_image(_joined(request.first("repo"), request.first("tag")))
    name, label = split_tag(own)
    image = _there(source, scope, facts)
    pairs = [("repo", name), ("tag", label)]
    return Forward(target=request.target(f"/images/{image}/tag", pairs))


def push(request: Request, scope: Scope, source: str, facts: Facts) -> Push:
    """`docker push`: what is pushed is staged, and published once the job has passed."""
    name = familiar(source)
    label = request.first("tag") or split_tag(name)[1]
    asked = Question(Kind.IMAGE, _joined(split_tag(name)[0], label))
    found = facts.get(asked)
    if found is None or not found.own:
        raise NotFound(f"An image does not exist locally with the tag: {name}")
    return Push(image=found.name, name=split_tag(name)[0], tag=label)


def described(request: Request, source: str, facts: Facts) -> Forward | Local:
    """What a registry has under a name; of what the job pushes, what the Engine knows of that.

    buildx asks after a push, where the Engine has a digest: in no registry it has that name yet.

    Raises:
        NotFound: it is the job's, and was not pushed.
    """
    found = facts.get(Question(Kind.IMAGE, source))
    if found is None or not found.own:
        return Forward(target=request.target(request.path))
    if not found.digests:
        raise NotFound(f"{source} was not pushed")
    descriptor = {"mediaType": _MANIFEST, "digest": found.digests[-1]}
    return Local(content={"Descriptor": descriptor, "Platforms": []})


def pushed_name(request: Request, source: str) -> str:
    """The whole name of what a push is about."""
    name = familiar(source)
    return _joined(split_tag(name)[0], request.first("tag") or split_tag(name)[1])


def commit(request: Request, scope: Scope, facts: Facts, body: Any) -> Forward:
    """`docker commit`: of a container of the job's."""
    container = own_container(request.first("container"), facts).name
    repo = request.first("repo")
    own = scope.own_image(_joined(repo, request.first("tag"))) if repo else ""
    name, label = split_tag(own) if own else ("", "")
    target = request.with_query(container=container, repo=name, tag=label)
    return Forward(target=target, body=body)


def read(request: Request, scope: Scope, name: str, what: str, facts: Facts) -> Forward:
    """Inspect and history."""
    return Forward(target=request.target(f"/images/{_there(name, scope, facts)}/{what}"))


def remove(request: Request, scope: Scope, name: str, facts: Facts) -> Forward:
    """`docker rmi`: only what the job named itself.

    Raises:
        Forbidden: it is the box's.
    """
    found = facts.get(Question(Kind.IMAGE, name))
    if found is None:
        raise NotFound(f"No such image: {name}")
    if not found.own:
        raise refused(f"remove image {name[:80]}, which it did not make")
    return Forward(target=request.target(f"/images/{found.name}"))


def listed(request: Request, scope: Scope) -> Forward:
    """`docker images`: those of the job, and those that are nobody's."""
    filters = _filters(request)
    if references := filters.get("reference"):
        filters["reference"] = [p for r in references for p in (r, scope.prefix + r)]
    target = request.with_query(filters=json.dumps(filters) if filters else None)
    return Forward(target=target, reply=Reply.IMAGES)


def without_others(found: Any, scope: Scope) -> list[dict[str, Any]]:
    """A list of images without those of other apps, and without the names of other jobs.

    Args:
        found: the Engine's list.
        scope: whose it is to be.
    """
    kept = []
    for image in found if isinstance(found, list) else []:
        labels = image.get("Labels") or {}
        if labels.get("homeport.app", scope.app) != scope.app:
            continue
        tags = image.get("RepoTags") or []
        mine = [tag for tag in tags if not scope.is_others(tag)]
        if mine or not tags:
            kept.append({**image, "RepoTags": mine})
    return kept


def nothing_pruned(_request: Request) -> Verdict:
    """The cache, and the images that nobody names, are the box's: homeport prunes them itself."""
    return Local(content={"ImagesDeleted": [], "CachesDeleted": [], "SpaceReclaimed": 0})


def _there(name: str, scope: Scope, facts: Facts) -> str:
    found = usable(name, scope, facts)
    if facts.get(Question(Kind.IMAGE, name)) is None:
        raise NotFound(f"No such image: {name}")
    return found.name


def _joined(name: str, tag: str) -> str:
    return f"{name}:{tag}" if tag and "@" not in name else name


def _filters(request: Request) -> dict[str, list[str]]:
    """Filters are JSON: name -> list, or name -> {value: true}."""
    try:
        found = json.loads(request.first("filters") or "{}") or {}
        return {str(key): list(values) for key, values in found.items()}
    except (ValueError, AttributeError, TypeError) as error:
        raise RequestError("filters is no JSON object") from error


def with_label(request: Request, label: str, scope: Scope) -> str:
    """The target of a list, without what is not the job's."""
    filters = _filters(request)
    filters["label"] = [*filters.get("label", []), label]
    if asked := filters.get("name"):
        filters["name"] = [_anchored(text, scope) for text in asked]
    return request.with_query(filters=json.dumps(filters))


def _anchored(text: str, scope: Scope) -> str:
    """`^/db$` looks for the whole name, which begins with the job's prefix."""
    for start in ("^/", "^"):
        if text.startswith(start):
            return f"{start}{scope.prefix}{text.removeprefix(start)}"
    return text

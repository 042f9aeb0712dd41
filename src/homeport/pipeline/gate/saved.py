"""Images in an archive: `docker save` and `docker load`. Pure.

What goes out has the names that the job gave. What comes in is written anew: the job's own names,
the keys that are known, and nothing that leads out of the archive.
Source: Docker Image Specification 1.2; OCI image layout 1.0; docker, image/tarexport/load.go.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable
from typing import Any

from homeport.errors import NotFound, RequestError
from homeport.pipeline.gate.archive import Archive, Changed, Kept, Member, header
from homeport.pipeline.gate.containers import usable
from homeport.pipeline.gate.scope import Scope, split_tag
from homeport.pipeline.gate.shape import canonical, names, table, texts
from homeport.pipeline.gate.verdict import (
    Facts,
    Forward,
    Kind,
    Question,
    Reply,
    Request,
    refused,
)

_PART = re.compile(r"(?!\.\.?$)[A-Za-z0-9_.:+-]{1,100}")
_LAYER = re.compile(r"[0-9a-f]{64}/layer\.tar")
_IMAGE = names("Config RepoTags Layers Parent LayerSources")
_INDEX = names("schemaVersion mediaType manifests annotations")
_DESCRIPTOR = names("mediaType digest size annotations platform artifactType urls data")
_NAME = "io.containerd.image.name"
# What pax may say of a member without changing what it is.
_TIMES = ("atime", "ctime", "mtime", "comment", "uname", "gname", "uid", "gid")
# What the Engine finds names in.
_FILES = ("manifest.json", "repositories", "index.json")


def save(request: Request, scope: Scope, facts: Facts) -> Forward:
    """`docker save`: of images that the job may use.

    Raises:
        NotFound: there is none of that name.
        Forbidden: it is another's.
    """
    asked = [_one_saved(name, scope, facts) for name in request.all("names")]
    return Forward(target=request.with_query(names=asked), reply=Reply.SAVED)


def _one_saved(name: str, scope: Scope, facts: Facts) -> str:
    question = Question(Kind.SAVED, name)
    if facts.get(question) is None:
        raise NotFound(f"No such image: {name}")
    found = usable(name, scope, facts, Kind.SAVED)
    # A name without a tag means all of its tags, and others' may be among them.
    latest = f"{found.name}:latest"
    return latest if not found.own and latest in found.tags else found.name


def load(request: Request, scope: Scope) -> Forward:
    """`docker load`: what the archive names becomes the job's own."""
    return Forward(target=request.target(request.path), archive=lambda: entering(scope))


def leaving(scope: Scope) -> Archive:
    """An archive of the Engine's, on its way to the job."""

    def decide(member: Member) -> Kept | Changed:
        if member.name in _FILES and member.info.isreg():
            return Changed(content=lambda old: old.replace(scope.prefix.encode(), b""))
        return Kept(header=b"")

    return Archive(decide)


def entering(scope: Scope) -> Archive:
    """An archive of the job's, on its way to the Engine."""
    seen: set[str] = set()

    def decide(member: Member) -> Kept | Changed:
        _check(member)
        if member.name not in _FILES:
            return Kept(header=header(member.name, member.info))
        if member.name in seen or not member.info.isreg():
            raise refused(f"load an archive with two of {member.name}")
        seen.add(member.name)
        return Changed(content=functools.partial(_renamed, _READ[member.name], scope))

    return Archive(decide)


def _check(member: Member) -> None:
    """Whether the Engine and homeport read the same in a member.

    Raises:
        Forbidden: it is more than `docker save` writes.
    """
    info, name = member.info, member.name
    odd = [key for key in member.more if key not in _TIMES]
    plain = len(name) <= 100 and all(_PART.fullmatch(part) for part in name.split("/"))
    plain = plain or (name == "." and info.isdir())
    if odd or not plain or not (info.isfile() or info.isdir() or _is_layer(member)):
        raise refused(f"load an archive with {name[:60]!r}", "docker save writes none such")


def _is_layer(member: Member) -> bool:
    """A layer that two images share: older Engines save it once, and lead to it."""
    target = member.info.linkname.removeprefix("../")
    return member.info.issym() and bool(_LAYER.fullmatch(member.name) and _LAYER.fullmatch(target))


def _renamed(read: Callable[[Any, Scope], Any], scope: Scope, content: bytes) -> bytes:
    try:
        found = json.loads(content)
    except (ValueError, RecursionError) as error:
        raise RequestError("the archive's list of images is no JSON") from error
    return json.dumps(read(found, scope)).encode()


def _manifest(found: Any, scope: Scope) -> Any:
    """manifest.json: what each image consists of, and what it is called."""
    if not isinstance(found, list):
        raise RequestError("manifest.json is no list")
    return [_image(one, scope) for one in found]


def _image(found: Any, scope: Scope) -> dict[str, Any]:
    image = canonical(found, _IMAGE, "manifest.json")
    image.pop("LayerSources", None)  # where the layers of Windows are fetched
    tags = texts(image.get("RepoTags"), "RepoTags")
    return image | {"RepoTags": [scope.own_image(tag) for tag in tags]}


def _repositories(found: Any, scope: Scope) -> Any:
    """The names of archives from before manifest.json: name -> tag -> layer."""
    own: dict[str, dict[str, Any]] = {}
    for name, tags in table(found, "repositories").items():
        for tag, layer in table(tags, "repositories").items():
            repository, label = split_tag(scope.own_image(f"{name}:{tag}"))
            own.setdefault(repository, {})[label] = layer
    return own


def _index(found: Any, scope: Scope) -> Any:
    """index.json of an OCI image layout."""
    index = canonical(found, _INDEX, "index.json")
    index.pop("annotations", None)
    listed = index.get("manifests") or []
    if not isinstance(listed, list):
        raise RequestError("index.json has no list of manifests")
    return index | {"manifests": [_descriptor(one, scope) for one in listed]}


def _descriptor(found: Any, scope: Scope) -> dict[str, Any]:
    one = canonical(found, _DESCRIPTOR, "index.json")
    name = table(one.pop("annotations", None), "annotations").get(_NAME)
    if not isinstance(name, str):
        return one
    return one | {"annotations": {_NAME: _whole_name(scope.own_image(name))}}


def _whole_name(own: str) -> str:
    """As containerd has it: with the registry that people leave out."""
    first, slash, _ = own.partition("/")
    if slash and ("." in first or ":" in first):
        return own
    return f"docker.io/{own}" if slash else f"docker.io/library/{own}"


_READ: dict[str, Callable[[Any, Scope], Any]] = {
    "manifest.json": _manifest,
    "repositories": _repositories,
    "index.json": _index,
}

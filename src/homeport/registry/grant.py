"""Who may do what in the registry. Pure.

A client is refused with the scope that it would need, asks for a pass with it, and comes again.
Source: distribution, docs/spec/auth/token.md and scope.md.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from homeport.errors import RequestError
from homeport.model.app import Grants
from homeport.model.names import DIGEST, LONGEST, REPOSITORY, TAG, app_of, check_repository, matches

# What each level of a token includes, in distribution's words.
LEVELS = {"pull": ("pull",), "push": ("pull", "push"), "admin": ("pull", "push", "delete", "*")}
CATALOG = "registry:catalog:*"
_PATH = re.compile(
    r"/v2/(?P<name>[a-z0-9._/-]+)/(?:manifests/(?P<reference>[A-Za-z0-9._:-]+)"
    r"|blobs/(?P<blob>[A-Za-z0-9:]+)|blobs/uploads/(?P<upload>[A-Za-z0-9_=-]*)"
    r"|tags/list|referrers/[A-Za-z0-9:]+)"
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """What a request to the registry would do."""

    needs: tuple[tuple[str, str], ...] = ()  # repository and action, each
    catalog: bool = False  # the list of all repositories
    writes_tag: str = ""  # the tag that it would move or take away
    removes: str = ""  # the digest of what it would take away, with all that needs it

    @property
    def repository(self) -> str:
        """The repository that it is about."""
        return self.needs[0][0] if self.needs else ""

    @property
    def scope(self) -> str:
        """What a pass for it has to grant, as the challenge says it."""
        if self.catalog:
            return CATALOG
        wanted: dict[str, list[str]] = {}
        for repository, action in self.needs:
            wanted.setdefault(repository, []).append(action)
        return " ".join(f"repository:{name}:{','.join(a)}" for name, a in wanted.items())


def asked(method: str, uri: str) -> Asked | None:
    """What a request would do; None where it is none that the registry knows.

    The path is taken as it came: what another would read otherwise (`%2e`, `..`) is refused.
    """
    parts = urlsplit(uri)
    if parts.path in ("/v2", "/v2/"):
        return Asked()
    if parts.path == "/v2/_catalog":
        return Asked(catalog=True)
    found = _PATH.fullmatch(parts.path)
    if not found or not _is_repository(found["name"]):
        return None
    name, reference = found["name"], found["reference"] or ""
    actions = _ACTIONS.get(method)
    if actions is None or (reference and not _names_one(reference)):
        return None
    moves = reference if method in ("PUT", "DELETE") and TAG.fullmatch(reference) else ""
    removed = reference or found["blob"] or "" if method == "DELETE" and not moves else ""
    mounted = [(other, "pull") for other in parse_qs(parts.query).get("from", ())]
    needs = (*((name, action) for action in actions), *mounted)
    return Asked(needs=needs, writes_tag=moves, removes=removed)


_ACTIONS = {
    "GET": ("pull",),
    "HEAD": ("pull",),
    "POST": ("pull", "push"),
    "PUT": ("pull", "push"),
    "PATCH": ("pull", "push"),
    "DELETE": ("delete",),
}


def _is_repository(name: str) -> bool:
    return len(name) <= LONGEST and bool(REPOSITORY.fullmatch(name))


def _names_one(reference: str) -> bool:
    return bool(TAG.fullmatch(reference) or DIGEST.fullmatch(reference))


def read_scopes(texts: Iterable[str]) -> dict[str, set[str]]:
    """`repository:blog:pull,push` and the like: repository -> actions; the catalogue is `*`.

    What cannot be is left out: a client asks for much, and is granted what it may.
    """
    wanted: dict[str, set[str]] = {}
    for scope in (part for text in texts for part in text.split()):
        if scope == CATALOG:
            wanted.setdefault("*", set()).add("catalog")
        kind, _, rest = scope.partition(":")
        name, _, actions = rest.rpartition(":")
        if kind == "repository" and _is_repository(name):
            wanted.setdefault(name, set()).update(a for a in actions.split(",") if a)
    return wanted


def granted(
    wanted: Mapping[str, Collection[str]], grants: Grants | None, public: Collection[str]
) -> dict[str, list[str]]:
    """What of it somebody gets.

    Args:
        wanted: repository -> actions.
        grants: those of a token, {} for one that may do all; None for nobody in particular.
        public: the apps whose images everybody may pull.
    """
    found = {name: _allowed(name, grants, public) & set(a) for name, a in wanted.items()}
    return {name: sorted(actions) for name, actions in found.items() if actions}


def _allowed(repository: str, grants: Grants | None, public: Collection[str]) -> set[str]:
    open_to_all = {"pull"} if app_of(repository) in public else set()
    if grants is None:
        return open_to_all
    if not grants:
        return {"catalog", *LEVELS["admin"]}
    levels = [level for pattern, level in grants.items() if matches(repository, pattern)]
    return open_to_all.union(*(LEVELS[level] for level in levels))


def read_grants(texts: Iterable[str]) -> Grants:
    """`blog=push`, `team/*=pull`: what a limited token may do.

    Raises:
        RequestError: it is no repository, or no level.
    """
    grants = {}
    for text in texts:
        pattern, _, level = text.rpartition("=")
        check_repository(pattern.replace("*", "x") if pattern else "-")
        if level not in LEVELS:
            known = ", ".join(LEVELS)
            raise RequestError(f"{level[:40]!r} is no level of access", hint=f"known: {known}")
        grants[pattern] = level
    return grants


def refusal(needed: Asked, access: Mapping[str, Collection[str]]) -> str:
    """Why a pass with this access does not do; "" where it does."""
    if needed.catalog and "catalog" not in access.get("*", ()):
        return "the list of all repositories needs a token that may do everything"
    for repository, action in needed.needs:
        # What is granted on `*` is homeport's own: nobody can ask for a scope of that name.
        if not {action, "*"} & {*access.get(repository, ()), *access.get("*", ())}:
            return f"{action} on {repository} is not granted"
    return ""

"""Forges: where repositories live. Pure."""

from __future__ import annotations

from enum import StrEnum

from homeport.errors import RequestError
from homeport.source.remote import Remote


class Forge(StrEnum):
    """What a webhook comes from, and what statuses are told to."""

    GITHUB = "github"
    GITLAB = "gitlab"
    GITEA = "gitea"
    FORGEJO = "forgejo"
    BITBUCKET = "bitbucket"
    DOCKER_HUB = "docker hub"  # it has images, and no repositories of git


SETTABLE = tuple(str(forge) for forge in Forge if forge is not Forge.DOCKER_HUB)

# Those that everybody shares, and what people call the ones of their own.
_HOSTS = {
    "github.com": Forge.GITHUB,
    "gitlab.com": Forge.GITLAB,
    "bitbucket.org": Forge.BITBUCKET,
    "codeberg.org": Forge.FORGEJO,
}
_NAMES = {forge.value: forge for forge in (Forge.GITLAB, Forge.GITEA, Forge.FORGEJO, Forge.GITHUB)}


def check_forge(name: str) -> str:
    """The name, where it is that of a forge that takes statuses; "" is to be guessed.

    Raises:
        RequestError: it is none.
    """
    if name and name not in SETTABLE:
        raise RequestError(f"{name[:40]!r} is no forge", hint=f"forge={'|'.join(SETTABLE)}")
    return name


def forge_of(remote: Remote, said: str = "") -> Forge | None:
    """The forge of a remote: what a person said, or what its host's name tells; None for unknown.

    Args:
        remote: where the repository is.
        said: a name of a forge, or "".
    """
    if said:
        return Forge(said)
    name = remote.hostname.lower()
    return _HOSTS.get(name) or _NAMES.get(name.partition(".")[0])

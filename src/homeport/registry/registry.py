"""The registry, as the rest of homeport is handed it."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from homeport.model.names import DIGEST
from homeport.registry.client import Client
from homeport.registry.passes import GOOD_FOR, Pass, seal, unseal
from homeport.registry.storage import Storage


@dataclass(slots=True)
class LastWrite:
    """When somebody was last let write, in the seconds of a clock that only goes on."""

    at: float = 0.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Registry:
    """Where it is, what it holds, and how its passes are made."""

    address: str  # 127.0.0.1:5000: what stands before a repository in the name of an image
    storage: Storage
    client: Client
    key: bytes  # signs passes
    written: LastWrite = field(default_factory=LastWrite)
    notifier: str  # what the registry shows when it tells of what happened

    def reference(self, repository: str, tag: str) -> str:
        """The name of an image, as `docker pull` takes it on this machine; by tag or digest."""
        return f"{self.address}/{repository}{'@' if DIGEST.fullmatch(tag) else ':'}{tag}"

    def give(self, token: str, access: Mapping[str, Sequence[str]]) -> str:
        """A pass, as text."""
        until = int(time.time()) + GOOD_FOR
        return seal(Pass(token=token, access=access, until=until), self.key)

    def read(self, text: str) -> Pass | None:
        """The pass that a text is; None where it is none, or no longer good."""
        return unseal(text, self.key, now=time.time())

    def own_pass(self, *repositories: str) -> str:
        """A pass for homeport itself, with which the Engine pushes.

        It may pull from all others: a layer that one of them has is mounted, and not sent.
        """
        return self.give(OWN, {**dict.fromkeys(repositories, ("pull", "push")), "*": ("pull",)})


OWN = "/homeport"  # no token can have this name: it has a slash

"""Files by which nginx's workers, old and new, learn at once that a site's requests are held.

One for each site, in a folder that nginx sees. It looks for it at each request that cannot be
answered anyway, and at others while a bell rings (`bell`); a reload would take 0.1 s.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path


class Flags:
    """A folder of empty files, each called like a site."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._raised: set[str] = set()

    def open(self) -> None:
        """Make the folder; nothing is held by what was there before."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.keep(())

    def raise_for(self, sites: Iterable[str]) -> None:
        """From now on the requests of these sites are held."""
        for site in set(sites) - self._raised:
            (self.folder / site).touch()
            self._raised.add(site)

    def keep(self, sites: Iterable[str]) -> None:
        """The requests of all others are not held any more."""
        kept = set(sites)
        self._raised &= kept
        for flag in self.folder.iterdir():
            if flag.name not in kept:
                flag.unlink(missing_ok=True)

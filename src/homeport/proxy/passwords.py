"""The files of users that may pass (`basic_auth`): named by their content, read by nginx alone."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from homeport.model.route import Route
from homeport.proxy.locations import password_file


class Passwords:
    """A folder of files as `htpasswd` writes them."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, routes: Iterable[Route]) -> None:
        """Write those that these routes need, before nginx is told of them."""
        for name, content in self._wanted(routes).items():
            path = self._folder / name
            if not path.exists():
                self._folder.mkdir(exist_ok=True)
                beside = path.with_suffix(".new")
                beside.write_text(content)
                # nginx's workers are another user; the folder above is closed to everybody else.
                beside.chmod(0o644)
                self._folder.chmod(0o755)
                beside.replace(path)

    def forget_but(self, routes: Iterable[Route]) -> None:
        """Remove the others, once nginx uses them no longer."""
        wanted = self._wanted(routes)
        for path in self._folder.glob("*"):
            if path.name not in wanted:
                path.unlink(missing_ok=True)

    def _wanted(self, routes: Iterable[Route]) -> dict[str, str]:
        files = dict(password_file(r.rules) for r in routes if r.rules.basic_auth)
        return {name: content for name, content in files.items() if name}

"""Which files a compose file is made of, and how Compose is asked what they say.

Nothing here waits, and little is imported: a command starts Compose with it before all else.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

_NAMES = ("compose.yaml", "compose.yml", "docker-compose.yml", "docker-compose.yaml")
_OVERRIDES = (
    "compose.override.yaml",
    "compose.override.yml",
    "docker-compose.override.yml",
    "docker-compose.override.yaml",
)
_YAML = (".yaml", ".yml")
_EXTENSION = b"x-homeport"
_PLUGINS = (
    "/usr/local/lib/docker/cli-plugins",
    "/usr/local/libexec/docker/cli-plugins",
    "/usr/lib/docker/cli-plugins",
    "/usr/libexec/docker/cli-plugins",
)
_TOKEN = re.compile(r"[^\s\"',\[\]{}]+")
# What is asked of a compose file.
MODEL, HASHES, EXTENDED = "model", "hashes", "extended"
# A path that is made of variables cannot be looked for: such a file is not remembered.
_HIDDEN = re.compile(r"^\s*-?\s*(?:include|extends|env_file|file|path)\s*:.*\$", re.MULTILINE)
# The CLI's own: nothing else of the daemon's environment reaches a compose file.
_KEPT = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "XDG_RUNTIME_DIR")
# Compose ends after 30 ms: it is quicker with one thread and no collection of what it leaves lying.
_BRIEF = {"GOGC": "off", "GOMEMLIMIT": "256MiB", "GOMAXPROCS": "1"}
# It would ask an Engine whether that is Docker Desktop's: 10 ms of the Engine's time, each time.
_NO_ENGINE = {"DOCKER_HOST": "unix:///dev/null"}


class Question(NamedTuple):
    """A compose file, and what is wanted to be known of it."""

    files: Sequence[Path]
    project: str
    directory: Path
    environ: Mapping[str, str]

    @property
    def base(self) -> list[str]:
        """The command, up to the files."""
        name = ["-p", self.project] if self.project else []
        return [*command(), *name, "--project-directory", str(self.directory)]

    def argvs(self, *, extended: bool, hashes: bool = True) -> dict[str, list[str]]:
        """The programs to run: for the model, for the hashes, and for the keys that are ours."""
        argv = [*self.base, *(part for file in self.files for part in ("-f", str(file))), "config"]
        found = {MODEL: [*argv, "--format", "json"]}
        found |= {HASHES: [*argv, "--hash", "*"]} if hashes else {}
        return found | ({EXTENDED: [*argv, "--format", "yaml"]} if extended else {})

    def services(self) -> list[str]:
        """The program that names every service, those too whose profile is off."""
        files = (part for file in self.files for part in ("-f", str(file)))
        return [*self.base, *files, "--profile", "*", "config", "--services"]

    @property
    def env(self) -> dict[str, str]:
        """The variables that the files may use."""
        return {key: os.environ[key] for key in _KEPT if key in os.environ} | dict(self.environ)

    def brief_env(self, inputs: Mapping[str, bytes] | None) -> dict[str, str]:
        """The same, and what lets Compose end sooner, where no file could tell."""
        brief, alone = (_unseen(more, inputs) for more in (_BRIEF, _NO_ENGINE))
        return brief | self.env | alone

    def inputs(self) -> dict[str, bytes] | None:
        """Every file that goes in; None where that cannot be known."""
        return _inputs([*self.files, self.directory / ".env"], self.directory)

    def key(self, inputs: Mapping[str, bytes] | None) -> str:
        """The digest of all that goes in, "" where that cannot be known."""
        if inputs is None:
            return ""
        return _digest(inputs, self.project, self.directory, self.environ)


def extended(inputs: Mapping[str, bytes] | None) -> bool:
    """Whether keys of our own may be among the files."""
    return mentions(inputs, _EXTENSION)


def mentions(inputs: Mapping[str, bytes] | None, word: bytes) -> bool:
    """Whether a word may be among the files."""
    return inputs is None or any(word in content for content in inputs.values())


def _unseen(variables: Mapping[str, str], inputs: Mapping[str, bytes] | None) -> dict[str, str]:
    """Those that no file can ask for."""
    return {k: v for k, v in variables.items() if not mentions(inputs, k.encode())}


def default_files(directory: Path) -> tuple[Path, ...]:
    """The compose file of a folder and its override, by Compose's own rule; empty for none."""
    for name in _NAMES:
        if (directory / name).is_file():
            more = [directory / override for override in _OVERRIDES]
            return (directory / name, *[path for path in more if path.is_file()][:1])
    return ()


def command() -> list[str]:
    """The plugin itself, where it is found: docker's own client takes as long again to call it.

    Source: docker/cli, cli-plugins/manager (the folders, in its order).
    """
    own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    for folder in (own / "cli-plugins", *map(Path, _PLUGINS)):
        if os.access(folder / "docker-compose", os.X_OK):
            return [str(folder / "docker-compose")]
    return ["docker", "compose"]


def _digest(
    inputs: Mapping[str, bytes], project: str, directory: Path, environ: Mapping[str, str]
) -> str:
    """The digest of all that goes in."""
    import hashlib  # 2 ms, which what names a project does not need

    digest = hashlib.sha256(f"8 {project} {directory} {plugin()}".encode())
    texts = b"\0".join(inputs.values())
    for key, value in sorted(environ.items()):
        if key.startswith("COMPOSE_") or key.encode() in texts:  # no other has an effect
            digest.update(f"{key}={value}\0".encode())
    for path, content in sorted(inputs.items()):
        digest.update(f"{path} {len(content)}\0".encode() + content)
    return digest.hexdigest()


def _inputs(files: Sequence[Path], directory: Path) -> dict[str, bytes] | None:
    """Every file that may go in: those given, and all that a YAML text among them names.

    None where that cannot be known.
    """
    found: dict[str, bytes] = {}
    waiting = list(files)
    while waiting:
        path = waiting.pop()
        if str(path) in found or not path.is_file():
            continue
        content = found[str(path)] = path.read_bytes()
        if path.suffix in _YAML:
            text = content.decode(errors="replace")
            if _HIDDEN.search(text):
                return None
            waiting += _named(text, {directory, path.parent})
    return found


def _named(text: str, folders: set[Path]) -> list[Path]:
    """Files that a text may mean: every word of it that is one."""
    words = {part for word in _TOKEN.findall(text) for part in (word, *word.split(":"))}
    paths = (folder / word for folder in folders for word in words if 0 < len(word) < 200)
    return [path for path in paths if _is_file(path)]


def _is_file(path: Path) -> bool:
    try:
        return path.is_file() and path.stat().st_size < 1 << 20
    except (OSError, ValueError):
        return False


def plugin() -> str:
    """What tells one version of the plugin from another, without starting it."""
    program = command()[0]
    try:
        found = Path(program).stat()
    except OSError:
        return program
    return f"{program} {found.st_mtime_ns} {found.st_size}"

"""The compose file, read by Compose's own loader: `docker compose config`.

One call takes about 0.1 s, so its answer is remembered by the digest of all that went in: every
file that the texts name, the variables, and the plugin itself.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import os
import re
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from homeport.engine import process
from homeport.errors import FileFault, RequestError, Unavailable

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
_REMEMBERED = 20  # answers for each project
_UNSET = "which is not set"
_TOKEN = re.compile(r"[^\s\"',\[\]{}]+")
# A path that is made of variables cannot be looked for: such a file is not remembered.
_HIDDEN = re.compile(r"^\s*-?\s*(?:include|extends|env_file|file|path)\s*:.*\$", re.MULTILINE)
_PLACE = re.compile(r"(?:yaml: )?line (\d+)(?:, column (\d+))?: (.*)")
_FIELD = re.compile(r"^((?:services|networks|volumes|secrets|configs)\.[\w.\-\[\]]+):? (.*)")
# The CLI's own: nothing else of the daemon's environment reaches a compose file.
_KEPT = ("PATH", "HOME", "DOCKER_HOST", "DOCKER_CONFIG", "DOCKER_CONTEXT", "XDG_RUNTIME_DIR")


@dataclass(frozen=True, slots=True, kw_only=True)
class ComposeConfig:
    """A compose file, normalised; `hashes` are Compose's own, of each service."""

    model: dict[str, Any]
    hashes: dict[str, str]
    warnings: tuple[str, ...] = ()


def default_files(directory: Path) -> tuple[Path, ...]:
    """The compose file of a folder and its override, by Compose's own rule; empty for none."""
    for name in _NAMES:
        if (directory / name).is_file():
            more = [directory / override for override in _OVERRIDES]
            return (directory / name, *[path for path in more if path.is_file()][:1])
    return ()


async def read(
    files: Sequence[Path],
    *,
    project: str,
    directory: Path,
    environ: Mapping[str, str],
    cache: Path,
) -> ComposeConfig:
    """What `docker compose config` makes of these files.

    Args:
        files: the compose files, those that are merged over it after the first.
        project: the project's name.
        directory: what paths in them are relative to.
        environ: the variables that may be used in them.
        cache: the folder of remembered answers; they may hold secrets, so it is closed.

    Raises:
        RequestError: a file is not there.
        FileFault: a file does not parse, or does not fit Compose's schema.
        Unavailable: the compose plugin is not installed.
    """
    for file in files:
        if not file.is_file():
            raise RequestError(f"{file} is not there", hint="name the compose file with -f")
    inputs = _inputs([*files, directory / ".env"], directory)
    key = _digest(inputs, project, directory, environ) if inputs is not None else ""
    remembered = cache / project / f"{key}.json" if key else None
    if remembered and remembered.is_file():
        return ComposeConfig(**json.loads(remembered.read_text()))
    extended = inputs is None or any(_EXTENSION in content for content in inputs.values())
    config = await _ask(files, project, directory, environ, extended=extended)
    if remembered:
        _remember(remembered, config)
    return config


async def _ask(
    files: Sequence[Path],
    project: str,
    directory: Path,
    environ: Mapping[str, str],
    *,
    extended: bool,
) -> ComposeConfig:
    base = [*_command(), "-p", project, "--project-directory", str(directory)]
    argv = [*base, *(part for file in files for part in ("-f", str(file)))]
    env = {key: os.environ[key] for key in _KEPT if key in os.environ} | dict(environ)
    questions = [["--format", "json"], ["--hash", "*"], *([["--format", "yaml"]] * extended)]
    answers = await asyncio.gather(
        *(process.run([*argv, "config", *q], cwd=directory, env=env, only=True) for q in questions)
    )
    for result in answers:
        if result.status:
            raise _fault(result.stderr.decode(errors="replace"), files)
    model, hashes = answers[:2]
    found = json.loads(_plain(model.stdout))
    if extended:
        found = _with_extensions(found, _plain(answers[2].stdout))
    await _add_contents(found, base, directory, env)
    _add_seccomp(found, directory)
    return ComposeConfig(
        model=found,
        hashes=dict(line.split(" ", 1) for line in hashes.text.splitlines() if " " in line),
        warnings=tuple(_warnings(model.stderr.decode(errors="replace"))),
    )


def _command() -> list[str]:
    """The plugin itself, where it is found: docker's own client takes as long again to call it.

    Source: docker/cli, cli-plugins/manager (the folders, in its order).
    """
    own = Path(os.environ.get("DOCKER_CONFIG") or Path.home() / ".docker")
    for folder in (own / "cli-plugins", *map(Path, _PLUGINS)):
        if os.access(folder / "docker-compose", os.X_OK):
            return [str(folder / "docker-compose")]
    return ["docker", "compose"]


async def _add_contents(
    model: dict[str, Any], argv: list[str], directory: Path, env: Mapping[str, str]
) -> None:
    """Give secrets and configs with `environment: NAME` the content that NAME has.

    Compose itself is asked, by way of a small file: so that .env means to it what it always does.
    """
    sections = [model.get(key) or {} for key in ("secrets", "configs")]
    wanted = [found for section in sections for found in section.values() if "environment" in found]
    if not wanted:
        return
    values = [f"${{{found['environment']}:?{_UNSET}}}" for found in wanted]
    question = {"services": {"x": {"image": "x", "command": values}}}
    argv = [*argv, "-f", "-", "config", "--format", "json"]
    stdin = json.dumps(question).encode()
    answer = await process.run(argv, cwd=directory, env=env, only=True, stdin=stdin)
    if answer.status:
        said = answer.complaint.partition("required variable ")[2] or answer.complaint
        raise RequestError(f"a secret or config needs variable {said}", hint="set it in .env")
    contents = json.loads(_plain(answer.stdout))["services"]["x"]["command"]
    for found, content in zip(wanted, contents, strict=True):
        found["content"] = content


def _add_seccomp(model: dict[str, Any], directory: Path) -> None:
    """`security_opt: [seccomp:FILE]`: the Engine takes the profile itself."""
    for service in model["services"].values():
        options = service.get("security_opt") or []
        service["security_opt"] = [_with_profile(option, directory) for option in options]


def _with_profile(option: str, directory: Path) -> str:
    kind, _, name = option.replace(":", "=", 1).partition("=")
    if kind != "seccomp" or name in ("unconfined", "builtin"):
        return option
    try:
        profile = json.loads((directory / name).read_text())
    except (OSError, ValueError) as error:
        raise RequestError(f"the seccomp profile {name} cannot be read: {error}") from error
    return f"seccomp={json.dumps(profile, separators=(',', ':'))}"


def _plain(text: bytes) -> bytes:
    """What config prints has each `$` doubled, so that it could be read as a compose file again."""
    return text.replace(b"$$", b"$")


def _with_extensions(model: dict[str, Any], text: bytes) -> dict[str, Any]:
    """The model with its `x-homeport` keys: Compose shows those of services in YAML only."""
    import yaml  # 10 ms that most files do not need

    found = yaml.safe_load(text)
    pairs = [(model, found), *((s, found["services"][n]) for n, s in model["services"].items())]
    for target, source in pairs:
        if "x-homeport" in source:
            target["x-homeport"] = source["x-homeport"]
    return model


def _fault(text: str, files: Sequence[Path]) -> RequestError | Unavailable:
    """Compose's complaint, with file, line and field where it names them."""
    lines = [line for line in text.strip().splitlines() if "level=warning" not in line]
    said = lines[-1] if lines else "docker compose could not read it"
    if "'compose' is not a docker command" in text or "unknown shorthand flag" in text:
        return Unavailable(
            "docker's compose plugin is not installed", hint="script/bootstrap installs it"
        )
    name = next((f for f in map(str, files) if f in said), str(files[0]))
    said = said.replace(f"{name}: ", "").removeprefix("validating ").strip()
    if place := _PLACE.search(said):
        return FileFault(
            place[3], file=Path(name).name, line=int(place[1]), column=int(place[2] or 0)
        )
    if field := _FIELD.search(said):
        return FileFault(field[2], file=Path(name).name, field=field[1])
    return FileFault(said.rstrip("."), file=Path(name).name)


def _warnings(text: str) -> list[str]:
    found = re.findall(r'level=warning msg="((?:[^"\\]|\\.)*)"', text)
    # `version` is in most files that people have, and has no effect: nobody needs to be told.
    told = [w.replace('\\"', '"') for w in found if "attribute `version` is obsolete" not in w]
    return list(dict.fromkeys(told))


def _remember(path: Path, config: ComposeConfig) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    beside = path.with_suffix(f".{os.getpid()}.new")
    beside.touch(mode=0o600)
    content = {"model": config.model, "hashes": config.hashes, "warnings": config.warnings}
    beside.write_text(json.dumps(content))
    beside.replace(path)
    newest = sorted(path.parent.glob("*.json"), key=lambda p: p.stat().st_mtime, reverse=True)
    for old in newest[_REMEMBERED:]:
        old.unlink(missing_ok=True)


def _digest(
    inputs: Mapping[str, bytes], project: str, directory: Path, environ: Mapping[str, str]
) -> str:
    """The digest of all that goes in."""
    digest = hashlib.sha256(f"5 {project} {directory} {_plugin()}".encode())
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


def _plugin() -> str:
    """What tells one version of docker from another, without starting it."""
    program = shutil.which("docker")
    if program is None:
        return ""
    stat = Path(program).stat()
    return f"{program} {stat.st_mtime_ns} {stat.st_size}"

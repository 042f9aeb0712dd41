"""The compose file, read by Compose's own loader: `docker compose config`.

One call takes about 0.1 s, so its answer is remembered by the digest of all that went in: every
file that the texts name, the variables, and the plugin itself.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Awaitable, Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

import msgspec

from homeport.engine import process
from homeport.engine.compose_complaints import fault, warnings_in
from homeport.engine.compose_files import (
    EXTENDED,
    HASHES,
    MODEL,
    Question,
    default_files,
    extended,
    mentions,
)
from homeport.engine.mounted import mounted_files
from homeport.engine.process import Result
from homeport.errors import RequestError

_REMEMBERED = 20  # answers for each project
Answers = Mapping[str, Result]  # what was asked -> its answer
__all__ = ["ComposeConfig", "Foresight", "default_files", "read"]
_UNSET = "which is not set"


class ComposeConfig(msgspec.Struct, frozen=True, kw_only=True):
    """A compose file, normalised; `hashes` are Compose's own, of each service."""

    model: dict[str, Any]
    hashes: dict[str, str]
    warnings: tuple[str, ...] = ()


class Foresight(Protocol):
    """Knows Compose's hashes before it says them, so that it need not be asked: 25 ms of a core."""

    def hashes(self, services: Mapping[str, Any]) -> dict[str, str] | None:
        """What it would say of these; None where that is not known."""

    def learn(self, services: Mapping[str, Any], hashes: Mapping[str, str]) -> None:
        """Take notice of what it said."""


async def read(
    files: Sequence[Path],
    *,
    project: str,
    directory: Path,
    environ: Mapping[str, str],
    cache: Path,
    begun: Awaitable[Answers] | None = None,
    foresight: Foresight | None = None,
) -> ComposeConfig:
    """What `docker compose config` makes of these files.

    Args:
        files: the compose files, those that are merged over it after the first.
        project: the project's name.
        directory: what paths in them are relative to.
        environ: the variables that may be used in them.
        cache: the folder of remembered answers; they may hold secrets, so it is closed.
        begun: the answers of Compose, where it was asked already; not for the hashes, perhaps.
        foresight: knows the hashes where it was not asked for them.

    Raises:
        RequestError: a file is not there.
        FileFault: a file does not parse, or does not fit Compose's schema.
        Unavailable: the compose plugin is not installed.
    """
    for file in files:
        if not file.is_file():
            raise RequestError(f"{file} is not there", hint="name the compose file with -f")
    question = Question(files=files, project=project, directory=directory, environ=environ)
    inputs = question.inputs()
    key = question.key(inputs)
    remembered = cache / project / f"{key}.json" if key else None
    if remembered and remembered.is_file():
        return _with_files(ComposeConfig(**json.loads(remembered.read_text())))
    answers = await (begun or _run(question, inputs))
    config = await _made_of(question, answers, foresight)
    config.model["x-env-files"] = mentions(inputs, b"env_file")
    if mentions(inputs, b"profiles"):
        config.model["x-off"] = await _off(question, config.model["services"])
    if remembered:
        _remember(remembered, config)
    return _with_files(config)


def _with_files(config: ComposeConfig) -> ComposeConfig:
    """With what stands now in the files that it mounts: that is not remembered."""
    config.model["x-mounted"] = mounted_files(config.model)
    return config


async def _run(question: Question, inputs: Mapping[str, bytes] | None) -> Answers:
    argvs, env = question.argvs(extended=extended(inputs)), question.brief_env(inputs)
    programs = (process.run(a, cwd=question.directory, env=env, only=True) for a in argvs.values())
    return dict(zip(argvs, await asyncio.gather(*programs), strict=True))


async def _made_of(
    question: Question, answers: Answers, foresight: Foresight | None
) -> ComposeConfig:
    _check(question, answers)
    found = json.loads(_plain(answers[MODEL].stdout))
    hashes = await _hashes(question, answers, found["services"], foresight)
    if EXTENDED in answers:
        found = _with_extensions(found, _plain(answers[EXTENDED].stdout))
    await _add_contents(found, question.base, question.directory, question.env)
    _add_seccomp(found, question.directory)
    warnings = warnings_in(answers[MODEL].stderr.decode(errors="replace"))
    return ComposeConfig(model=found, hashes=hashes, warnings=tuple(warnings))


def _check(question: Question, answers: Answers) -> None:
    for result in answers.values():
        if result.status:
            raise fault(result.stderr.decode(errors="replace"), question.files)


async def _hashes(
    question: Question,
    answers: Answers,
    services: Mapping[str, Any],
    foresight: Foresight | None,
) -> dict[str, str]:
    """Service -> its hash: as it is known, or as Compose says."""
    if HASHES not in answers:
        if foresight and (known := foresight.hashes(services)) is not None:
            return known
        argv, where = question.argvs(extended=False)[HASHES], question.directory
        answers = {HASHES: await process.run(argv, cwd=where, env=question.env, only=True)}
        _check(question, answers)
    lines = answers[HASHES].text.splitlines()
    said = dict(line.split(" ", 1) for line in lines if " " in line)
    if foresight:
        foresight.learn(services, said)
    return said


async def _off(question: Question, services: Mapping[str, Any]) -> list[str]:
    """The services whose profile is off: what runs of them was started by name, or with it."""
    argv, where = question.services(), question.directory
    answer = await process.run(argv, cwd=where, env=question.env, only=True)
    return [name for name in answer.text.split() if name not in services]


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
        given = [_with_profile(option, directory) for option in options]
        if given != options:
            # Compose hashes the option as it is written.
            service |= {"security_opt": given, "x-printed": {"security_opt": options}}


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

"""Which files and which project are meant where nobody says it, by Compose's own rules.

Source: compose-go v2, cli/options.go (WithDefaultConfigPath, WithConfigFileEnv, GetProjectName) and
loader/loader.go (projectName, NormalizeProjectName).
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from homeport.engine.compose_files import MODEL, Question, default_files

_NAME = re.compile(r"^name[ \t]*:[ \t]*(.*?)[ \t]*(?:[ \t]#.*)?$", re.MULTILINE)
_SET = r"^[ \t]*(?:export[ \t]+)?{key}[ \t]*=[ \t]*(.*?)[ \t]*(?:[ \t]#.*)?$"
_ASKED = 20.0  # seconds that Compose may take to tell a name


def working_folder(environ: Mapping[str, str]) -> Path:
    """Where a command is given, by the name that the shell has for it: Compose follows no links."""
    said = Path(environ.get("PWD", ""))
    try:
        return said if said.is_absolute() and said.samefile(".") else Path.cwd()
    except OSError:
        return Path.cwd()


def absolute(folder: Path, path: str | Path) -> Path:
    """A path from a folder; `..` takes away what is written before it, be it a link or not."""
    return Path(os.path.abspath(folder / path))  # noqa: PTH100 - resolve() would follow links


def found_files(folder: Path, environ: Mapping[str, str]) -> tuple[Path, ...]:
    """Those that COMPOSE_FILE names; else those of the nearest folder upwards that has some."""
    said = environ.get("COMPOSE_FILE") or _in_env_file(folder, "COMPOSE_FILE")
    if said:
        parts = said.split(environ.get("COMPOSE_PATH_SEPARATOR") or ":")
        return tuple(absolute(folder, part) for part in parts if part)
    places = (default_files(place) for place in (folder, *folder.parents))
    return next((files for files in places if files), ())


def project_name(files: Sequence[Path], environ: Mapping[str, str]) -> str:
    """The variable's, else the one that the files say, else the folder's; "" for none."""
    folder, key = files[0].parent, "COMPOSE_PROJECT_NAME"
    said = environ.get(key) or _in_env_file(folder, key)
    return said or normalised(_in_files(files, environ)) or normalised(folder.name)


def normalised(name: str) -> str:
    """What Compose makes of a name: small letters, digits, - and _."""
    return re.sub(r"[^-_a-z0-9]", "", name.lower()).lstrip("_-")


def _in_files(files: Sequence[Path], environ: Mapping[str, str]) -> str:
    """The last file's that says one."""
    said = next((name for file in reversed(files) if (name := _in_file(file))), "")
    return _asked(files, environ) if "$" in said else said


def _in_file(file: Path) -> str:
    try:
        text = file.read_text()
        if text.lstrip().startswith("{"):
            import json  # as below: a command asks this before all else, and seldom needs it

            return str(json.loads(text).get("name", ""))
    except (OSError, ValueError):
        return ""  # whoever reads it next says what is wrong
    found = _NAME.search(text)
    return _unquoted(found[1]) if found else ""


def _in_env_file(folder: Path, key: str) -> str:
    """A variable of `.env`, the last of that name."""
    try:
        text = (folder / ".env").read_text()
    except (OSError, ValueError):
        return ""
    found = re.findall(_SET.format(key=key), text, re.MULTILINE)
    return _unquoted(found[-1]) if found else ""


def _unquoted(text: str) -> str:
    quoted = len(text) > 1 and text[0] == text[-1] and text[0] in "\"'"
    return text[1:-1] if quoted else text


def _asked(files: Sequence[Path], environ: Mapping[str, str]) -> str:
    """Compose's own answer, for a name with variables."""
    import json
    import subprocess

    question = Question(files=files, project="", directory=files[0].parent, environ=environ)
    argv = question.argvs(extended=False)[MODEL]
    try:
        answer = subprocess.run(
            argv, env=question.env, capture_output=True, timeout=_ASKED, check=True
        )
        return str(json.loads(answer.stdout)["name"])
    except (OSError, ValueError, KeyError, subprocess.SubprocessError):
        return ""  # what is wrong with the files is said when they are read

"""From a template and the facts to a text. Pure, but that the template is read from its file.

Jinja in its sandbox: a template calls what is offered here, and changes nothing. A name that is not
there is an error, with file and line, not an empty text.
"""

from __future__ import annotations

import re
import traceback
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import jinja2
from jinja2.sandbox import ImmutableSandboxedEnvironment

from homeport.errors import FileFault
from homeport.proxy.gen.functions import FUNCTIONS, OURS, filters

READY = Path(__file__).parent / "templates"
_GO = re.compile(r"\{\{-?\s*(?:range|define|template|block|with|end|else|if)\b|\{\{-?\s*[$.]")
_GO_HINT = (
    "homeport gen reads Jinja: docs/howto/replace-docker-gen.md shows how the one becomes the "
    "other, and `homeport gen -print-template nginx` prints one for nginx"
)


class Template:
    """One template; it is read again when its file has changed."""

    def __init__(self, files: str) -> None:
        """`files`: the template, and after `;` those that it imports or includes."""
        self._paths = [Path(name) for name in files.split(";") if name]
        self._environment = environment([path.parent for path in self._paths])

    @property
    def path(self) -> Path:
        """Its own file."""
        return self._paths[0]

    def render(self, context: Mapping[str, Any]) -> str:
        """The text that it makes.

        Raises:
            FileFault: it does not parse, names what is not there, or what it calls fails.
        """
        for path in self._paths:
            _refuse_go(path)
        try:
            return self._environment.get_template(self.path.name).render(context)
        except jinja2.TemplateSyntaxError as error:
            file = error.filename or str(self.path)
            raise FileFault(str(error.message), file=file, line=error.lineno) from error
        except jinja2.TemplateNotFound as error:
            raise FileFault(f"there is no template {error.name}", file=str(self.path)) from error
        except Exception as error:
            raise self._fault(error) from error

    def _fault(self, error: Exception) -> FileFault:
        """Whatever a template does wrong, with the line that does it."""
        frames = traceback.extract_tb(error.__traceback__)
        folders = {str(path.parent) for path in self._paths}
        at = next((f for f in reversed(frames) if str(Path(f.filename).parent) in folders), None)
        if at is None:
            return FileFault(str(error), file=str(self.path))
        return FileFault(str(error), file=at.filename, line=at.lineno or 0)


def environment(folders: Sequence[Path]) -> jinja2.Environment:
    """What templates are read with: strict, closed, and with docker-gen's functions."""
    made = ImmutableSandboxedEnvironment(
        loader=jinja2.FileSystemLoader([str(folder) for folder in folders]),
        undefined=jinja2.StrictUndefined,
        autoescape=False,
        keep_trailing_newline=True,
        extensions=["jinja2.ext.do", "jinja2.ext.loopcontrols"],
    )
    made.globals.update(FUNCTIONS)
    made.globals.update(OURS)
    made.filters.update(filters())
    return made


def ready_template(name: str) -> str:
    """The text of a template that comes with homeport.

    Raises:
        FileFault: there is none of that name.
    """
    there = sorted(path.stem for path in READY.glob("*.tmpl"))
    if name not in there:
        raise FileFault("is no ready template", file=name, hint=f"there are: {', '.join(there)}")
    return (READY / f"{name}.tmpl").read_text()


def _refuse_go(path: Path) -> None:
    try:
        text = path.read_text()
    except (OSError, UnicodeDecodeError) as error:
        reason = error.strerror if isinstance(error, OSError) else "is no text"
        raise FileFault(f"cannot be read: {reason}", file=str(path)) from error
    found = _GO.search(text)
    if found and "{%" not in text:
        line = text.count("\n", 0, found.start()) + 1
        raise FileFault("is a Go template", file=str(path), line=line, hint=_GO_HINT)

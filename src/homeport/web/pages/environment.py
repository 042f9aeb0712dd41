"""The templates: everything that comes out of them is escaped and visible, whoever wrote it."""

from __future__ import annotations

import functools
from typing import Any

import jinja2

from homeport.web import badges
from homeport.web.pages import words

# Where the pages stand.
IMAGES, BUILDS, BADGES, RUNS = "/images", "/builds", "/badges", "/runs"


def render_template(name: str, **values: Any) -> str:
    """A template with these values."""
    return _environment().get_template(name).render(**values)


@functools.cache
def _environment() -> jinja2.Environment:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("homeport.web.pages"),
        undefined=jinja2.StrictUndefined,
        autoescape=True,
        finalize=_finalize,
        auto_reload=False,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    environment.globals |= {"IMAGES": IMAGES, "BUILDS": BUILDS, "BADGES": BADGES, "RUNS": RUNS}
    environment.filters |= {
        "ago": words.ago,
        "commit": words.short_commit,
        "digest": words.short_digest,
        "duration": words.duration,
        "exact": words.exact,
        "in_bytes": badges.in_bytes,
        "in_path": words.in_path,
        "in_short": badges.in_short,
        "machine": words.machine,
        "ref": words.short_ref,
        "safe_link": words.safe_link,
    }
    return environment


def _finalize(value: Any) -> Any:
    """Here, because a template may forget it. Macros give Markup, which went through it before."""
    return words.visible(value) if type(value) is str else value

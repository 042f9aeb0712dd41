"""The pages: an image, all images, a build with its log. Pure: what is known in, HTML out."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import msgspec

from homeport.model.image import BuildState, ImageBuild, Tag
from homeport.web import badges
from homeport.web.badges import Badge
from homeport.web.pages.chart import layout, took, waited
from homeport.web.pages.environment import render_template
from homeport.web.pages.words import last_lines, plain_log

BUILDS = 50  # builds that a page shows, the newest
OPEN_TAGS, OPEN_BUILDS = 6, 10  # what is seen at once; the others are folded
LOG_LINES = 5_000
LOG_LENGTH = 1_000_000  # characters


class Page(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of an image."""

    repository: str  # blog, or blog/web
    app: str
    public: bool
    host: str  # where docker pulls from: box.example.org, or 192.168.1.5:5000
    tags: tuple[Tag, ...] = ()
    builds: tuple[ImageBuild, ...] = ()  # newest first
    build_count: int = 0  # all there were, where `builds` are not all
    pulls: int = 0
    version: str = ""  # what is deployed
    sbom: str = ""  # a link

    @property
    def last(self) -> BuildState | None:
        """How the newest build went."""
        return self.builds[0].state if self.builds else None

    @property
    def built(self) -> ImageBuild | None:
        """The newest build that came to an image: what it was made of."""
        return next((b for b in self.builds if b.state is BuildState.SUCCESS), None)

    @property
    def more(self) -> int:
        """How many builds the page does not show."""
        return max(self.build_count, len(self.builds)) - min(BUILDS, len(self.builds))

    @property
    def newest(self) -> Tag | None:
        """The tag that people want: `latest`, or the one that moved last."""
        by_time = max(self.tags, key=lambda tag: tag.moved_at, default=None)
        return next((tag for tag in self.tags if tag.name == "latest"), by_time)

    @property
    def moved_at(self) -> float:
        return max((tag.moved_at for tag in self.tags), default=0.0)

    @property
    def reference(self) -> str:
        """What follows `docker pull`."""
        tag = self.newest
        return f"{self.host}/{self.repository}" + (f":{tag.name}" if tag else "")


def image_page(page: Page, *, now: float) -> str:
    """The page of an image."""
    tags = sorted(page.tags, key=lambda tag: (-tag.moved_at, tag.name))
    shown = page.builds[:BUILDS]
    return render_template(
        "image.html.j2",
        page=page,
        now=now,
        tags=(tags[:OPEN_TAGS], tags[OPEN_TAGS:]),
        builds=(shown[:OPEN_BUILDS], shown[OPEN_BUILDS:]),
        chart=layout(shown, now=now) if shown else None,
        badges=_badges(page),
        waited=partial(waited, now=now),
        took=partial(took, now=now),
    )


def images_page(pages: Sequence[Page], *, now: float) -> str:
    """The list of all images."""
    ordered = sorted(pages, key=lambda page: page.repository)
    return render_template("images.html.j2", pages=ordered, now=now)


def build_page(build: ImageBuild, log: str, *, now: float) -> str:
    """The page of a build, with the end of its log."""
    # ANSI and progress are taken off what is shown only: a log may be long.
    text, missing = last_lines(log, LOG_LINES, LOG_LENGTH)
    return render_template(
        "build.html.j2",
        build=build,
        now=now,
        log=plain_log(text).rstrip(),
        missing=missing,
        waited=partial(waited, now=now),
        took=partial(took, now=now),
    )


def _badges(page: Page) -> list[Badge]:
    return [
        badges.build(page.last),
        badges.version(page.version),
        badges.size(page.newest.size if page.newest else None),
        badges.pulls(page.pulls),
    ]

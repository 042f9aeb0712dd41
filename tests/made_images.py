"""Images, tags and builds for the tests of what is shown of them, the friendly and the hostile."""

from __future__ import annotations

import msgspec

from homeport.model.image import BuildState, ImageBuild, Made, Tag
from homeport.web.pages import render
from homeport.web.pages.render import Page

NOW = 1_795_459_500.0  # 2026-11-23 18:45 UTC
DIGEST = f"sha256:{'ab' * 32}"
COMMIT = "9554114c3f8e6d1f6f0a5d7b1f0a5d7b1f0a5d7b"
HOSTILE = (
    "\"'><script>alert(1)</script><img src=x onerror=alert(2)>{{ 7*7 }}\x00\x1b[31m\u202e\ud800"
)


def made_build(number: int = 1, **change: object) -> ImageBuild:
    build = ImageBuild(
        id=number,
        app="blog",
        repository="blog/web",
        run=number,
        ref="refs/heads/main",
        commit=COMMIT,
        state=BuildState.SUCCESS,
        by="anna",
        tags=("latest", "1.4"),
        platforms=("linux/amd64", "linux/arm/v7"),
        digest=DIGEST,
        size=12_345_678,
        queued_at=NOW - 3700,
        started_at=NOW - 3690,
        finished_at=NOW - 3600,
        dockerfile="FROM python:3.11-slim\nCOPY . /srv\n",
        dockerfile_path="docker/Dockerfile",
        args={"VERSION": "1.4"},
        bases={"python:3.11-slim": DIGEST},
    )
    return msgspec.structs.replace(build, **change)


def made_tag(name: str = "latest", moved_at: float = NOW - 300) -> Tag:
    images = (
        Made(platform="linux/amd64", digest=DIGEST, size=12_345_678),
        Made(platform="linux/arm/v7", digest=DIGEST, size=11_000_000),
    )
    return Tag(name=name, digest=DIGEST, images=images, moved_at=moved_at)


def made_page(**change: object) -> Page:
    page = Page(
        repository="blog/web",
        app="blog",
        public=True,
        host="box.example.org:5000",
        tags=(made_tag(),),
        builds=(made_build(),),
        pulls=12_345,
        version="v1.4",
        sbom="/images/blog/web/sbom.json",
    )
    return msgspec.structs.replace(page, **change)


def every_page(value: str) -> list[str]:
    """The pages of an image of which every text is this one."""
    build = made_build(
        app=value,
        repository=value,
        ref=value,
        commit=value,
        reason=value,
        by=value,
        tags=(value,),
        platforms=(value,),
        digest=value,
        dockerfile=value,
        dockerfile_path=value,
        args={value: value},
        bases={value: value},
    )
    tag = Tag(name=value, digest=value, images=(Made(platform=value, digest=value, size=-1),))
    page = Page(
        repository=value,
        app=value,
        public=True,
        host=value,
        tags=(tag,),
        builds=(build,),
        version=value,
        sbom=f"javascript:{value}",
    )
    return [
        render.image_page(page, now=NOW),
        render.images_page([page], now=NOW),
        render.build_page(build, value, now=NOW),
    ]

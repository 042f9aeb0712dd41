"""The pages: what they show, in which order, and that nobody's text becomes markup."""

from __future__ import annotations

import re
from collections.abc import Sequence
from html.parser import HTMLParser

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from homeport.model.image import BuildState, ImageBuild
from homeport.web.pages import chart, render, words
from homeport.web.pages.render import Page
from tests.made_images import (
    DIGEST,
    HOSTILE,
    NOW,
    every_page,
    made_build,
    made_page,
    made_tag,
)
from tests.spent import spent


class Read(HTMLParser):
    """What a browser makes of a page: its elements with attributes, and its text."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.words: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        self.words.append(data)

    @property
    def text(self) -> str:
        return re.sub(r"\s+", " ", " ".join(self.words))

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def test_the_page_of_an_image_shows_what_it_is_and_what_it_was_made_of() -> None:
    read = Read(render.image_page(made_page(), now=NOW))
    for expected in (
        "docker pull box.example.org:5000/blog/web:latest",
        "Pulls 12,345",
        "linux/amd64 12.3 MB linux/arm/v7 11.0 MB",
        "abababababab 5 min ago",
        "#1 ✓ success main 9554114 latest 1.4 10 s 1 min 30 s 1 h ago",
        "pushed by anna",
        f"python:3.11-slim {DIGEST}",
        "VERSION 1.4",
        "docker/Dockerfile FROM python:3.11-slim COPY . /srv",
    ):
        assert expected in read.text
    links = [link["href"] for link in read.all("a")]
    assert ["/images", "/builds/1", "/builds/1", "/images/blog/web/sbom.json"] == links


def test_the_badges_of_a_page_say_in_words_what_they_show() -> None:
    badges = Read(render.image_page(made_page(), now=NOW)).all("img")
    assert [
        ("/badges/blog/build.svg", "build: passing"),
        ("/badges/blog/version.svg", "version: v1.4"),
        ("/badges/blog/size.svg", "size: 12.3 MB"),
        ("/badges/blog/pulls.svg", "pulls: 12k"),
    ] == [(badge["src"], badge["alt"]) for badge in badges]


def test_an_image_of_which_nothing_is_known_has_a_page() -> None:
    page = Page(repository="blog", app="blog", public=False, host="box")
    text = Read(render.image_page(page, now=NOW)).text
    assert "Nothing has been published yet." in text
    assert "docker login box" in text
    assert "<svg" not in render.image_page(page, now=NOW)


def test_the_newest_fifty_builds_are_shown_and_the_others_counted() -> None:
    builds = tuple(made_build(number) for number in range(200, 0, -1))
    read = Read(render.image_page(made_page(builds=builds, build_count=1_300), now=NOW))
    rows = [a["href"] for a in read.all("a") if "aria-label" in a]
    assert [f"/builds/{number}" for number in range(200, 150, -1)] == rows
    assert "1,250 earlier builds are not shown." in read.text


def test_tags_stand_in_the_order_in_which_they_moved() -> None:
    tags = (made_tag("old", NOW - 900), made_tag("b", NOW - 60), made_tag("a", NOW - 60))
    read = Read(render.image_page(made_page(tags=tags), now=NOW))
    assert ["a", "b", "old"] == [word for word in read.words if word in ("a", "b", "old")]


def test_what_is_pulled_is_latest_or_the_tag_that_moved_last() -> None:
    old, new = made_tag("v1", NOW - 900), made_tag("v2", NOW - 60)
    assert "box.example.org:5000/blog/web:v2" == made_page(tags=(old, new)).reference
    latest = made_tag("latest", NOW - 9_000)
    assert "box.example.org:5000/blog/web:latest" == made_page(tags=(old, latest, new)).reference


def test_the_dockerfile_is_that_of_the_newest_build_that_succeeded() -> None:
    failed = made_build(2, state=BuildState.FAILED, dockerfile="FROM nothing\n")
    page = made_page(builds=(failed, made_build(1)))
    text = Read(render.image_page(page, now=NOW)).text
    assert "FROM python:3.11-slim" in text
    assert "FROM nothing" not in text


def test_the_list_names_every_image_by_name() -> None:
    pages = [
        made_page(),
        Page(repository="admin", app="admin", public=False, host="box"),
    ]
    read = Read(render.images_page(pages, now=NOW))
    assert ["/images/admin", "/images/blog/web"] == [a["href"] for a in read.all("a")]
    assert "admin private none 0 \N{EN DASH} 0 \N{EN DASH}" in read.text
    assert "blog/web ✓ success 1 12.3 MB 12k 5 min ago" in read.text


def test_a_list_of_no_images_says_how_to_get_one() -> None:
    assert "There are none yet." in Read(render.images_page([], now=NOW)).text


def test_the_page_of_a_build_shows_why_it_failed_and_its_log() -> None:
    build = made_build(7, state=BuildState.FAILED, reason="RUN make failed: exit status 2")
    read = Read(render.build_page(build, "step 1\nstep 2\n", now=NOW))
    assert "✗ failed RUN make failed: exit status 2" in read.text
    assert any("step 1\nstep 2" in word for word in read.words)


def test_a_log_is_shown_as_a_terminal_would_have_left_it() -> None:
    assert "red\n100 %\nend" == words.plain_log("\x1b[1;31mred\x1b[0m\r\n 1 %\r100 %\r\nend")
    assert "title" == words.plain_log("\x1b]0;evil\x07title")


def test_of_a_long_log_the_end_is_shown_and_the_rest_counted() -> None:
    log = "\n".join(f"line {number}" for number in range(12_000))
    read = Read(render.build_page(made_build(), log, now=NOW))
    assert "7,000 earlier lines are not shown." in read.text
    shown = next(word for word in read.words if "line 11999" in word)
    assert ("line 7000", "line 11999") == (shown.strip().split("\n")[0], shown.split("\n")[-1])


def test_a_log_of_one_endless_line_is_cut() -> None:
    assert ("x" * 10, 0) == words.last_lines("x" * 1000, 5, 10)
    assert ("b", 1) == words.last_lines("a" * 20 + "\nb", 5, 10)


@pytest.mark.parametrize("hostile", [HOSTILE, "x" * 300, "y" * 300 + HOSTILE])
def test_whatever_a_value_is_it_stays_text(hostile: str) -> None:
    harmless = [tags_and_names(page) for page in every_page("plain")]
    shown = every_page(hostile)
    assert harmless == [tags_and_names(page) for page in shown]
    for page in shown:
        page.encode()  # no surrogate is left
        assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e]", page)
        assert "<script" not in page
        assert "javascript:" not in page


def leaves_something(text: str) -> bool:
    """Whether a terminal would show anything of it: an empty log has no element."""
    return bool(words.plain_log(f"x{text}").strip())


@given(st.text(min_size=1).filter(leaves_something))
@example("\r\x0cy")
def test_any_text_stays_text(text: str) -> None:
    harmless = [tags_and_names(page) for page in every_page("plain")]
    assert harmless == [tags_and_names(page) for page in every_page(f"x{text}")]


def tags_and_names(page: str) -> list[tuple[str, list[str]]]:
    """Every element with the names of its attributes: what markup there is.

    `class` is left out: the heading of a long name is smaller.
    """
    read = Read(page)
    assert [] == read.all("script")
    return [(tag, sorted(set(names) - {"class"})) for tag, names in read.elements]


@pytest.mark.parametrize(
    ("link", "safe"),
    [
        ("/v2/blog/sbom", True),
        ("https://example.org/a?b=c#d", True),
        ("javascript:alert(1)", False),
        (" javascript:alert(1)", False),
        ("https://example.org/\njavascript:", False),
        ("data:text/html,x", False),
        ("", False),
    ],
)
def test_a_link_goes_to_http_or_nowhere(link: str, safe: bool) -> None:
    assert (link if safe else "") == words.safe_link(link)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (-1, "0 s"),
        (0.44, "0.4 s"),
        (9.96, "10 s"),
        (59.7, "1 min"),
        (200, "3 min 20 s"),
        (3600, "1 h"),
        (3900, "1 h 5 min"),
    ],
)
def test_a_duration_is_told_in_two_units(seconds: float, text: str) -> None:
    assert text == words.duration(seconds)


@pytest.mark.parametrize(
    ("before", "text"),
    [
        (-5, "just now"),
        (59, "just now"),
        (60, "1 min ago"),
        (7200, "2 h ago"),
        (86400, "1 day ago"),
        (3 * 86400, "3 days ago"),
        (30 * 86400, "2026-10-24"),
        (-1e300, "just now"),
        (1e300, "?"),
    ],
)
def test_a_moment_is_told_from_now(before: float, text: str) -> None:
    assert text == words.ago(NOW - before, NOW)


def bars(builds: Sequence[ImageBuild]) -> list[tuple[str, float, float]]:
    drawn = chart.layout(builds, now=NOW).bars
    return [(bar.kind, bar.queued, bar.built) for bar in drawn]


def test_the_chart_stacks_the_duration_on_the_wait_with_the_newest_on_the_right() -> None:
    old = made_build(1, queued_at=0.001, started_at=60, finished_at=240)
    failed = made_build(2, state=BuildState.FAILED, queued_at=300, started_at=330, finished_at=360)
    drawn = chart.layout((failed, old), now=NOW)
    assert [("done", 37.5, 112.5), ("failed", 18.8, 18.8)] == bars((failed, old))
    assert ["0 s", "60 s", "120 s", "180 s", "240 s"] == [tick.label for tick in drawn.ticks]
    assert [0, 37.5, 75, 112.5, 150] == [tick.height for tick in drawn.ticks]
    assert drawn.bars[0].left < drawn.bars[1].left
    assert 99 < drawn.bars[1].left + drawn.bars[1].width <= 100
    assert "Build 2, main: failed, queued 30 s, took 30 s" == drawn.bars[1].title
    assert (
        "2 builds, 1 failed, half of the successful ones within 3 min. The newest is on the right."
        == drawn.description
    )


def test_a_build_that_goes_on_is_drawn_until_now() -> None:
    waiting = made_build(
        2, state=BuildState.PENDING, queued_at=NOW - 30, started_at=0, finished_at=0
    )
    going = made_build(
        1, state=BuildState.BUILDING, queued_at=NOW - 60, started_at=NOW - 45, finished_at=0
    )
    assert [("going", 37.5, 112.5), ("going", 75.0, 0.0)] == bars((waiting, going))


def test_a_failure_is_told_without_its_colour() -> None:
    drawing = chart.svg((made_build(state=BuildState.FAILED),), now=NOW)
    assert 'class="cross"' in drawing
    assert 'id="hatch"' in drawing
    assert 'class="cross"' not in chart.svg((made_build(),), now=NOW)


@pytest.mark.parametrize("seconds", [0, 0.3, 4, 59, 86_399, 1e9])
def test_the_axis_has_few_lines_whatever_the_builds_took(seconds: float) -> None:
    build = made_build(queued_at=1, started_at=1, finished_at=1 + seconds)
    drawn = chart.layout((build,), now=NOW)
    assert 2 <= len(drawn.ticks) <= 5
    assert all(bar.queued + bar.built <= chart.HEIGHT for bar in drawn.bars)
    assert ("0 s", 0) == (drawn.ticks[0].label, drawn.ticks[0].height)


def test_a_thousand_tags_and_two_hundred_builds_are_no_burden() -> None:
    tags = tuple(made_tag(f"v{number}", NOW - number) for number in range(1000))
    builds = tuple(made_build(number) for number in range(200, 0, -1))
    page = made_page(tags=tags, builds=builds)
    render.image_page(made_page(), now=NOW)  # the templates are compiled once
    assert spent(lambda: render.image_page(page, now=NOW)) < 2  # 0.1 here

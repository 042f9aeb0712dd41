"""The pages in Chromium, on a phone and on a desk, under the policy that they are served with."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from homeport.model.image import BuildState
from homeport.web import badges
from homeport.web.pages import render
from tests import made_runs
from tests.made_images import HOSTILE, NOW, every_page, made_build, made_page, made_tag

sync_api = pytest.importorskip("playwright.sync_api")

pytestmark = pytest.mark.browser

POLICY = (
    "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self'; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
CHROMIUM = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-sync",
]
PHONE, DESK = (360, 740), (1280, 800)
NAMES = ("image", "images", "build", "run", "job")

# Texts of a lower contrast with what is behind them than WCAG 2.2 asks for (1.4.3): 4.5 to 1.
FAINT = """() => {
  const numbers = text => (text.match(/[\\d.]+/g) || []).map(Number);
  const light = c => { c /= 255; return c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4; };
  const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
  const behind = e => {
    for (; e; e = e.parentElement) {
      const colour = numbers(getComputedStyle(e).backgroundColor);
      if (colour.length === 3 || colour[3] === 1) return colour;
    }
    return [255, 255, 255];
  };
  const found = [];
  let seen = 0;
  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (texts.nextNode()) {
    const text = texts.currentNode.textContent.trim();
    const element = texts.currentNode.parentElement;
    if (!text || element.closest('title') || !element.getClientRects().length) continue;
    seen += 1;
    const style = getComputedStyle(element);
    const colour = numbers(element instanceof SVGElement ? style.fill : style.color);
    const [a, b] = [luminance(colour), luminance(behind(element))].sort((x, y) => y - x);
    const ratio = (a + 0.05) / (b + 0.05);
    if (ratio < 4.5) found.push(`${ratio.toFixed(2)} ${text.slice(0, 40)}`);
  }
  return {seen, found};
}"""

# Elements that end to the right of the window, which a phone would have to be scrolled for.
TOO_WIDE = """() => [...document.body.querySelectorAll('*')]
  .filter(e => e.getBoundingClientRect().right > innerWidth + 0.5)
  .map(e => e.outerHTML.slice(0, 80))"""


class Site:
    """Pages and their badges over HTTP."""

    def __init__(self) -> None:
        self.files = {
            f"/badges/blog/{badge.label}.svg": badges.svg(badge)
            for badge in (
                badges.build(BuildState.PENDING),
                badges.version("v1.4"),
                badges.size(12_345_678),
                badges.pulls(12_345),
            )
        }
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_port}"

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        files = self.files

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                body = files.get(self.path, "").encode()
                kind = "image/svg+xml" if self.path.endswith(".svg") else "text/html"
                known = self.path in files or self.path == "/favicon.ico"
                self.send_response(200 if known else 404)
                self.send_header("Content-Type", f"{kind}; charset=utf-8")
                self.send_header("Content-Length", str(len(body)))
                self.send_header("Content-Security-Policy", POLICY)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: Any) -> None:
                pass

        return Handler


_LONG = "W" * 300 + HOSTILE


def every_friendly() -> list[str]:
    """The pages in the order of NAMES."""
    return [*friendly(), *made_runs.friendly()]


@pytest.fixture(scope="module")
def site() -> Iterator[Site]:
    site = Site()
    site.files |= dict(zip((f"/{name}" for name in NAMES), every_friendly(), strict=True))
    hostile = [*every_page(_LONG), *made_runs.hostile(_LONG)]
    site.files |= dict(zip((f"/hostile-{name}" for name in NAMES), hostile, strict=True))
    thread = threading.Thread(target=site.server.serve_forever)
    thread.start()
    yield site
    site.server.shutdown()
    thread.join()
    site.server.server_close()


def friendly() -> list[str]:
    """The pages of an image with builds of each state and more tags than are open at once."""
    started = [NOW - 17_000 * number for number in range(60)]
    builds = [
        made_build(60 - number, queued_at=at - 20, started_at=at, finished_at=at + 30 + number)
        for number, at in enumerate(started)
    ]
    going = {"tags": (), "finished_at": 0}
    builds[0] = made_build(60, state=BuildState.PENDING, queued_at=NOW - 12, started_at=0, **going)
    builds[1] = made_build(
        59, state=BuildState.BUILDING, queued_at=NOW - 80, started_at=NOW - 61, **going
    )
    builds[2] = made_build(58, state=BuildState.FAILED, tags=(), reason="RUN make failed")
    builds[3] = made_build(57, state=BuildState.CANCELLED, tags=(), reused=True)
    tags = (made_tag(), *(made_tag(f"v1.{n}", NOW - 90_000 * n) for n in range(20)))
    page = made_page(builds=tuple(builds), tags=tags)
    log = "\n".join(f"#{n} COPY https://files.example.org/{'ab' * 40}" for n in range(100))
    return [
        render.image_page(page, now=NOW),
        render.images_page([page, made_page(public=False, builds=())], now=NOW),
        render.build_page(builds[2], log, now=NOW),
    ]


@pytest.fixture(scope="module")
def chromium() -> Iterator[Any]:
    path = shutil.which("chromium")
    if path is None:
        pytest.skip("chromium is not installed")
    with sync_api.sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=CHROMIUM)
        yield browser
        browser.close()


class Shown:
    """A page that is open, and what Chromium complained about."""

    def __init__(self, chromium: Any, url: str, size: tuple[int, int], scheme: str) -> None:
        viewport = {"width": size[0], "height": size[1]}
        self.page = chromium.new_page(viewport=viewport, color_scheme=scheme)
        self.complaints: list[str] = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", lambda request: self.complaints.append(request.url))
        self.page.on("dialog", self._dialog)
        self.page.goto(url)

    def _dialog(self, dialog: Any) -> None:
        self.complaints.append(f"a dialog: {dialog.message}")
        dialog.dismiss()

    def unfold(self) -> None:
        self.page.evaluate("document.querySelectorAll('details').forEach(d => d.open = true)")


@pytest.fixture
def show(chromium: Any, site: Site) -> Iterator[Any]:
    opened: list[Shown] = []

    def show(name: str, size: tuple[int, int], scheme: str = "light") -> Shown:
        opened.append(Shown(chromium, f"{site.url}/{name}", size, scheme))
        return opened[-1]

    yield show
    for shown in opened:
        shown.page.close()


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
@pytest.mark.parametrize("name", [*NAMES, *(f"hostile-{name}" for name in NAMES)])
def test_no_page_is_wider_than_its_window(show: Any, name: str, size: tuple[int, int]) -> None:
    shown = show(name, size)
    shown.unfold()
    assert shown.page.evaluate("document.scrollingElement.scrollWidth") <= size[0]
    assert [] == shown.page.evaluate(TOO_WIDE)


@pytest.mark.parametrize("name", NAMES)
def test_chromium_has_nothing_to_complain_about(show: Any, name: str) -> None:
    assert [] == show(name, PHONE).complaints


@pytest.mark.parametrize("name", NAMES)
def test_nothing_of_a_hostile_page_runs_or_is_loaded(show: Any, name: str) -> None:
    shown = show(f"hostile-{name}", DESK)
    # Its badges are those of an app that does not exist.
    assert [] == [text for text in shown.complaints if "404" not in text]
    assert 0 == shown.page.locator("script, iframe, img[onerror]").count()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", NAMES)
def test_every_text_stands_out_from_its_background(show: Any, name: str, scheme: str) -> None:
    shown = show(name, DESK, scheme)
    shown.unfold()
    faint = shown.page.evaluate(FAINT)
    assert faint["seen"] > 10
    assert [] == faint["found"]


def test_the_dark_page_is_dark(show: Any) -> None:
    background = "getComputedStyle(document.body).backgroundColor"
    assert "rgb(246, 247, 248)" == show("image", DESK, "light").page.evaluate(background)
    assert "rgb(17, 20, 24)" == show("image", DESK, "dark").page.evaluate(background)


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_headings_and_tables_are_there_for_a_screen_reader(
    show: Any, size: tuple[int, int]
) -> None:
    page = show("image", size).page
    for heading in ("blog/web public", "Tags", "Builds", "What it was built from"):
        assert page.get_by_role("heading", name=heading, exact=True).is_visible(), heading
    tags, builds = page.get_by_role("table").all()
    assert ["Tag", "Platforms and sizes", "Digest", "Moved"] == column_headers(tags)
    assert ["Build", "State", "Source", "Tags", "Queued", "Duration", "When"] == column_headers(
        builds
    )
    assert 6 == tags.get_by_role("rowheader").count()
    assert 10 == builds.get_by_role("rowheader").count()


def column_headers(table: Any) -> list[str]:
    return [header.inner_text() for header in table.get_by_role("columnheader").all()]


@pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
def test_the_chart_shows_a_bar_for_each_build(show: Any, size: tuple[int, int]) -> None:
    page = show("image", size).page
    chart = page.get_by_role("group", name="Queue time and duration of the builds, in seconds")
    assert chart.is_visible()
    assert 50 == chart.get_by_role("img").count()
    failed = chart.get_by_role("img", name="Build 58, main: failed, queued 10 s, took 1 min 30 s")
    box = failed.locator(".work").bounding_box()
    assert box["width"] > 3
    assert box["height"] > 10
    assert failed.locator(".cross").is_visible()


def test_the_badges_are_loaded_and_say_what_the_page_says(show: Any) -> None:
    page = show("image", PHONE).page
    said = [badge.get_attribute("alt") for badge in page.locator(".badges img").all()]
    assert ["build: pending", "version: v1.4", "size: 12.3 MB", "pulls: 12k"] == said
    widths = page.evaluate("[...document.images].map(image => image.naturalWidth)")
    assert [
        sum(badges.text_width(side) + 10 for side in text.split(": ")) for text in said
    ] == widths

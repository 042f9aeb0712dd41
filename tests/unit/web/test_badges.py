"""Badges: what they say, how wide they are, and what nobody can make of them."""

from __future__ import annotations

from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.model.image import BuildState
from homeport.web import badges
from homeport.web.badges import Badge, Colour
from tests.spent import spent

SVG = "{http://www.w3.org/2000/svg}"


def test_a_badge_is_as_wide_as_that_of_shields() -> None:
    image = ElementTree.fromstring(badges.svg(badges.build(BuildState.SUCCESS)))
    boxes = [dict(box.attrib) for box in image.findall(f"{SVG}g/{SVG}rect")]
    texts = [(t.get("x"), t.get("textLength"), t.text) for t in image.findall(f"{SVG}g/{SVG}text")]
    assert ("88", "20") == (image.get("width"), image.get("height"))
    assert [
        {"width": "37", "height": "20", "fill": "#555"},
        {"x": "37", "width": "51", "height": "20", "fill": "#4c1"},
        {"width": "88", "height": "20", "fill": "url(#s)"},
    ] == boxes
    # What Shields draws for the same words.
    assert [("195", "270", "build")] * 2 + [("615", "410", "passing")] * 2 == texts


def test_a_badge_says_to_a_screen_reader_what_it_shows() -> None:
    image = ElementTree.fromstring(badges.svg(badges.build(BuildState.FAILED)))
    assert ("img", "build: failing") == (image.get("role"), image.get("aria-label"))
    assert "build: failing" == image.findtext(f"{SVG}title")


@pytest.mark.parametrize(
    ("text", "width"),
    [
        ("build", 27),  # 26.7
        ("passing", 41),  # 41.8
        ("failing", 33),
        ("failed", 29),
        ("not found", 53),
        ("", 1),
        ("é", badges.text_width("e")),
        ("e\N{COMBINING ACUTE ACCENT}", badges.text_width("e")),
        ("漢字", 23),
    ],
)
def test_the_width_of_a_text_is_that_of_verdana_made_odd(text: str, width: int) -> None:
    assert width == badges.text_width(text)


@pytest.mark.parametrize(
    ("state", "message", "colour"),
    [
        (None, "unknown", Colour.LIGHTGREY),
        (BuildState.PENDING, "pending", Colour.YELLOW),
        (BuildState.BUILDING, "building", Colour.YELLOW),
        (BuildState.SUCCESS, "passing", Colour.BRIGHTGREEN),
        (BuildState.FAILED, "failing", Colour.RED),
        (BuildState.CANCELLED, "cancelled", Colour.LIGHTGREY),
    ],
)
def test_each_state_of_a_build_has_a_word_and_a_colour(
    state: BuildState | None, message: str, colour: Colour
) -> None:
    assert Badge("build", message, colour) == badges.build(state)


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (-1, "0"),
        (0, "0"),
        (999, "999"),
        (1_000, "1k"),
        (1_234, "1.2k"),
        (9_949, "9.9k"),
        (9_960, "10k"),
        (12_345, "12k"),
        (999_499, "999k"),
        (999_500, "1M"),
        (12_345_678, "12M"),
        (7 * 10**15, "7000T"),
    ],
)
def test_pulls_are_counted_in_thousands_and_millions(count: int, message: str) -> None:
    assert Badge("pulls", message, Colour.BLUE) == badges.pulls(count)


@pytest.mark.parametrize(
    ("count", "message"),
    [
        (1, "1 B"),
        (999, "999 B"),
        (1_000, "1.0 kB"),
        (12_345_678, "12.3 MB"),
        (99_960_000, "100 MB"),
        (123_456_789, "123 MB"),
        (999_500_000, "1.0 GB"),
        (4 * 10**15, "4000 TB"),
    ],
)
def test_a_size_is_told_in_units_of_a_thousand(count: int, message: str) -> None:
    assert Badge("size", message, Colour.BLUE) == badges.size(count)


@pytest.mark.parametrize("count", [None, 0, -5])
def test_the_size_of_what_was_never_published_is_unknown(count: int | None) -> None:
    assert Badge("size", "unknown", Colour.LIGHTGREY) == badges.size(count)


def test_a_version_is_a_tag_or_the_start_of_a_commit() -> None:
    commit = "9554114c3f8e6d1f6f0a5d7b1f0a5d7b1f0a5d7b"
    assert Badge("version", "v1.2", Colour.BLUE) == badges.version("v1.2")
    assert Badge("version", "9554114", Colour.BLUE) == badges.version(commit)
    assert Badge("version", "unknown", Colour.LIGHTGREY) == badges.version(" ")


def test_shields_draws_the_same_badge_from_the_endpoint() -> None:
    expected = {"schemaVersion": 1, "label": "build", "message": "passing", "color": "brightgreen"}
    assert expected == badges.endpoint(badges.build(BuildState.SUCCESS))


def test_a_hostile_message_stays_text() -> None:
    hostile = "\"'><script>alert(1)</script>&amp;\x00\x1b[31m\u202eevil\ud800\ufffe\n"
    image = ElementTree.fromstring(badges.svg(badges.version(hostile)).encode())
    shown = "\"'><script>alert(1)</script>&amp; [31m evil"
    assert f"version: {shown}" == image.get("aria-label")
    assert shown == image.findall(f"{SVG}g/{SVG}text")[-1].text
    assert [] == [element for element in image.iter() if "script" in element.tag]
    assert shown == badges.endpoint(badges.version(hostile))["message"]


def test_a_long_message_is_cut() -> None:
    image = ElementTree.fromstring(badges.svg(badges.version("W" * 100_000)))
    assert f"version: {'W' * 63}…" == image.get("aria-label")
    assert int(str(image.get("width"))) < 800


@given(st.text(), st.text(), st.sampled_from(Colour))
def test_any_text_is_well_formed(label: str, message: str, colour: Colour) -> None:
    image = ElementTree.fromstring(badges.svg(Badge(label, message, colour)).encode())
    assert 20 < int(str(image.get("width"))) <= 2 * (badges.LONGEST * 12 + 10)


def test_a_thousand_badges_take_no_time() -> None:
    fresh = [Badge("build", f"{number} passing", Colour.RED) for number in range(1000)]
    assert spent(lambda: [badges.svg(badge) for badge in fresh]) < 1  # 0.02 here

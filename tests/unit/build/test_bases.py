"""The images that a Dockerfile starts from."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.build.bases import bases


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("FROM debian:12", ("debian:12",)),
        ("from --platform=$BUILDPLATFORM golang:1.22 as build\nFROM scratch\nCOPY --from=build / /",
         ("golang:1.22",)),
        ("ARG V=3.11\nFROM python:${V}-slim", ("python:3.11-slim",)),
        ("ARG V\nFROM python:${V:-3.9}", ("python:3.9",)),
        ("FROM a AS x\nFROM x\nCOPY --from=nginx:stable /etc /etc", ("a", "nginx:stable")),
        ("FROM a\nFROM b\nCOPY --from=0 / /", ("a", "b")),
        ("FROM \\\n  # a remark\n  a:1", ("a:1",)),
        ("# escape=`\nFROM `\n a", ("a",)),
        ("FROM a\nRUN --mount=type=bind,from=tools:1,target=/x make", ("a", "tools:1")),
        ("# FROM nothing\nFROM a\nRUN echo FROM b", ("a",)),
        ("FROM nginx AS nginx\nFROM nginx", ("nginx",)),
        ("FROM a AS One\nFROM one\nCOPY --from=ONE / /", ("a",)),
        ("FROM a\nRUN echo COPY --from=b", ("a",)),
        ("", ()),
    ],
)  # fmt: skip
def test_each_image_is_named_once(text: str, expected: tuple[str, ...]) -> None:
    assert expected == bases(text, {})


def test_arguments_go_before_defaults_and_stages_after_the_target_do_not_count() -> None:
    text = "ARG V=1\nFROM a:$V AS one\nFROM b AS two\nFROM c"
    assert bases(text, {"V": "9"}, "two") == ("a:9", "b")
    assert bases(text, {"V": None}) == ("a:1", "b", "c")


@given(st.text(max_size=300))
def test_no_text_makes_it_fail(text: str) -> None:
    bases(f"FROM a\n{text}", {})

"""The images of an index, as the script of a job writes them; and what is asked with them."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from homeport.errors import RequestError
from homeport.pipeline.gate import images
from homeport.pipeline.gate.parts import Part, read_parts
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.verdict import Forward, Index, read_target

SCOPE = Scope(app="blog", key="job-1", image="busybox")


def test_a_line_names_an_image_and_what_is_said_of_it() -> None:
    found = read_parts(b"me/site:amd64 \nme/site:armhf  os=linux arch=arm variant=v6\n\n")
    v6 = {"os": "linux", "arch": "arm", "variant": "v6"}
    assert (Part(name="me/site:amd64"), Part(name="me/site:armhf", said=v6)) == found
    assert ["", "arm/v6"] == [part.platform for part in found]


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "1 to 50 images"),
        (b"a\n" * 51, "1 to 50 images"),
        (b"a os=windows", "os windows"),
        (b"a os-version=10", "os-version"),
        (b"a arch=", "arch"),
        (b"a --privileged=1", "--privileged"),
    ],
)
def test_what_cannot_be_is_refused(content: bytes, why: str) -> None:
    with pytest.raises(RequestError, match=why):
        read_parts(content)


@given(st.binary(max_size=200))
def test_whatever_comes_it_is_read_or_refused(content: bytes) -> None:
    with contextlib.suppress(RequestError):
        assert read_parts(content)


@pytest.mark.parametrize("how", ["check", "show", "push"])
def test_an_import_of_the_script_is_about_an_index(how: str) -> None:
    target = f"/images/create?changes=homeport+index+{how}&fromSrc=-&repo=docker.io/me/site&tag=all"
    asked = images.pull(read_target("POST", target), SCOPE)
    assert Index(name="me/site", tag="all", how=how) == asked


def test_any_other_import_is_the_engines() -> None:
    target = "/images/create?changes=ENV+a%3Db&fromSrc=-&repo=me/site&tag=all"
    asked = images.pull(read_target("POST", target), SCOPE)
    assert isinstance(asked, Forward)

"""The image of a job follows from its language and version."""

from __future__ import annotations

from typing import Any

import pytest

from homeport.errors import RequestError
from homeport.pipeline.job_images import image_for, read_table


@pytest.mark.parametrize(
    ("language", "versions", "image"),
    [
        ("python", {"python": "2.7"}, "python:2.7"),
        ("python", {}, "python:3.12"),
        ("python", {"python": "3.7-dev"}, "python:3.7"),
        ("node_js", {"node_js": "lts/*"}, "node:lts"),
        ("node_js", {"node_js": "node"}, "node:current"),
        ("ruby", {"rvm": "2.6"}, "ruby:2.6"),
        ("go", {"go": "1.x"}, "golang:1"),
        ("java", {"jdk": "openjdk11"}, "maven:3-eclipse-temurin-11"),
        ("php", {"php": "7.4"}, "php:7.4-cli"),
        ("shell", {}, "plain"),
        ("generic", {}, "plain"),
        ("erlang", {"otp_release": "24"}, "plain"),
        ("python", {"python": "3.8; id"}, "python:3.8id"),
        ("python", {"python": "x/../../y"}, "python:x....y"),
    ],
)
def test_each_language_has_the_image_of_its_version(
    language: str, versions: dict[str, Any], image: str
) -> None:
    assert image == image_for(language, versions, {}, otherwise="plain")


def test_the_owner_of_the_box_may_name_others() -> None:
    table = read_table("python=my/python:{version|3}, fortran=gcc:13")
    assert "my/python:2.7" == image_for("python", {"python": "2.7"}, table, otherwise="")
    assert "my/python:3" == image_for("python", {}, table, otherwise="")
    assert "gcc:13" == image_for("fortran", {}, table, otherwise="")


def test_a_table_that_names_no_image_is_refused() -> None:
    with pytest.raises(RequestError, match="no image of a language"):
        read_table("python")

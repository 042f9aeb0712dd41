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


@pytest.mark.parametrize(
    ("language", "axis", "version", "image"),
    [
        ("python", "python", "pypy", "pypy:2.7"),
        ("python", "python", "pypy2.7-6.0", "pypy:2.7"),
        ("python", "python", "pypy3", "pypy:3"),
        ("python", "python", "pypy3.5-6.0", "pypy:3.5"),
        ("python", "python", "2.7_with_system_site_packages", "python:2.7"),
        ("python", "python", "3.8-dev", "python:3.8"),
        ("node_js", "node_js", "lts/dubnium", "node:10"),
        ("node_js", "node_js", "v8.11.1", "node:8.11.1"),
        ("ruby", "rvm", "jruby-9.2.7.0", "jruby:9.2"),
        ("ruby", "rvm", "jruby-head", "jruby:9"),
        ("ruby", "rvm", "ruby-head", "ruby:latest"),
        ("ruby", "rvm", "ruby-2.3.1", "ruby:2.3.1"),
        ("ruby", "rvm", "1.9.3-p551", "ruby:1.9.3"),
        ("php", "php", "7.4snapshot", "php:7.4-cli"),
        ("php", "php", "nightly", "php:8-cli"),
        ("perl", "perl", "5.20-shrplib", "perl:5.20"),
        ("rust", "rust", "nightly-2018-11-23", "rust:1"),
        ("go", "go", "1.11.x", "golang:1.11"),
    ],
)
def test_versions_of_travis_are_tags_of_images(
    language: str, axis: str, version: str, image: str
) -> None:
    assert image == image_for(language, {axis: version}, {}, otherwise="none")


def test_the_owners_image_is_for_every_version() -> None:
    table = {"python": "my/python:{version}"}
    assert "my/python:pypy3" == image_for("python", {"python": "pypy3"}, table, otherwise="none")

"""The line of a field, in files as people write them."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.engine.places import located, place_of
from homeport.errors import FileFault

FILE = """\
x-common: &common
  restart: always
  deploy: {replicas: 2}
services:
  web:
    <<: *common
    image: "a b"
    deploy:
      update_config:
        monitor: soon
  web.two:
    <<: [*common]
    ports:
      - "80:80"
      - target: 90
    image: !reset null
"""
LINES = {
    "services.web.image": 7,
    "services.web.restart": 2,
    "services.web.deploy": 8,
    "services.web.deploy.update_config.monitor": 10,
    "services.web.deploy.replicas": 8,
    "services.web.two.image": 16,
    "services.web.two.deploy.replicas": 3,
    "services.web.two.ports.1.target": 15,
    "services.web.two.ports[0]": 14,
    "services.web.healthcheck.test": 5,
    "services.nobody": 4,
    "networks.default": 0,
}


@pytest.mark.parametrize(("field", "line"), LINES.items())
def test_a_field_stands_in_a_line(tmp_path: Path, field: str, line: int) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(FILE)
    assert line == place_of(file, field)[1]


def fault(field: str, **values: object) -> FileFault:
    """What is wrong with a field."""
    return FileFault("cannot be", file="compose.yaml", field=field, hint="h", **values)  # type: ignore[arg-type]


def test_the_later_file_says_it_where_both_do(tmp_path: Path) -> None:
    one, two = tmp_path / "compose.yaml", tmp_path / "compose.override.yaml"
    one.write_text("services:\n  web:\n    image: a\n    user: b\n")
    two.write_text("services: {web: {image: c}}\n")
    image, user = (located(fault(f"services.web.{key}"), [one, two]) for key in ("image", "user"))
    assert "compose.override.yaml:1: services.web.image: cannot be" == image.message
    assert ("compose.yaml:4: services.web.user: cannot be", "h") == (user.message, user.hint)


@pytest.mark.parametrize("text", ["\t- [", "- 1", "", "services", "{a: *b}"])
def test_what_has_no_place_keeps_what_is_known(tmp_path: Path, text: str) -> None:
    file = tmp_path / "compose.yaml"
    file.write_text(text)
    for there in (file, tmp_path / "none.yaml"):
        assert (
            "compose.yaml: services.web: cannot be"
            == located(fault("services.web"), [there]).message
        )
    known = fault("services.web", line=3)
    assert known is located(known, [file])

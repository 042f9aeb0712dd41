"""Which files and which project: Compose's own answers, which the engine's tests compare."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.engine.compose_project import (
    absolute,
    found_files,
    normalised,
    project_name,
    working_folder,
)

NAMES = [
    ("services: {}\n", "shop-2"),
    ("name: Said\nservices: {}\n", "said"),
    ("name: 'said'  # by me\n", "said"),
    ('name :   "said"\n', "said"),
    ("services:\n  web:\n    name: no\n", "shop-2"),
    ('{"name": "said", "services": {}}', "said"),
    ("{", "shop-2"),
]


@pytest.mark.parametrize(("text", "expected"), NAMES)
def test_a_file_says_its_projects_name(tmp_path: Path, text: str, expected: str) -> None:
    folder = tmp_path / "_Shop-2!"
    folder.mkdir()
    file = folder / "compose.yaml"
    file.write_text(text)
    assert expected == project_name([file], {})
    later = folder / "later.yaml"
    later.write_text("name: later\n")
    assert "later" == project_name([file, later], {})
    assert expected == project_name([file, folder / "none.yaml"], {})
    (folder / ".env").write_text(
        "# COMPOSE_PROJECT_NAME=a\nexport COMPOSE_PROJECT_NAME='mine' # b\n"
    )
    assert "mine" == project_name([file], {})
    assert "other" == project_name([file], {"COMPOSE_PROJECT_NAME": "other"})


def test_the_files_are_those_of_the_variable_or_of_the_nearest_folder(tmp_path: Path) -> None:
    inner = tmp_path / "a" / "b"
    inner.mkdir(parents=True)
    outer = tmp_path / "compose.yaml"
    outer.touch()
    assert (outer,) == found_files(inner, {})
    (inner / ".env").write_text("COMPOSE_FILE=one.yaml:../two.yaml\n")
    assert (inner / "one.yaml", tmp_path / "a" / "two.yaml") == found_files(inner, {})
    variables = {"COMPOSE_FILE": "three.yaml;four.yaml", "COMPOSE_PATH_SEPARATOR": ";"}
    assert (inner / "three.yaml", inner / "four.yaml") == found_files(inner, variables)


def test_a_name_that_is_none_is_empty() -> None:
    assert ["", "a-b", "x1_"] == [normalised(name) for name in ("_-!", "A-B", "-x.1_")]


def test_a_folder_has_the_name_that_the_shell_has_for_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The paths in Compose's model, and so its hashes, begin with it."""
    real, link = tmp_path / "real", tmp_path / "link"
    real.mkdir()
    link.symlink_to("real")
    (real / "compose.yaml").touch()
    monkeypatch.chdir(link)
    assert link == working_folder({"PWD": str(link)})
    for other in ("", "link", str(tmp_path), str(tmp_path / "none")):
        assert real == working_folder({"PWD": other})
    assert ((link / "compose.yaml",), "link") == (
        found_files(link, {}),
        project_name(found_files(link, {}), {}),
    )
    assert tmp_path / "compose.yaml" == absolute(link, "../compose.yaml")

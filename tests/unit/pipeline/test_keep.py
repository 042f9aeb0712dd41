"""What jobs keep, and for which."""

from __future__ import annotations

import os
from pathlib import Path

from homeport.pipeline.keep import Workspace, cache_key, cached, created, used
from homeport.pipeline.shelf import Shelf, make_room
from homeport.pipeline.travis import Event, plan
from homeport.pipeline.travis.model import Job

FILE = """
language: python
python: ["3.11", "3.12"]
cache: {pip: true, directories: [kept, $HOME/.m2]}
script: "true"
jobs:
  include:
    - stage: build
      workspaces: {create: {name: built, paths: [dist, report.txt]}}
    - stage: use
      workspaces: {use: built}
    - stage: odd
      workspaces: {create: {name: ../../etc, paths: [x]}, use: [../x, built]}
"""


def jobs() -> list[Job]:
    """Those of the file."""
    return list(plan(FILE, file="f", event=Event()).jobs)


def test_a_cache_is_of_folders_and_of_what_a_language_calls_its_own() -> None:
    assert ("kept", "$HOME/.m2", "$HOME/.cache/pip") == cached(jobs()[0])


def test_cells_of_other_versions_have_other_caches() -> None:
    first, second = jobs()[:2]
    assert cache_key(first) == cache_key(first)
    assert cache_key(first) != cache_key(second)


def test_a_workspace_is_made_by_one_job_and_used_by_another() -> None:
    _, _, build, use, odd = jobs()
    assert [Workspace(name="built", paths=("dist", "report.txt"))] == created(build)
    assert (["built"], ["built"]) == (used(use), used(odd))
    none: list[Workspace] = []
    assert none == created(odd)


def test_an_archive_takes_the_place_of_the_one_before(tmp_path: Path) -> None:
    shelf, archive = Shelf(tmp_path / "shelf"), tmp_path / "new.tar"
    assert "" == shelf.put("key-main", archive)
    assert None is shelf.find(["key-main"])
    for content in ("one", "two"):
        archive.write_text(content)
        assert "" == shelf.put("key-feature/x", archive)
    found = shelf.find(["key-other", "key-feature/x"])
    assert found
    assert "two" == found.read_text()
    assert tmp_path / "shelf" == found.parent


def test_names_that_look_alike_as_files_are_kept_apart(tmp_path: Path) -> None:
    shelf, archive = Shelf(tmp_path / "shelf"), tmp_path / "new.tar"
    names = ["feature/x", "feature-x", "feature x", "f" * 160, "f" * 161, "f" * 150]
    for name in names:
        archive.write_text(name)
        shelf.put(name, archive)
    found = [shelf.find([name]) for name in names]
    assert names == [path.read_text() for path in found if path]


def test_the_oldest_archives_make_room(tmp_path: Path) -> None:
    shelf, archive = Shelf(tmp_path / "shelf"), tmp_path / "new.tar"
    for number in range(25):
        archive.write_text(str(number))
        shelf.put(f"branch-{number}", archive)
    assert 20 == len(list(shelf.folder.iterdir()))


def test_a_link_that_a_job_left_is_not_followed(tmp_path: Path) -> None:
    shelf, link = Shelf(tmp_path / "shelf"), tmp_path / "new.tar"
    link.symlink_to("/etc/passwd")
    assert "" == shelf.put("key", link)
    assert None is shelf.find(["key"])


def test_the_oldest_archives_of_all_make_room_and_no_more_than_is_wanted(tmp_path: Path) -> None:
    for age, (app, size) in enumerate([("blog", 10), ("wiki", 20), ("blog", 30), ("wiki", 40)]):
        path = tmp_path / app / f"{size}.tar"
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(bytes(size))
        os.utime(path, (1000 + age, 1000 + age))
    (tmp_path / "blog" / "link.tar").symlink_to("/nowhere")
    assert 0 == make_room(tmp_path, -1)
    assert 0 == make_room(tmp_path / "nowhere", 5)
    assert 30 == make_room(tmp_path, 11)
    assert {"30.tar", "40.tar", "link.tar"} == {path.name for path in tmp_path.glob("*/*")}

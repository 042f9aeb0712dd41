"""The tests that Docker Hub would run."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from homeport.pipeline.hub import autotests_beside, of_first_format


def test_every_test_file_counts_in_the_order_of_names(tmp_path: Path) -> None:
    for name in ("docker-compose.test.yml", "b.test.yaml", "compose.yml", "test.yml"):
        (tmp_path / name).touch()
    (tmp_path / "folder.test.yml").mkdir()
    found = [path.name for path in autotests_beside(tmp_path)]
    assert ["b.test.yaml", "docker-compose.test.yml"] == found
    assert [] == autotests_beside(tmp_path / "none")


def test_services_at_the_top_become_those_of_today() -> None:
    text = """\
sut: {build: ., dockerfile: Dockerfile.test, links: [db], net: host, log_driver: none}
db: {image: "postgres:16"}
"""
    sut = {
        "build": {"context": ".", "dockerfile": "Dockerfile.test"},
        "links": ["db"],
        "network_mode": "host",
        "logging": {"driver": "none", "options": {}},
    }
    expected = {"services": {"sut": sut, "db": {"image": "postgres:16"}}}
    assert expected == yaml.safe_load(of_first_format(text))


@pytest.mark.parametrize(
    "text",
    ["services: {sut: {build: .}}", "web: {build: .}", "sut: words", "- sut", "a: [", "", "\x00"],
)
def test_other_files_stay_as_they_are(text: str) -> None:
    assert "" == of_first_format(text)

"""Names of images, as people write them."""

from __future__ import annotations

import pytest

from homeport.model.names import read_reference


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("blog", ("blog", "latest")),
        ("blog:1", ("blog", "1")),
        ("blog/web:1", ("blog/web", "1")),
        ("127.0.0.1:5000/blog:1", ("blog", "1")),
        ("home.example.org/blog/web", ("blog/web", "latest")),
        ("localhost/blog", ("blog", "latest")),
        ("blog@sha256:1", ("blog", "sha256:1")),
        ("[::1]:5000/blog:1@sha256:1", ("blog", "sha256:1")),
        ("", ("", "latest")),
    ],
)
def test_a_reference_is_read_as_docker_pull_reads_it(text: str, expected: tuple[str, str]) -> None:
    assert expected == read_reference(text)

"""How Compose is asked what a file says."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from homeport.engine.compose_files import Question

ALONE = {"DOCKER_HOST": "unix:///dev/null"}
BRIEF = {**ALONE, "GOGC": "off", "GOMEMLIMIT": "256MiB", "GOMAXPROCS": "1"}


@pytest.mark.parametrize(
    ("inputs", "environ", "given"),
    [
        ({"compose.yaml": b"services: {}"}, {}, BRIEF),
        ({"compose.yaml": b"services: {}"}, {"GOGC": "50"}, {**BRIEF, "GOGC": "50"}),
        ({"compose.yaml": b"services: {}"}, {"DOCKER_HOST": "tcp://there:2375"}, BRIEF),
        (
            {"compose.yaml": b"services: {web: {image: x, command: [$DOCKER_HOST]}}"},
            {"DOCKER_HOST": "tcp://there:2375"},
            {**BRIEF, "DOCKER_HOST": "tcp://there:2375"},
        ),
        (
            {"compose.yaml": b"services: {web: {image: x, environment: [GOGC, GOMAXPROCS]}}"},
            {},
            {**ALONE, "GOMEMLIMIT": "256MiB"},
        ),
        (None, {}, {}),  # a file that nobody has seen may ask for any of them
    ],
)
def test_what_lets_compose_end_sooner_is_seen_by_no_file(
    inputs: Mapping[str, bytes] | None,
    environ: Mapping[str, str],
    given: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("DOCKER_HOST", raising=False)
    question = Question(files=(), project="blog", directory=Path("/x"), environ=environ)
    env = question.brief_env(inputs)
    assert given == {key: env[key] for key in BRIEF if key in env}

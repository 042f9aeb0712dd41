"""What a job may ask BuildKit to build."""

from __future__ import annotations

import pytest

from homeport.errors import Forbidden
from homeport.pipeline.gate.protobuf import TEXT, field, fields
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.gate.solve import check_solve

SCOPE = Scope(app="blog", key="job-1", image="busybox:stable", marker="job-")


def entry(key: int, name: str, value: str) -> bytes:
    return field(key, TEXT, field(1, TEXT, name.encode()) + field(2, TEXT, value.encode()))


def exporter(kind: str, *attributes: bytes) -> bytes:
    return field(13, TEXT, field(1, TEXT, kind.encode()) + b"".join(attributes))


PUSH, NAME = entry(4, "push", "true"), entry(4, "name", "docker.io/me/site:1")


def test_an_image_for_the_engine_is_not_pushed_by_buildkit() -> None:
    """Its client does that, through the same socket."""
    expected = [entry(4, "push", "false"), entry(4, "name", "job-1-me/site:1")]
    found = check_solve(field(3, TEXT, b"moby") + PUSH + NAME, SCOPE, {})
    assert field(3, TEXT, b"moby") + b"".join(expected) == found
    late = check_solve(PUSH + field(3, TEXT, b"moby"), SCOPE, {})
    assert expected[0] + field(3, TEXT, b"moby") == late
    one = exporter("moby", entry(2, "push", "true"))
    assert exporter("moby", entry(2, "push", "false")) == check_solve(one, SCOPE, {})


@pytest.mark.parametrize(
    "message",
    [
        field(3, TEXT, b"image") + PUSH,
        PUSH,
        exporter("image", entry(2, "push", "true")),
        exporter("moby") + exporter("image", entry(2, "push", "1")),
        field(3, TEXT, b"registry"),
        field(9, TEXT, b"network.host"),
        entry(7, "force-network-mode", "host"),
    ],
)
def test_what_would_push_or_own_by_itself_is_refused(message: bytes) -> None:
    with pytest.raises(Forbidden):
        check_solve(message, SCOPE, {})


def test_a_build_argument_that_is_an_image_of_the_job() -> None:
    own = {"base:1": "job-1-base:1"}
    found = check_solve(entry(7, "build-arg:BASE", "base:1") + entry(7, "x", "base:1"), SCOPE, own)
    assert entry(7, "build-arg:BASE", "job-1-base:1") + entry(7, "x", "base:1") == found
    assert [7, 7] == [key for key, _, _ in fields(found)]

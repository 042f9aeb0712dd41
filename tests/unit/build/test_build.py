"""The command line of a build, and what its output tells."""

from __future__ import annotations

from homeport.build.apply import declares
from homeport.build.command import Wanted, buildx, environment, image_labels
from homeport.build.progress import Progress, cause
from homeport.model.stack import Build

OUTPUT = """\
#1 [internal] load build definition from Dockerfile
#1 DONE 0.0s
#4 [1/3] FROM docker.io/library/debian:bookworm-slim
#4 DONE 0.0s
#5 [2/3] RUN apt-get update
#5 CACHED
#6 [3/3] COPY src ./src
#6 DONE 0.1s
"""


def test_cached_steps_are_counted_from_buildkits_lines() -> None:
    """Internal steps are not the Dockerfile's."""
    progress = Progress()
    for line in OUTPUT.splitlines():
        progress.feed(line)
    assert (3, 1) == (len(progress.steps), len(progress.cached))


def test_the_cause_of_a_failure_is_buildkits_own_sentence() -> None:
    """Without its prefixes."""
    lines = [
        "#5 ERROR: exit code: 3",
        'ERROR: failed to solve: process "/bin/sh -c exit 3" did not complete: exit code: 3',
    ]
    assert 'process "/bin/sh -c exit 3" did not complete: exit code: 3' == cause(lines)


def test_every_part_of_a_build_section_reaches_buildx() -> None:
    """As compose would hand it over."""
    how = Build(
        context="/src",
        dockerfile="Dockerfile.web",
        target="prod",
        args={"A": "1", "B": None, "PATH": "/x"},
        labels={"l": "v"},
        extra_hosts=("db:10.0.0.1",),
        network="host",
        secrets=("id=key,src=/k",),
    )
    wanted = Wanted(service="web", build=how, tags=("blog-web:abc",), labels={"m": "w"}, args={})
    argv = " ".join(buildx(wanted, iidfile="/i"))
    for part in (
        "--tag blog-web:abc",
        "--label l=v",
        "--label m=w",
        "--build-arg A --build-arg B --build-arg PATH=/x",
        "--target prod",
        "--network host",
        "--add-host db:10.0.0.1",
        "--secret id=key,src=/k",
        "--file /src/Dockerfile.web /src",
    ):
        assert part in argv
    assert {"A": "1"} == environment(wanted)


def test_labels_name_the_commit_and_its_time() -> None:
    """org.opencontainers.image.*, the same for the same input."""
    labels = image_labels(
        app="blog", commit="a" * 40, created="2026-01-01T00:00:00Z", ref="refs/heads/main"
    )
    assert {
        "org.opencontainers.image.title": "blog",
        "org.opencontainers.image.revision": "a" * 40,
        "org.opencontainers.image.created": "2026-01-01T00:00:00Z",
        "org.opencontainers.image.version": "main-aaaaaaaaaaaa",
        "homeport.app": "blog",
    } == labels


def test_an_argument_is_handed_over_where_it_is_declared() -> None:
    """ARG with and without a default; not in a comment."""
    assert declares("FROM x\nARG SOURCE_COMMIT\n", "SOURCE_COMMIT")
    assert declares("FROM x\nARG SOURCE_COMMIT=none\n", "SOURCE_COMMIT")
    assert not declares("FROM x\n# ARG SOURCE_COMMIT\n", "SOURCE_COMMIT")

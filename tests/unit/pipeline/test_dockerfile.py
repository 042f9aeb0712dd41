"""A Dockerfile that builds upon an image of its job."""

from __future__ import annotations

from collections.abc import Iterator

import hpack
import pytest

from homeport.pipeline.calls import Calls
from homeport.pipeline.frames import DATA, PREFACE, Frame, Frames
from homeport.pipeline.gate.dockerfile import own_names, own_value, with_own_images
from homeport.pipeline.gate.protobuf import NUMBER, TEXT, field, fields, varint
from homeport.pipeline.gate.scope import Scope
from homeport.pipeline.grpc import framed
from homeport.pipeline.uploads import Uploads

SCOPE = Scope(app="blog", key="job-1", image="busybox:stable", marker="job-")
OWN = own_names(["job-1-base:1", "job-1-base:latest", "job-1-me/tools:2", "busybox:stable"], SCOPE)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("FROM base:1", "FROM job-1-base:1"),
        ("FROM base", "FROM job-1-base:latest"),
        ("from --platform=linux/amd64 docker.io/library/base:1 AS x", None),
        ("FROM docker.io/me/tools:2 AS tools", "FROM job-1-me/tools:2 AS tools"),
        ("FROM busybox:stable", "FROM busybox:stable"),
        ("FROM base:2", "FROM base:2"),
        ("FROM base@sha256:" + "a" * 64, "FROM base@sha256:" + "a" * 64),
        ("COPY --chown=1 --from=me/tools:2 /a /b", "COPY --chown=1 --from=job-1-me/tools:2 /a /b"),
        ("COPY --from=0 /a /b", "COPY --from=0 /a /b"),
        (
            "RUN --mount=type=bind,from=base:1,target=/x ls",
            "RUN --mount=type=bind,from=job-1-base:1,target=/x ls",
        ),
        ("RUN echo FROM base:1", "RUN echo FROM base:1"),
        ("# FROM base:1", "# FROM base:1"),
        ("ENV X=base:1", "ENV X=base:1"),
    ],
)
def test_images_of_the_job_have_the_engines_names(line: str, expected: str | None) -> None:
    expected = expected or "from --platform=linux/amd64 job-1-base:1 AS x"
    found = with_own_images(f"{line}\r\n".encode(), OWN)
    assert f"{expected}\r\n" == found.decode()


def test_a_stage_is_no_image() -> None:
    text = "FROM busybox AS base\nFROM base\nCOPY --from=base /a /b\n"
    assert text == with_own_images(text.encode(), OWN).decode()


def test_a_variable_that_names_the_image_of_a_from() -> None:
    text = 'ARG BASE="base:1"\nARG OTHER=base:1\nFROM ${BASE}\nRUN echo $OTHER\n'
    found = with_own_images(text.encode(), OWN).decode()
    assert text.replace('"base:1"', '"job-1-base:1"') == found
    values = {value: own_value(value, OWN) for value in ("base:1", "base", "x:1", "a=b", "")}
    assert {"base:1": "job-1-base:1", "base": "base", "x:1": "x:1", "a=b": "a=b", "": ""} == values


@pytest.mark.parametrize("content", [b"\xff\xfe", b"", b"FROM", b"FROM \n", b"FROM ${X"])
def test_what_is_no_dockerfile_stays_what_it_is(content: bytes) -> None:
    assert content == with_own_images(content, OWN)


# -- over a session


def packet(kind: int, *parts: bytes) -> bytes:
    """A gRPC message of fsutil's."""
    message = b"".join([*([field(1, NUMBER, varint(kind))] if kind else []), *parts])
    return b"\0" + len(message).to_bytes(4, "big") + message


def listed(path: str) -> bytes:
    stat = field(1, TEXT, path.encode()) + field(5, NUMBER, varint(9)) + field(6, NUMBER, b"\x07")
    return packet(0, field(2, TEXT, stat))


def content(number: int, data: bytes) -> bytes:
    parts = [field(3, NUMBER, varint(number))] if number else []
    return packet(2, *parts, *([field(4, TEXT, data)] if data else []))


def frames(stream: int, body: bytes, size: int) -> bytes:
    pieces = [body[at : at + size] for at in range(0, len(body), size)]
    return b"".join(Frame(DATA, 0, stream, piece).encode() for piece in pieces)


def sent(data: bytes, stream: int) -> list[tuple[int, int, bytes]]:
    """What arrives: kind, number and content of each packet; a file's time is left out."""
    body = b"".join(f.payload for f in Frames().feed(data) if (f.kind, f.stream) == (DATA, stream))
    return [_read(message) for message in _messages(body)]


def _messages(body: bytes) -> Iterator[bytes]:
    while body:
        size = int.from_bytes(body[1:5], "big")
        yield body[5 : 5 + size]
        body = body[5 + size :]


def _read(message: bytes) -> tuple[int, int, bytes]:
    found = {key: value for key, _, value in fields(message)}
    return (
        int.from_bytes(found.get(1, b"\0"), "big"),
        int.from_bytes(found.get(3, b"\0"), "big"),
        found.get(4, b"") or next((v for k, _, v in fields(found.get(2, b"")) if k == 1), b""),
    )


def asked_for(session: Uploads, stream: int, folder: str) -> None:
    """BuildKit asks for the files of a folder; the headers come in two frames."""
    headers = [(":path", "/moby.filesync.v1.FileSync/DiffCopy"), ("dir-name", folder)]
    block = hpack.Encoder().encode(headers)
    asked = Frame(1, 0, stream, block[:5]).encode() + Frame(9, 4, stream, block[5:]).encode()
    assert PREFACE + asked == session.asked(PREFACE) + session.asked(asked)


@pytest.mark.parametrize("size", [1, 7, 16_384])
def test_a_dockerfile_is_rewritten_on_its_way(size: int) -> None:
    session = Uploads(lambda text: with_own_images(text, OWN))
    asked_for(session, 1, "dockerfile")
    lines = b"FROM base:1\n" + b"# long\n" * 2000
    body = listed("Dockerfile") + listed("Dockerfile.dockerignore") + packet(0)
    body += content(1, b"FROM base:1") + content(0, lines[:9000]) + content(0, lines[9000:])
    body += content(1, b"") + content(0, b"") + packet(3)
    came = b"".join(session.answered(one) for one in _pieces(frames(1, body, size)))
    assert [
        (0, 0, b"Dockerfile"),
        (0, 0, b"Dockerfile.dockerignore"),
        (0, 0, b""),
        (2, 1, b"FROM base:1"),
        (2, 1, b""),
        (2, 0, lines.replace(b"base:1", b"job-1-base:1")),
        (2, 0, b""),
        (3, 0, b""),
    ] == sent(came, 1)


def test_other_folders_and_dockerfiles_that_are_too_long_go_through() -> None:
    session = Uploads(lambda text: with_own_images(text, OWN))
    asked_for(session, 1, "context")
    body = listed("Dockerfile") + content(0, b"FROM base:1") + content(0, b"")
    assert frames(1, body, 100) == session.answered(frames(1, body, 100))
    session = Uploads(lambda text: with_own_images(text, OWN))
    asked_for(session, 1, "dockerfile")
    long = b"FROM base:1\n" + b"# long\n" * 10_000
    body = listed("Dockerfile") + content(0, long) + content(0, b"")
    came = sent(session.answered(frames(1, body, 16_384)), 1)
    assert long == b"".join(data for kind, _, data in came if kind == 2)


def _pieces(data: bytes) -> Iterator[bytes]:
    for at in range(0, len(data), 1000):
        yield data[at : at + 1000]


STEERED = "/moby.buildkit.v1.frontend.LLBBridge/Solve"


def _entry(key: str, value: str) -> bytes:
    return field(3, TEXT, field(1, TEXT, key.encode()) + field(2, TEXT, value.encode()))


@pytest.mark.parametrize("size", [1, 20, 16_384])
def test_a_build_argument_that_names_an_image_of_the_job(size: int) -> None:
    """Of a build that buildx steers."""
    others = [_entry("build-arg:X", "base"), _entry("y", "base:1")]
    before = [_entry("build-arg:BASE", "me/tools:2"), *others]
    after = [_entry("build-arg:BASE", "job-1-me/tools:2"), *others]
    calls = Calls(SCOPE, OWN)
    headers = hpack.Encoder().encode([(":path", STEERED)])
    data = PREFACE + Frame(1, 4, 1, headers).encode() + frames(1, framed(b"".join(before)), size)
    passed = b"".join(one.onwards for piece in _pieces(data) for one in calls.feed(piece))
    body = b"".join(f.payload for f in Frames().feed(passed[len(PREFACE) :]) if f.kind == DATA)
    assert framed(b"".join(after)) == body


@pytest.mark.parametrize("message", [b"\x00\x00\x00\x00\x02\xff\xff", b"\x01\x00\x00\x00\x02xx"])
def test_a_steered_build_that_is_not_understood_goes_through(message: bytes) -> None:
    calls = Calls(SCOPE, OWN)
    headers = Frame(1, 4, 1, hpack.Encoder().encode([(":path", STEERED)])).encode()
    sent = headers + Frame(DATA, 1, 1, message).encode()
    assert sent == b"".join(one.onwards for one in calls.feed(PREFACE + sent))[len(PREFACE) :]
    large = Frame(DATA, 0, 3, b"\x00\x00\x01\x00\x00" + bytes(1000)).encode()
    again = headers[:5] + b"\0\0\0\x03" + headers[9:]
    assert again + large == b"".join(one.onwards for one in calls.feed(again + large))

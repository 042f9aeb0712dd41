"""Archives of images between a job and the Engine."""

from __future__ import annotations

import bz2
import gzip
import io
import json
import lzma
import tarfile
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest

from homeport.errors import Forbidden, HomeportError, RequestError
from homeport.pipeline.bodies import passed
from homeport.pipeline.gate.archive import Archive
from homeport.pipeline.gate.saved import entering, leaving
from homeport.pipeline.gate.scope import Scope

SCOPE = Scope(app="blog", key="box-job-1-2", image="busybox:stable", marker="box-job-")
LAYER = "a" * 64
OTHER = "b" * 64
MANIFEST = [{"Config": "c.json", "RepoTags": ["site:one"], "Layers": [f"{LAYER}/layer.tar"]}]


def tar(*members: tuple[str, Any], format: int = tarfile.PAX_FORMAT, **info: Any) -> bytes:
    """An archive: name -> content, JSON, or what a link leads to (`-> target`)."""
    made = io.BytesIO()
    with tarfile.open(fileobj=made, mode="w", format=format) as archive:
        for name, content in members:
            member = tarfile.TarInfo(name)
            if isinstance(content, str) and content.startswith("-> "):
                member.type, member.linkname = tarfile.SYMTYPE, content[3:]
            elif content is None:
                member.type = tarfile.DIRTYPE
            data = content if isinstance(content, bytes) else json.dumps(content).encode()
            member.size = len(data) if member.isreg() else 0
            for key, value in info.items():
                setattr(member, key, value)
            archive.addfile(member, io.BytesIO(data) if member.isreg() else None)
    return made.getvalue()


def read(archive: bytes) -> dict[str, Any]:
    """What is in an archive: JSON where it is, bytes where it is not."""
    found: dict[str, Any] = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as opened:
        for member in opened:
            file = opened.extractfile(member) if member.isreg() else None
            content = file.read() if file else member.linkname
            found[member.name] = content
            if member.name.endswith(("json", "repositories")):
                found[member.name] = json.loads(content)
    return found


def through(archive: Archive, data: bytes, step: int = 700) -> bytes:
    """An archive that arrives in pieces."""
    done = [archive.feed(data[at : at + step]) for at in range(0, len(data), step)]
    return b"".join([*done, archive.end()])


@pytest.mark.parametrize("step", [1, 511, 512, 513, 100_000])
@pytest.mark.parametrize("format", [tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT])
def test_what_is_loaded_has_the_jobs_own_names(step: int, format: int) -> None:
    members: list[tuple[str, Any]] = [
        (LAYER, None),
        (f"{LAYER}/layer.tar", b"x" * 3000),
        (f"{OTHER}/layer.tar", f"-> ../{LAYER}/layer.tar"),
        ("repositories", {"rycus86/site": {"armhf": LAYER}}),
        ("c.json", {"config": {}}),
        ("./manifest.json", [{"config": "c.json", "RepoTags": ["docker.io/library/site:one"],
                              "Layers": [f"{LAYER}/layer.tar"], "Parent": "sha256:1",
                              "LayerSources": {"sha256:1": {"urls": ["http://127.0.0.1/"]}}}]),
    ]  # fmt: skip
    sent = tar(*members, format=format)
    assert {
        LAYER: "",
        f"{LAYER}/layer.tar": b"x" * 3000,
        f"{OTHER}/layer.tar": f"../{LAYER}/layer.tar",
        "repositories": {"box-job-1-2-rycus86/site": {"armhf": LAYER}},
        "c.json": {"config": {}},
        "manifest.json": [
            {
                "Config": "c.json",
                "RepoTags": ["box-job-1-2-site:one"],
                "Layers": [f"{LAYER}/layer.tar"],
                "Parent": "sha256:1",
            }
        ],
    } == read(through(entering(SCOPE), sent, step))


@pytest.mark.parametrize(
    ("name", "own"),
    [
        ("docker.io/library/site:one", "docker.io/library/box-job-1-2-site:one"),
        ("docker.io/me/site:one", "docker.io/box-job-1-2-me/site:one"),
        ("quay.io/me/site:one", "box-job-1-2-quay.io/me/site:one"),
    ],
)
def test_names_of_an_oci_layout_are_the_jobs_too(name: str, own: str) -> None:
    said = {"io.containerd.image.name": name, "org.opencontainers.image.ref.name": "one"}
    index = {"schemaVersion": 2, "manifests": [{"digest": "sha256:1", "annotations": said}]}
    kept = {"digest": "sha256:1", "annotations": {"io.containerd.image.name": own}}
    found = read(through(entering(SCOPE), tar(("index.json", index))))
    assert {"index.json": {"schemaVersion": 2, "manifests": [kept]}} == found


def test_an_image_without_a_name_has_none() -> None:
    sent = tar(("manifest.json", [{"Config": "c.json", "RepoTags": None, "Layers": []}]))
    (image,) = read(through(entering(SCOPE), sent))["manifest.json"]
    assert {"Config": "c.json", "RepoTags": [], "Layers": []} == image


HOSTILE: dict[str, bytes] = {
    "a link in the place of the list": tar(("manifest.json", "-> other"), ("other", MANIFEST)),
    "a folder that is a link": tar(("a", "-> ."), ("a/manifest.json", MANIFEST)),
    "a layer that leads out": tar((f"{LAYER}/layer.tar", "-> /etc/shadow")),
    "a layer that leads up": tar((f"{LAYER}/layer.tar", "-> ../../etc/shadow")),
    "a link in the place of a layer": tar((f"{LAYER}/VERSION", f"-> ../{LAYER}/layer.tar")),
    "a path that leads out": tar(("../x", b"")),
    "an absolute path": tar(("/x", b"")),
    "two lists": tar(("manifest.json", MANIFEST), ("./manifest.json", MANIFEST)),
    "a path that only pax says": tar(("x", MANIFEST), pax_headers={"path": "manifest.json"}),
    "a size that only pax says": tar(("x", b"1"), pax_headers={"size": "0"}),
    "a sparse file": tar(("x", b"1"), pax_headers={"GNU.sparse.major": "1"}),
    "a long name": tar(("x/" * 80 + "manifest.json", MANIFEST), format=tarfile.GNU_FORMAT),
    "a hard link": tar(("x", b""), type=tarfile.LNKTYPE, linkname="manifest.json"),
    "a device": tar(("x", b""), type=tarfile.CHRTYPE),
    "a list with a key that is not known": tar(("manifest.json", [{"New": 1}])),
    "a list that says a thing twice": tar(
        ("manifest.json", b'[{"RepoTags":[],"repotags":["blog-web:latest"]}]')
    ),
    "a name that is none": tar(("manifest.json", [{"RepoTags": ["a b"]}])),
    "no list": tar(("manifest.json", {})),
    "no texts": tar(("manifest.json", [{"RepoTags": [7]}])),
    "no JSON": tar(("manifest.json", b"{")),
    "deep JSON": tar(("manifest.json", b"[" * 100_000)),
    "no archive": b"x" * 5000,
    "a cut one": tar(("manifest.json", MANIFEST))[:600],
    "names that are no table": tar(("repositories", {"site": 7})),
    "an index without a list": tar(("index.json", {"manifests": 7})),
    "a list of 5 MB": tar(("manifest.json", b" " * (5 << 20))),
}  # fmt: skip


@pytest.mark.parametrize("archive", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_is_read_in_two_ways_is_not_loaded(archive: bytes) -> None:
    with pytest.raises((Forbidden, RequestError)):
        through(entering(SCOPE), archive, 100_000)


def test_the_end_may_be_left_out_but_nothing_else() -> None:
    """As docker build -f - does it."""
    members: list[tuple[str, Any]] = [("c.json", {"config": {}}), ("manifest.json", MANIFEST)]
    whole = tar(*members).rstrip(b"\0")
    expected = read(through(entering(SCOPE), tar(*members)))
    for more in (0, 1, 100):
        assert expected == read(through(entering(SCOPE), whole + bytes(more)))
    last = tar(*members, ("x", b"1")).rstrip(b"\0")
    assert b"1" == read(through(entering(SCOPE), last))["x"]
    for cut in (whole[:-1], last[:-1], last[:-300]):
        with pytest.raises(RequestError, match="cut off"):
            through(entering(SCOPE), cut)


def test_what_is_saved_has_the_names_that_the_job_gave() -> None:
    saved = tar(
        (f"{LAYER}/layer.tar", b"box-job-1-2-in a file"),
        ("manifest.json", [{"RepoTags": ["box-job-1-2-site:one", "busybox:stable"]}]),
        ("repositories", {"box-job-1-2-site": {"one": LAYER}}),
    )
    assert {
        f"{LAYER}/layer.tar": b"box-job-1-2-in a file",
        "manifest.json": [{"RepoTags": ["site:one", "busybox:stable"]}],
        "repositories": {"site": {"one": LAYER}},
    } == read(through(leaving(SCOPE), saved))


async def _parts(data: bytes, step: int) -> AsyncIterator[bytes]:
    for at in range(0, len(data), step):
        yield data[at : at + step]


async def _whole(data: bytes, step: int) -> bytes:
    return b"".join([part async for part in passed(_parts(data, step), entering(SCOPE))])


COMPRESSIONS: list[Callable[[bytes], bytes]] = [
    lambda data: data,
    gzip.compress,
    lambda data: gzip.compress(data[:900]) + gzip.compress(data[900:]) + bytes(100),
    bz2.compress,
    lzma.compress,
]


@pytest.mark.parametrize("compress", COMPRESSIONS)
@pytest.mark.parametrize("step", [1, 1000, 1 << 20])
async def test_an_archive_may_be_compressed(compress: Callable[[bytes], bytes], step: int) -> None:
    sent = tar((f"{LAYER}/layer.tar", bytes(3 << 20)), ("manifest.json", MANIFEST))
    if step == 1:
        sent = tar(("manifest.json", MANIFEST))
    found = read(await _whole(compress(sent), step))
    assert "box-job-1-2-site:one" == found["manifest.json"][0]["RepoTags"][0]


@pytest.mark.parametrize("broken", [b"\x1f\x8bxxxxxxx", b"BZhxxxxxxx", b"\x28\xb5\x2f\xfdxx", b""])
async def test_what_cannot_be_uncompressed_is_told(broken: bytes) -> None:
    with pytest.raises(HomeportError):
        await _whole(broken or gzip.compress(tar(("x", b"1")))[:-20], 1000)

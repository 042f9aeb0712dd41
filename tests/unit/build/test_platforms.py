"""What an image is built for, and from which Dockerfile."""

from __future__ import annotations

from pathlib import Path

import pytest

from homeport.build.binfmt import is_registered, needed
from homeport.build.platforms import beside, builder_for, for_platform, platforms_of
from homeport.errors import RequestError, Unavailable
from homeport.model.image import Builder, Platform, read_platform
from homeport.model.stack import Build

AMD64, ARM64, ARM = Platform("amd64"), Platform("arm64"), Platform("arm", "v7")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("linux/arm/v7", ARM),
        ("armhf", ARM),
        ("linux/arm64/v8", ARM64),
        ("aarch64", ARM64),
        ("x86_64", AMD64),
        ("linux/arm", ARM),
        ("linux/arm/v6", Platform("arm", "v6")),
    ],
)
def test_people_have_several_names_for_one(text: str, expected: Platform) -> None:
    assert expected == read_platform(text)
    assert expected == read_platform(str(expected))


@pytest.mark.parametrize("text", ["windows/amd64", "", "linux/", "linux/arm/v7/x", "a b"])
def test_a_name_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(RequestError):
        read_platform(text)


def test_the_articles_three_dockerfiles(tmp_path: Path) -> None:
    for name in ("Dockerfile", "Dockerfile.armhf", "Dockerfile.aarch64", "Dockerfile.dev"):
        (tmp_path / name).write_text("FROM scratch\n")
    build = Build(context=str(tmp_path))
    endings = beside(build)
    assert endings == {ARM: "armhf", ARM64: "aarch64"}
    assert platforms_of((), endings, AMD64) == (AMD64, ARM, ARM64)
    # On the Pine64, the plain one is still that of the PC.
    assert platforms_of((), endings, ARM64) == (AMD64, ARM, ARM64)
    assert for_platform(build, AMD64, endings).dockerfile == ""
    assert for_platform(build, ARM, endings).dockerfile == "Dockerfile.armhf"


def test_what_the_file_says_goes_before(tmp_path: Path) -> None:
    assert platforms_of(("linux/arm64",), {ARM: "armhf"}, AMD64) == (ARM64,)
    assert platforms_of((), {}, ARM64) == (ARM64,)
    assert beside(Build(context=str(tmp_path / "absent"))) == {}


def test_a_machine_of_its_own_goes_before_an_emulator() -> None:
    pi = Builder(name="pi", host="ssh://pi", platform="linux/arm64")
    old = Builder(name="old", host="ssh://old", platform="linux/arm/v7")
    assert builder_for(ARM64, AMD64, [old, pi]) == pi
    assert builder_for(ARM, AMD64, [pi, old]) == old
    assert builder_for(ARM, AMD64, [pi]) == pi
    assert builder_for(AMD64, AMD64, [pi]) is None
    assert builder_for(ARM64, AMD64, []) is None


def test_an_emulator_where_the_processor_does_not_do() -> None:
    assert needed(AMD64, AMD64) is None
    assert needed(Platform("386"), AMD64) is None
    assert needed(ARM, ARM64) is None
    found = needed(ARM64, AMD64)
    assert found
    assert found.name == "qemu-aarch64"
    with pytest.raises(Unavailable, match="s390x"):
        needed(Platform("s390x"), AMD64)


def test_an_emulator_without_the_flag_f_is_not_there_for_containers(tmp_path: Path) -> None:
    emulator = needed(ARM64, AMD64)
    assert emulator
    assert not is_registered(emulator, tmp_path)
    entry = tmp_path / "qemu-aarch64"
    entry.write_text("enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: OC\n")
    assert not is_registered(emulator, tmp_path)
    entry.write_text("enabled\ninterpreter /usr/bin/qemu-aarch64-static\nflags: OCF\n")
    assert is_registered(emulator, tmp_path)

"""Jobs in C and C++."""

from __future__ import annotations

import subprocess

import pytest

from homeport.pipeline.compilers import compiler_packages, compilers
from homeport.pipeline.travis import Event, Job, plan


def job(text: str) -> Job:
    return plan(f"{text}\nscript: make\n", file=".travis.yml", event=Event()).jobs[0]


@pytest.mark.parametrize(
    ("text", "said", "packages"),
    [
        ("language: cpp", "g++ gcc g++", []),
        ("language: cpp\ncompiler: clang", "clang clang clang++", ["clang"]),
        ("language: cpp\ncompiler: [clang++, gcc]", "clang++ clang clang++", ["clang"]),
        ("language: cpp\ncompiler: g++-5", "g++-5 gcc g++", []),
        ("language: cpp\nenv: CXX=g++-7 CC=gcc-7", "g++ gcc-7 g++-7", []),
        ("language: c", "gcc gcc ", []),
        ("language: c\ncompiler: clang-3.8", "clang-3.8 clang-3.8 ", []),
        ("language: c\ncompiler: '$(id)'", "gcc gcc ", []),
        ("language: python", "  ", []),
    ],
)
def test_a_job_is_told_its_compiler_unless_the_file_says_another(
    text: str, said: str, packages: list[str]
) -> None:
    found = job(text)
    given = [f"export {one.name}={one.value}" for one in found.env]
    lines = [*given, *(one.line for one in compilers(found))]
    script = "\n".join([*lines, 'echo "$TRAVIS_COMPILER $CC $CXX"'])
    done = subprocess.run(
        ["bash", "-c", script], env={}, capture_output=True, text=True, check=True
    )
    assert (f"{said}\n", packages) == (done.stdout, compiler_packages(found))

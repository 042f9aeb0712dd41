"""What a program runs on, from its first bytes."""

from __future__ import annotations

import struct
import sys
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from homeport.build.binaries import fits, interpreter_of, loader_of, machine_of
from homeport.model.image import Platform


def elf(machine: int, *, wide: bool = True, little: bool = True) -> bytes:
    """The head of a program."""
    ident = b"\x7fELF" + bytes([2 if wide else 1, 1 if little else 2, 1]) + bytes(9)
    return ident + struct.pack("<HH" if little else ">HH", 2, machine) + bytes(64)


def test_each_machine_has_its_number() -> None:
    assert machine_of(elf(62)) == "amd64"
    assert machine_of(elf(183)) == "arm64"
    assert machine_of(elf(40, wide=False)) == "arm"
    assert machine_of(elf(3, wide=False)) == "386"
    assert machine_of(elf(22, little=False)) == "s390x"
    assert machine_of(elf(99)) == "machine 99"
    assert machine_of(b"#!/bin/sh") == ""


def test_a_script_names_its_interpreter() -> None:
    assert interpreter_of(b"#! /usr/bin/env python3\nprint()") == "/usr/bin/env"
    assert interpreter_of(b"#!\n") == ""
    assert interpreter_of(b"\x7fELF") == ""


def test_this_python_has_a_loader() -> None:
    head = Path(sys.executable).resolve().read_bytes()[:4096]
    assert "ld-" in loader_of(head)


def test_a_pc_runs_386_and_a_pine_gets_no_arm() -> None:
    assert fits("386", Platform("amd64"))
    assert not fits("arm", Platform("arm64"))
    assert fits("arm", Platform("arm", "v7"))


@given(st.binary(max_size=200))
def test_no_bytes_make_it_fail(content: bytes) -> None:
    for head in (content, b"\x7fELF" + content, b"#!" + content):
        machine_of(head)
        loader_of(head)
        interpreter_of(head)

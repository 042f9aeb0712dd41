"""What a program file runs on, from its first bytes. Pure.

Source: System V ABI, "ELF Header" and "Program Header"; Linux, fs/binfmt_script.c.
"""

from __future__ import annotations

import struct

from homeport.model.image import Platform

HEAD = 4096  # bytes that tell everything that is asked for here
_MACHINES = {
    (62, 2): "amd64",
    (3, 1): "386",
    (183, 2): "arm64",
    (40, 1): "arm",
    (243, 2): "riscv64",
    (21, 2): "ppc64le",
    (22, 2): "s390x",
    (258, 2): "loong64",
}
# What a processor runs of others: a program for the first is no mistake in an image for the second.
_ALSO = {("386", "amd64")}
_PT_INTERP = 3


def machine_of(head: bytes) -> str:
    """The architecture of an ELF file, as Go names it; "" where it is none that is known."""
    if len(head) < 20 or head[:4] != b"\x7fELF":
        return ""
    (machine,) = struct.unpack_from("<H" if head[5] == 1 else ">H", head, 18)
    return _MACHINES.get((machine, head[4]), f"machine {machine}")


def interpreter_of(head: bytes) -> str:
    """Who starts a script: the program behind `#!`; "" where it is no script."""
    if not head.startswith(b"#!"):
        return ""
    words = head[2:].split(b"\n", 1)[0].split()
    return words[0].decode(errors="replace") if words else ""


def loader_of(head: bytes) -> str:
    """The dynamic loader that an ELF file asks for (PT_INTERP); "" where it needs none."""
    try:
        return _loader(head) if machine_of(head) else ""
    except (struct.error, ValueError):
        return ""


def _loader(head: bytes) -> str:
    order, wide = "<" if head[5] == 1 else ">", head[4] == 2
    (offset,) = struct.unpack_from(order + ("Q" if wide else "I"), head, 32 if wide else 28)
    size, count = struct.unpack_from(f"{order}HH", head, 54 if wide else 42)
    for number in range(min(count, 64)):
        at = offset + number * size
        (kind,) = struct.unpack_from(f"{order}I", head, at)
        if kind == _PT_INTERP:
            where, length = (8, 32) if wide else (4, 16)
            (start,) = struct.unpack_from(order + ("Q" if wide else "I"), head, at + where)
            (long,) = struct.unpack_from(order + ("Q" if wide else "I"), head, at + length)
            return head[start : start + min(long, 256)].rstrip(b"\0").decode(errors="replace")
    return ""


def fits(machine: str, platform: Platform) -> bool:
    """Whether a program may be in an image of a platform."""
    return machine == platform.arch or (machine, platform.arch) in _ALSO

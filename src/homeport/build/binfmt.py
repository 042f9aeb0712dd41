"""Emulators: what lets this box run what was built for another architecture.

The kernel starts a program of another architecture through the interpreter that is registered for
its first bytes. With the flag F it keeps the interpreter open, so that containers need none inside.
Source: Linux, Documentation/admin-guide/binfmt-misc.rst; QEMU, scripts/qemu-binfmt-conf.sh.
"""

from __future__ import annotations

import asyncio
import contextlib
import shutil
from dataclasses import dataclass
from pathlib import Path

from homeport.engine import process
from homeport.errors import Unavailable
from homeport.model.image import Platform

FOLDER = Path("/proc/sys/fs/binfmt_misc")


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """An interpreter, and the first bytes of the programs that are its."""

    name: str  # qemu-aarch64
    magic: str
    mask: str

    @property
    def line(self) -> str:
        """What is written to binfmt_misc/register, but the interpreter and the flags."""
        return f":{self.name}:M::{self.magic}:{self.mask}"


_HEAD32 = r"\x7fELF\x01\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00"
_HEAD64 = r"\x7fELF\x02\x01\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x02\x00"
# Any OS ABI, and programs as well as position-independent ones (ET_EXEC 2, ET_DYN 3).
_MASK = r"\xff\xff\xff\xff\xff\xff\xff\x00\xff\xff\xff\xff\xff\xff\xff\xff\xfe\xff\xff\xff"
_EMULATORS = {
    "arm64": Emulator(name="qemu-aarch64", magic=_HEAD64 + r"\xb7\x00", mask=_MASK),
    "arm": Emulator(name="qemu-arm", magic=_HEAD32 + r"\x28\x00", mask=_MASK),
    "amd64": Emulator(name="qemu-x86_64", magic=_HEAD64 + r"\x3e\x00", mask=_MASK),
    "riscv64": Emulator(name="qemu-riscv64", magic=_HEAD64 + r"\xf3\x00", mask=_MASK),
    "ppc64le": Emulator(
        name="qemu-ppc64le",
        magic=_HEAD64 + r"\x15\x00",
        mask=_MASK[:-4] + r"\x00",
    ),
    "386": Emulator(name="qemu-i386", magic=_HEAD32 + r"\x03\x00", mask=_MASK),
}
# What a processor runs by itself, beside its own. Not every arm64 runs arm; where one does not,
# the kernel says so when it starts one, and an emulator that is registered goes before.
_RUNS = {"amd64": ("386",), "arm64": ("arm",)}


def needed(platform: Platform, native: Platform) -> Emulator | None:
    """The emulator that a platform needs on this box; None where it needs none.

    Raises:
        Unavailable: nobody here knows one.
    """
    if platform.arch == native.arch or platform.arch in _RUNS.get(native.arch, ()):
        return None
    try:
        return _EMULATORS[platform.arch]
    except KeyError:
        raise Unavailable(
            f"{platform} cannot be built on {native}: no emulator is known",
            hint="homeport builder add NAME ssh://HOST, where HOST is of that architecture",
        ) from None


def can_run(platform: Platform, native: Platform) -> bool:
    """Whether this box runs programs of a platform, or could with what is installed."""
    try:
        emulator = needed(platform, native)
        return emulator is None or is_registered(emulator) or bool(_interpreter(emulator, platform))
    except Unavailable:
        return False


def is_registered(emulator: Emulator, folder: Path = FOLDER) -> bool:
    """Whether the kernel knows it, also inside of containers (flag F)."""
    with contextlib.suppress(OSError):
        lines = (folder / emulator.name).read_text().splitlines()
        flags = next((line for line in lines if line.startswith("flags:")), "")
        return "enabled" in lines and "F" in flags
    return False


async def ensure(platform: Platform, native: Platform) -> str:
    """Make sure that programs of a platform run here; what was done, "" for nothing.

    Raises:
        Unavailable: no emulator is installed, or it may not be registered.
    """
    emulator = needed(platform, native)
    if emulator is None or is_registered(emulator):
        return ""
    interpreter = _interpreter(emulator, platform)
    await _mount()
    async with _once:
        if not is_registered(emulator):
            _register(emulator, interpreter)
    return f"emulator for {platform}: {interpreter}"


_once = asyncio.Lock()


def _interpreter(emulator: Emulator, platform: Platform) -> str:
    for name in (f"{emulator.name}-static", emulator.name):
        if found := shutil.which(name):
            return found
    raise Unavailable(
        f"{platform} cannot be built here: {emulator.name}-static is not installed",
        hint="apt-get install qemu-user-static, or homeport builder add NAME ssh://HOST",
    )


async def _mount() -> None:
    if (FOLDER / "register").exists():
        return
    await process.run(["modprobe", "binfmt_misc"]) if shutil.which("modprobe") else None
    done = await process.run(["mount", "-t", "binfmt_misc", "binfmt_misc", str(FOLDER)])
    if done.status and not (FOLDER / "register").exists():
        raise Unavailable(
            f"binfmt_misc cannot be mounted: {done.complaint}",
            hint="as root, once: script/bootstrap, or apt-get install binfmt-support",
        )


def _register(emulator: Emulator, interpreter: str) -> None:
    """O: hand over the open program, C: with its credentials, F: keep the interpreter open."""
    with contextlib.suppress(OSError):
        (FOLDER / emulator.name).write_text("-1")  # one without F, or of another interpreter
    try:
        (FOLDER / "register").write_text(f"{emulator.line}:{interpreter}:OCF\n")
    except OSError as error:
        raise Unavailable(
            f"{emulator.name} cannot be registered: {error.strerror}",
            hint="as root, once: apt-get install qemu-user-static binfmt-support",
        ) from error

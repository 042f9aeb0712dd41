"""Build images with BuildKit, and keep with each what it was built from."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from homeport.build.command import Wanted, buildx, environment
from homeport.build.progress import Progress, cause
from homeport.build.text import read_text
from homeport.engine import process
from homeport.engine.images import FULL, ROOM
from homeport.engine.scratch import scratch_in
from homeport.errors import EngineDown, FileFault, HomeportError

_KEPT_LINES = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class Built:
    """An image that was built."""

    image_id: str
    seconds: float
    steps: int
    cached: int
    reused: bool = False  # an earlier build had the same input: nothing was built


async def build(
    wanted: Wanted,
    *,
    record_dir: Path,
    scratch: Path,
    say: Callable[[str], None],
    where: Mapping[str, str] | None = None,
) -> Built:
    """Build one image; each line of BuildKit's output goes to `say` as it comes.

    Args:
        wanted: the image.
        record_dir: where the Dockerfile and the arguments of this build are kept.
        scratch: the folder for what is needed meanwhile.
        say: called with each line.
        where: the environment in which docker reaches another Engine, which builds.

    Raises:
        FileFault: there is no Dockerfile.
        HomeportError: the build failed; the message is BuildKit's.
    """
    began = time.monotonic()
    dockerfile = _read_dockerfile(wanted)
    _keep(record_dir, wanted, dockerfile)
    progress, lines = Progress(), list[str]()
    with scratch_in(scratch, "build") as folder:
        iidfile = folder / "iid"
        argv = buildx(wanted, iidfile=str(iidfile))
        stdin = wanted.build.dockerfile_inline.encode()
        # buildx leaves the Dockerfile that it was told in a folder of its own.
        env = {**_environment(wanted, where), "TMPDIR": str(folder)}
        async with process.stream(argv, env=env, stdin=stdin) as output:
            async for raw in output:
                line = raw.decode(errors="replace")
                progress.feed(line)
                lines = [*lines[-_KEPT_LINES:], line]
                say(line)
        if output.status:
            raise _failure(wanted, cause(lines))
        image_id = iidfile.read_text().strip()
    return Built(
        image_id=image_id,
        seconds=time.monotonic() - began,
        steps=len(progress.steps),
        cached=len(progress.cached & progress.steps),
    )


def _failure(wanted: Wanted, why: str) -> HomeportError:
    if "Cannot connect to the Docker daemon" in why:
        return EngineDown(
            "the Docker Engine does not answer",
            hint="homeport doctor; then homeport run retry, or push again",
        )
    if FULL in why:
        text = f"the image of {wanted.service} could not be built: the Engine's disk is full"
        return HomeportError(text, hint=ROOM)
    return HomeportError(
        f"the image of {wanted.service} could not be built: {why}",
        hint="the lines above are BuildKit's; fix the Dockerfile or the code, push again",
    )


# Colours and cursor movements have no place in a log.
_ENVIRONMENT = {"BUILDKIT_COLORS": "", "NO_COLOR": "1", "BUILDX_NO_DEFAULT_ATTESTATIONS": "1"}


def _environment(wanted: Wanted, where: Mapping[str, str] | None) -> dict[str, str]:
    return {**environment(wanted), **_ENVIRONMENT, **(where or {})}


def declares(dockerfile: str, argument: str) -> bool:
    """Whether a Dockerfile has `ARG argument`, so that handing it over has a meaning."""
    return any(
        line.strip().split("=")[0].split() == ["ARG", argument] for line in dockerfile.splitlines()
    )


def read_dockerfile(context: str, name: str) -> str | None:
    """The text of a Dockerfile in a local context; None where there is none."""
    path = Path(context) / (name or "Dockerfile")
    return read_text(path) if path.is_file() else None


def _read_dockerfile(wanted: Wanted) -> str:
    build = wanted.build
    if build.dockerfile_inline:
        return build.dockerfile_inline
    if not Path(build.context).is_dir():
        return f"# from {build.context}\n"
    text = read_dockerfile(build.context, build.dockerfile)
    if text is None:
        raise FileFault(
            f"service {wanted.service} is built from it, but it is not there",
            file=build.dockerfile or "Dockerfile",
            hint="add it, or name another one in `build.dockerfile`",
        )
    return text


def _keep(folder: Path, wanted: Wanted, dockerfile: str) -> None:
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    (folder / f"{wanted.service}.Dockerfile").write_text(dockerfile)

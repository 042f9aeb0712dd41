"""Whether the work tree of an app is kept between builds: 5,000 files, one of which changes."""

from __future__ import annotations

import random
import shutil
import time
from functools import partial
from pathlib import Path

from bench.choices.table import Column, Table
from bench.lab import Lab, docker, lab, run, say
from bench.pairs import interleaved
from bench.repository import git_environment

FOLDERS, FILES, SIZE = 50, 100, 10_000
COLUMNS = (
    Column("checkout", "checkout, ms"),
    Column("build", "build, ms"),
    Column("both", "both, ms"),
)


def measure(rounds: int) -> Table:
    """Check the next commit out, build it; in a tree that is kept, and in one that is new."""
    with lab() as place:
        source = place.folder / "source"
        _make_source(source)
        subjects = {
            "kept": partial(_once, place, source, kept=True),
            "new for each build": partial(_once, place, source, kept=False),
        }
        interleaved(subjects, 2)
        return Table("Work tree of a build", COLUMNS, interleaved(subjects, rounds, say))


def _once(place: Lab, source: Path, *, kept: bool) -> dict[str, float]:
    _commit(source)
    tree = place.folder / ("kept" if kept else "new")
    if not kept:
        shutil.rmtree(tree, ignore_errors=True)
    tree.mkdir(exist_ok=True)
    index = git_environment() | {"GIT_INDEX_FILE": f"{tree}.index"}
    if not kept:
        Path(f"{tree}.index").unlink(missing_ok=True)
    start = time.perf_counter()
    run("git", f"--work-tree={tree}", "checkout", "-qf", "main", "--", ".", cwd=source, env=index)
    middle = time.perf_counter()
    docker("buildx", "build", "-q", "-t", f"{place.name}-{tree.name}", str(tree))
    end = time.perf_counter()
    parts = {"checkout": middle - start, "build": end - middle, "both": end - start}
    return {name: seconds * 1000 for name, seconds in parts.items()}


def _make_source(source: Path) -> None:
    for folder in range(FOLDERS):
        (source / f"folder{folder}").mkdir(parents=True)
        for file in range(FILES):
            (source / f"folder{folder}/{file}").write_bytes(random.randbytes(SIZE))
    copies = "".join(f"COPY folder{folder} /folder{folder}\n" for folder in range(FOLDERS))
    (source / "Dockerfile").write_text(f"FROM busybox:stable\n{copies}COPY version /\n")
    run("git", "init", "-q", "-b", "main", cwd=source, env=git_environment())


def _commit(source: Path) -> None:
    (source / "version").write_text(f"{time.time_ns()}\n")
    run("git", "add", "-A", cwd=source, env=git_environment())
    run("git", "commit", "-q", "-m", "next", cwd=source, env=git_environment())

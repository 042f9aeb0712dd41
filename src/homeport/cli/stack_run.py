"""What each command of `homeport stack` does with a project that it has found."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable, Coroutine, Mapping
from typing import Any

from homeport.cli.interrupts import end_at_once
from homeport.cli.project import Project
from homeport.cli.reading import Reading


def plan(found: Reading, *, as_json: bool) -> None:
    """Print what `up` would do: each step, what it waits for, and why."""

    async def show(project: Project) -> None:
        planned = await project.plan(await project.read())
        text, summary = planned.pop("text"), planned.pop("summary")
        if as_json:
            print(json.dumps(planned))
            return
        for line in [*(f"warning: {text}" for text in planned["warnings"]), *summary]:
            print(line, file=sys.stderr)
        print(text or "nothing to do: all is as the file wants it", flush=True)
        print(f"predicted pause: {planned['pause']}", file=sys.stderr)

    _with_project(found, show)


def up(found: Reading, *, scale: Mapping[str, int], builds: bool) -> None:
    """Make the project what its file says, without dropping a request."""

    async def move(project: Project) -> None:
        wanted = await project.read(scale=scale)
        stack = project.stack(wanted)
        await project.pull(stack)
        if builds:
            await project.build(stack)
        await project.up(wanted)

    _with_project(found, move)


def down(found: Reading, *, volumes: bool) -> None:
    """Take the project's containers and networks away."""

    async def take_away(project: Project) -> None:
        await project.down(volumes=volumes)

    _with_project(found, take_away)


def ps(found: Reading, *, as_json: bool) -> None:
    """List the project's containers."""

    async def show(project: Project) -> None:
        rows = await project.containers()
        if as_json:
            print(json.dumps(rows))
            return
        for row in rows:
            print(f"{row['service']:<16} {row['name']:<32} {row['state']:<10} {row['health']}")

    _with_project(found, show)


def _with_project(found: Reading, use: Callable[[Project], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        async with contextlib.aclosing(await Project.open(found)) as project:
            await use(project)

    end_at_once()
    asyncio.run(main())

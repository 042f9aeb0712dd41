"""What a checkout's `.travis.yml` asks for, on the occasion of a run."""

from __future__ import annotations

import asyncio
import contextlib
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from homeport.build.binfmt import can_run
from homeport.delivery.jobs import Pushed
from homeport.delivery.workshop import Workshop
from homeport.errors import FileFault, HomeportError, NotFound
from homeport.events import Warned
from homeport.model.app import App, Run
from homeport.model.image import Platform
from homeport.pipeline import travis
from homeport.pipeline.limits import runs_on, told, untested
from homeport.pipeline.work import Occasion
from homeport.source import refs
from homeport.source.history import message

FILE = ".travis.yml"


class Skipped(HomeportError):
    """A commit that is not to be tested does not go live: that would be a guess."""


@dataclass(slots=True, kw_only=True)
class Pipeline:
    """A run's jobs, and what became of each."""

    shop: Workshop
    app: App
    run: Run
    config: travis.Config
    said: str  # the commit's message
    native: Platform  # of the box
    before: str  # the commit that its branch named; "" for a new one
    say: Callable[[str], None]
    pushed: list[Pushed] = field(default_factory=list)

    @property
    def occasion(self) -> Occasion:
        """What its jobs are run for."""
        branch, tag = _names(self.run)
        return Occasion(
            slug=self.app.name,
            branch=branch,
            tag=tag,
            commit=self.run.commit,
            message=self.said,
            before=self.before,
            run=self.run.number,
            arch=self.native.arch,
            pull=self.run.pull,
            url=f"{self.shop.pages}/runs/{self.run.number}",
            live=self.app.deploys(self.run.ref),
            deploys=True,
        )

    @property
    def runs(self) -> Callable[[travis.Job], bool]:
        """Whether a job runs on this box."""
        return runs_on(lambda platform: can_run(platform, self.native))

    @property
    def secrets(self) -> dict[str, str]:
        """What its jobs are given; none for a pull request of a fork."""
        if self.run.pull and self.run.pull.fork:
            return {}
        return self.shop.memory.secrets(self.app.name)

    async def opened(self, job: travis.Job) -> dict[str, str]:
        """What its encrypted variables say; nothing for a pull request of a fork."""
        hidden = [variable for variable in job.env if variable.encrypted]
        key = self.shop.memory.app_key(self.app.name) if hidden else ""
        if not key or (self.run.pull and self.run.pull.fork):
            return {}
        from homeport.pipeline.secure import opened  # 20 MB: only where there is something to open

        found = await asyncio.to_thread(opened, key, hidden)
        if len(found) < len({variable.value for variable in hidden}):
            text = f"{FILE}: a secure value is not for this app: homeport secret encrypt makes one"
            self.shop.memory.record(Warned(app=self.app.name, run=self.run.number, text=text))
        return found


async def read_pipeline(
    shop: Workshop, app: App, run: Run, tree: Path, say: Callable[[str], None]
) -> Pipeline | None:
    """What the `.travis.yml` of a checkout asks for; None where there is none, or not for this.

    Raises:
        FileFault: it cannot be read, is no file of the commit, makes too many jobs, or none that
            runs here.
        Skipped: the commit is pushed, and its message says `[skip ci]`.
    """
    path = _file_in(tree)
    if path is None:
        return None
    pipeline = await _read(shop, app, run, path, say)
    _warn(pipeline)
    if why := _left_out(pipeline):
        say(why)
        return None
    if not shop.untested:
        _tested(pipeline)
    return pipeline


async def _read(
    shop: Workshop, app: App, run: Run, path: Path, say: Callable[[str], None]
) -> Pipeline:
    said = await message(shop.repository(app.name), run.commit)
    event = _event(app, run, said)
    text = await asyncio.to_thread(_text_of, path)
    return Pipeline(
        shop=shop,
        app=app,
        run=run,
        config=await asyncio.to_thread(travis.plan, text, file=FILE, event=event),
        said=said,
        native=await shop.native(),
        before=await _before(shop, run),
        say=say,
    )


def _warn(pipeline: Pipeline) -> None:
    """Tell what of the file has no effect here."""
    app, run, memory = pipeline.app.name, pipeline.run, pipeline.shop.memory
    config, opens = pipeline.config, bool(memory.app_key(app))
    faults = [str(one) for one in config.messages if one.level is travis.Level.ERROR]
    left = told(config.jobs, opens=opens, runs=pipeline.runs, deploys=run.pull is None)
    for text in [*faults, *(f"{FILE}: {sentence}" for sentence in left)]:
        memory.record(Warned(app=app, run=run.number, text=text))


def _left_out(pipeline: Pipeline) -> str:
    """Why a commit has no jobs; "" where it has.

    Raises:
        Skipped: it is pushed, and its message asks for none.
    """
    branch, tag = _names(pipeline.run)
    if not travis.builds(pipeline.config.branches, tag or branch):
        return f"{FILE} leaves {tag or branch} out: no jobs"
    if not travis.skips(pipeline.said):
        return ""
    if pipeline.run.kind in ("push", "build"):
        raise Skipped("the message of the commit asks for no jobs: it is stored, and no more")
    return "the message of the commit asks for no jobs"


def _tested(pipeline: Pipeline) -> None:
    """Refuse what would go live as if it had passed.

    Raises:
        FileFault: no job of the file runs here.
    """
    if why := untested(pipeline.config.jobs, pipeline.runs):
        hint = "give it a job with os: linux; or with the setting untested on it goes live untested"
        raise FileFault(f"nothing was tested: {why}", file=FILE, field="jobs", hint=hint)


def _file_in(tree: Path) -> Path | None:
    """The file, where a link may lead within the checkout; None where there is none.

    Raises:
        FileFault: it is something else, and the commit would go live untested.
    """
    path = tree / FILE
    if not os.path.lexists(path):
        return None
    found = path.resolve()
    if found.is_file() and found.is_relative_to(tree.resolve()):
        return found
    what = "a link to no file of this commit" if path.is_symlink() else "no file"
    raise FileFault(f"is {what}", file=FILE, hint="without one a commit goes live untested")


def _text_of(path: Path) -> str:
    """As much of it as is read before it is too large: a small push may unpack to gigabytes."""
    with path.open(errors="replace") as file:
        return file.read(travis.MAX_BYTES + 1)


def _names(run: Run) -> tuple[str, str]:
    """Branch and tag; a tag's branch has its name, a pull request's is the one that it is for."""
    if run.pull:
        return run.pull.base, ""
    name = run.ref.removeprefix("refs/heads/").removeprefix("refs/tags/")
    return name, name if run.ref.startswith("refs/tags/") else ""


async def _before(shop: Workshop, run: Run) -> str:
    """What the branch named until this run; of a pull request, the branch that it is for."""
    ref = f"refs/heads/{run.pull.base}" if run.pull else run.ref
    with contextlib.suppress(NotFound):
        _, commit = await refs.resolve(shop.repository(run.app), ref)
        return "" if commit == run.commit else commit
    return ""


def _event(app: App, run: Run, said: str) -> travis.Event:
    """What happened, as far as conditions ask for it."""
    branch, tag = _names(run)
    event = travis.Event(branch=branch, tag=tag, commit_message=said, repo=app.name)
    if run.pull is None:
        return event
    return replace(
        event,
        type=travis.EventType.PULL_REQUEST,
        head_branch=run.pull.head,
        head_repo=run.pull.slug,
        fork=run.pull.fork,
    )

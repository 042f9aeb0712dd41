"""`homeport pipeline`: Travis's place, on this machine, now. No app and no daemon needed."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeport.cli import show
from homeport.errors import FileFault, NotFound

if TYPE_CHECKING:
    from homeport.cli.pipeline_run import Replayed
    from homeport.pipeline.travis.model import Config

NAME = ".travis.yml"


@click.group()
def pipeline() -> None:
    """Plan and run the jobs of a `.travis.yml`: no app and no daemon needed."""


@pipeline.command()
@click.argument("path", type=click.Path(path_type=Path), default=".", required=False)
@click.option("--branch", default="master", show_default=True, help="The branch that is pushed.")
@show.json_option
def plan(path: Path, branch: str, as_json: bool) -> None:
    """Print the jobs that a push would run, why each exists, and what is left out."""
    from homeport.pipeline.travis.model import Event
    from homeport.pipeline.travis.plan import plan as plan_jobs
    from homeport.pipeline.travis.printed import as_data

    file, text = _read(path)
    config = plan_jobs(text, file=str(file), event=Event(branch=branch))
    for message in config.messages:
        click.echo(str(message), err=True)
    if as_json:
        show.data(as_data(config))
    else:
        _explain(config, branch)


@pipeline.command()
@click.argument("path", type=click.Path(path_type=Path), default=".", required=False)
@click.option("--job", "jobs", multiple=True, help="Run this one alone: 1.2, or 2; again for more.")
@click.option("--branch", default="", help="The branch that jobs are told of; else the one here.")
@click.option("--env", "env", multiple=True, help="NAME=VALUE, or NAME of the environment: secret.")
@click.option("--from-run", "number", default=0, help="With images and branch of a run of the box.")
def run(path: Path, jobs: tuple[str, ...], branch: str, env: tuple[str, ...], number: int) -> None:
    """Run the jobs on the working tree, as the box would; nothing is pushed or deployed."""
    from homeport.cli import pipeline_run as local
    from homeport.settings.read import read_settings

    file, text = _read(path)
    wanted = local.LocalRun(
        file=file,
        text=text,
        settings=read_settings(os.environ),
        branch=branch,
        only=jobs,
        secrets=local.read_secrets(env),
        replayed=_replayed(number) if number else local.Replayed(),
    )
    if not local.run(wanted):
        raise SystemExit(1)


def _replayed(number: int) -> Replayed:
    """What a run of the box ran with."""
    from homeport.cli.client import connect
    from homeport.cli.pipeline_run import Replayed

    client = connect()
    branch = client.get(f"/api/runs/{number}")["ref"].removeprefix("refs/heads/")
    found = client.get(f"/api/runs/{number}/jobs")
    images = {job["number"]: job["image"] for job in found if job["image"]}
    return Replayed(number=number, branch=branch, images=images)


def _explain(config: Config, branch: str) -> None:
    from homeport.pipeline.travis import explain
    from homeport.pipeline.travis.branches import builds

    show.table(explain.HEAD, explain.rows(config), nothing="no job runs")
    for line in explain.left_out(config):
        click.echo(line, err=True)
    if not builds(config.branches, branch):
        click.echo(
            f"warning: branches: leaves {branch} out: a push to it runs none of these", err=True
        )
    click.echo(explain.summary(config), err=True)


def _read(path: Path) -> tuple[Path, str]:
    """The file that is meant, and its text."""
    file = path / NAME if path.is_dir() else path
    if not file.is_file():
        raise NotFound(f"{file} is not there", hint="homeport pipeline plan FILE")
    try:
        return file, file.read_text(encoding="utf-8")
    except UnicodeDecodeError as error:
        line = error.object.count(b"\n", 0, error.start) + 1
        hint = "save it as UTF-8"
        raise FileFault("is no UTF-8", file=str(file), line=line, hint=hint) from error

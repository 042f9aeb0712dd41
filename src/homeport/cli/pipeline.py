"""`homeport pipeline`: Travis's place, on this machine, now. No app and no daemon needed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from homeport.cli import show
from homeport.errors import FileFault, NotFound

if TYPE_CHECKING:
    from homeport.pipeline.travis.model import Config

NAME = ".travis.yml"


@click.group()
def pipeline() -> None:
    """Plan the jobs of a `.travis.yml`: no app and no daemon needed."""


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

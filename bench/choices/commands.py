"""What reads the command line: the time of `--help` of a tool with 62 commands in 12 groups."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path

from bench.choices import environment
from bench.choices.table import Column, Table
from bench.lab import lab, say
from bench.pairs import interleaved

GROUPS = [f"group{number}" for number in range(12)]
ACTIONS = ["list", "show", "create", "set", "remove"]
EXTRA = ["up", "down"]
COLUMNS = (
    Column("help", "`--help`, ms"),
    Column("group", "`group3 --help`, ms"),
    Column("command", "`group3 list`, ms"),
)

_CLICK = """
@click.command("{name}", help="{name} it.")
@click.argument("what", default="")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
def {name}_(what: str, as_json: bool) -> None:
    pass
"""
_TYPER = """
@{app}.command("{name}", help="{name} it.")
def {name}_(what: str = typer.Argument(""), json: bool = typer.Option(False, help="Print JSON.")):
    pass
"""
_LAZY = """
class Lazy(click.Group):
    def list_commands(self, context):
        return sorted([*self.commands, *{groups}])

    def get_command(self, context, name):
        if name in {groups}:
            return getattr(__import__(name), name)
        return super().get_command(context, name)

    def format_commands(self, context, formatter):
        with formatter.section("Commands"):
            formatter.write_dl([(name, name + " it.") for name in self.list_commands(context)])
"""


def measure(rounds: int) -> Table:
    """Write the tools, then call each in three ways."""
    with lab() as place:
        subjects = {"Python alone (the floor)": _floor}
        for name, (write, imports) in TOOLS.items():
            folder = place.folder / str(len(subjects))
            folder.mkdir()
            subjects[name] = partial(_once, write(folder, imports))
        interleaved(subjects, 1)
        return Table("Command line", COLUMNS, interleaved(subjects, rounds, say))


def _floor() -> dict[str, float]:
    return {column.key: environment.timed("-c", "pass")[0] for column in COLUMNS}


def _once(main: Path) -> dict[str, float]:
    return {
        "help": environment.timed(main, "--help")[0],
        "group": environment.timed(main, "group3", "--help")[0],
        "command": environment.timed(main, "group3", "list")[0],
    }


def _click(folder: Path, imports: str) -> Path:
    groups = _write_click_groups(folder, imports)
    adds = "".join(f"cli.add_command({group}.{group})\n" for group in GROUPS)
    cli = "@click.group()\ndef cli() -> None:\n    pass\n"
    return _write(folder / "main.py", f"import click\n{groups}\n{cli}{adds}{_click_extra()}cli()\n")


def _lazy_click(folder: Path, imports: str) -> Path:
    _write_click_groups(folder, imports)
    lazy = _LAZY.format(groups=GROUPS)
    cli = "@click.group(cls=Lazy)\ndef cli() -> None:\n    pass\n"
    return _write(folder / "main.py", f"import click\n{lazy}\n{cli}{_click_extra()}cli()\n")


def _click_extra() -> str:
    return "".join(_CLICK.format(name=name) + f"cli.add_command({name}_)\n" for name in EXTRA)


def _write_click_groups(folder: Path, imports: str) -> str:
    for group in GROUPS:
        commands = "".join(
            _CLICK.format(name=name) + f"{group}.add_command({name}_)\n" for name in ACTIONS
        )
        head = f'@click.group(help="{group} it.")\ndef {group}() -> None:\n    pass\n'
        _write(folder / f"{group}.py", f"import click\n{imports}\n{head}{commands}")
    return "".join(f"import {group}\n" for group in GROUPS)


def _typer(folder: Path, imports: str) -> Path:
    for group in GROUPS:
        commands = "".join(_TYPER.format(app=group, name=name) for name in ACTIONS)
        app = f'{group} = typer.Typer(help="{group} it.")\n'
        _write(folder / f"{group}.py", f"import typer\n{imports}\n{app}{commands}")
    groups = "".join(f"import {group}\n" for group in GROUPS)
    adds = "".join(f'cli.add_typer({group}.{group}, name="{group}")\n' for group in GROUPS)
    extra = "".join(_TYPER.format(app="cli", name=name) for name in EXTRA)
    cli = f"cli = typer.Typer()\n{adds}{extra}\ncli()\n"
    return _write(folder / "main.py", f"import typer\n{groups}\n{cli}")


def _write(file: Path, content: str) -> Path:
    file.write_text(content)
    return file


# What a command of homeport works with, imported at the top of its file, where imports belong.
_WORK = "import asyncio, h11, msgspec"
TOOLS: dict[str, tuple[Callable[[Path, str], Path], str]] = {
    "click, no group imports anything": (_click, ""),
    "click, groups import asyncio, h11, msgspec": (_click, _WORK),
    "the same, each group imported when called": (_lazy_click, _WORK),
    "Typer, no group imports anything": (_typer, ""),
    "Typer, groups import asyncio, h11, msgspec": (_typer, _WORK),
}

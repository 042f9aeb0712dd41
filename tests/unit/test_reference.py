"""docs/reference.md says everything that homeport has, and nothing that it has not."""

from __future__ import annotations

import json
import re
import shlex
import subprocess
import sys
from collections.abc import Iterable, Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import click
import pytest
from click.testing import CliRunner
from msgspec.structs import replace

from homeport.build.command import INPUTS, image_labels
from homeport.build.judge import SCAN
from homeport.cli.main import homeport
from homeport.errors import HomeportError
from homeport.events import KINDS, Event
from homeport.model.app import RunState
from homeport.model.container import Phase
from homeport.model.rules.read import GROUPS, KEYS
from homeport.model.stack import GivenFile, Order
from homeport.pipeline.gate.scope import LABEL, RUN
from homeport.settings import MEANINGS, Settings
from homeport.stack.extension import TOP_KEYS
from homeport.stack.labels import IMAGE, PREFIX, replica_labels
from homeport.stack.single import single_service
from homeport.web.app import build_app
from homeport.web.context import Context

ROOT = Path(__file__).parents[2]
REFERENCE = ROOT / "docs/reference.md"
PAGES = sorted((ROOT / "docs/howto").glob("*.md"))
AGREED: dict[str, list[str]] = {"not in the reference": [], "in the reference alone": []}


# --- the reference, taken apart ---


def rows(section: str) -> list[list[str]]:
    """The rows of the tables below a heading, heads left out."""
    text = REFERENCE.read_text().split(f"\n## {section}\n")[1].split("\n## ")[0]
    tables = re.findall(r"^\|(?:-+\|)+\n((?:\|.*\n)+)", text, re.MULTILINE)
    return [
        [cell.strip() for cell in line.strip("|").split(" | ")]
        for table in tables
        for line in table.splitlines()
    ]


def codes(cell: str) -> list[str]:
    """What a cell says `like this`."""
    return re.findall(r"`([^`]+)`", cell)


def first_codes(section: str) -> set[str]:
    """What the first column of a section's tables says `like this`."""
    return {code for row in rows(section) for code in codes(row[0])}


def compared(there: Iterable[str], documented: Iterable[str]) -> dict[str, list[str]]:
    """Both differences, with names."""
    ours, theirs = set(there), set(documented)
    return dict(zip(AGREED, (sorted(ours - theirs), sorted(theirs - ours)), strict=True))


def documented_commands() -> dict[str, str]:
    """`homeport logs APP [SERVICE]`, `homeport logs -n, --tail TEXT` and so on -> what it says."""
    found, command = {}, ""
    for row in rows("Commands"):
        name = codes(row[0])[0]
        if name.startswith("homeport "):
            command = " ".join(word for word in name.split() if re.fullmatch(r"[a-z-]+", word))
        else:
            name = f"{command} {name}"
        found[name] = row[1]
    return found


# --- what there is ---


def contexts(command: click.Command, parent: click.Context | None) -> Iterator[click.Context]:
    """A context for each command, groups included."""
    context = click.Context(command, parent, info_name=command.name)
    yield context
    if isinstance(command, click.Group):
        for name in command.list_commands(context):
            child = command.get_command(context, name)
            assert child, f"{name} is listed, and cannot be loaded"
            assert child.name == name
            yield from contexts(child, context)


COMMANDS = list(contexts(homeport, None))


def commands() -> dict[str, str]:
    """As documented_commands, from click: what --help says."""
    return {
        name: text
        for context in COMMANDS
        if not isinstance(context.command, click.Group)
        for name, text in described(context)
    }


def described(context: click.Context) -> Iterator[tuple[str, str]]:
    """A command with its arguments, and each of its options, with their help."""
    command, path = context.command, context.command_path
    arguments = [part for part in command.collect_usage_pieces(context) if part != "[OPTIONS]"]
    yield " ".join([path, *arguments]), str(command.help)
    for parameter in command.params:
        record = parameter.get_help_record(context) if isinstance(parameter, click.Option) else None
        if record:
            yield f"{path} {record[0]}", record[1]


def kinds() -> dict[str, tuple[str, ...]]:
    """Each event with its own fields."""
    common = Event.__struct_fields__
    return {
        name: tuple(field for field in kind.__struct_fields__ if field not in common)
        for name, kind in KINDS.items()
    }


def routes() -> set[str]:
    """`GET /api/apps/{app}` and so on: nothing answers here, so nothing stands behind them."""
    nobody: dict[str, Any] = {field.name: Mock() for field in fields(Context)}
    found: Any = build_app(Context(**nobody)).routes
    return {
        f"{method} {re.sub(r':[a-z]+}', '}', route.path)}"
        for route in found
        for method in route.methods - {"HEAD"}
    }


def labels() -> set[str]:
    """Every label that is put on a container, a network, a volume or an image."""
    stack = single_service("app", "image", exposed_port=80, host="app.localhost")
    whole = replace(stack, environment_file=".env", dns="off")
    web = replace(
        stack.services["web"],
        files=(GivenFile(path="/run/secrets/key", content=""),),
        order=Order.STOP_FIRST,
        hold=9.0,
        route={"KEY": ""},
    )
    replica = replica_labels(whole, web, number=1, instance="0")
    image = image_labels(app="app", commit="0" * 40, created="", ref="refs/heads/main")
    whose = {LABEL, RUN, SCAN, INPUTS}
    return {
        IMAGE,
        *whose,
        *replica,
        *stack.networks["default"].body["Labels"],
        *image,
        f"{PREFIX}volume",
    }


def errors(kind: type[HomeportError] = HomeportError) -> Iterator[type[HomeportError]]:
    """Every error that ends a command: those of a room's own are told as somebody's reason."""
    yield kind
    for sub in kind.__subclasses__():
        if sub.__module__.startswith(("homeport.errors", "homeport.execute", "homeport.model.")):
            yield from errors(sub)


# --- both ways ---


def test_the_reference_has_every_command_argument_and_option_and_no_other() -> None:
    assert AGREED == compared(commands(), documented_commands())


def test_the_reference_begins_with_the_words_of_help() -> None:
    """It may say more."""
    said = documented_commands()
    other = [name for name, text in commands().items() if not said[name].startswith(text)]
    assert [] == other


def test_the_reference_has_every_setting_with_its_variable_default_and_meaning() -> None:
    there = [
        f"{name} HOMEPORT_{name.upper()} {json.dumps(default)} {MEANINGS[name]}"
        for name, default in Settings._field_defaults.items()
    ]
    documented = [" ".join(cell.strip("`") for cell in row) for row in rows("Settings")]
    assert AGREED == compared(there, documented)


def test_the_reference_has_every_event_with_its_fields_and_no_other() -> None:
    documented = {codes(row[0])[0]: tuple(codes(row[1])) for row in rows("Events")}
    assert kinds() == documented


def test_the_reference_has_every_key_of_x_homeport_and_no_other() -> None:
    assert AGREED == compared(TOP_KEYS, first_codes("x-homeport"))


def test_the_reference_has_every_route_of_the_api_and_no_other() -> None:
    documented = {f"{row[0]} {codes(row[1])[0]}" for row in rows("HTTP API")}
    assert AGREED == compared(routes(), documented)


def test_the_reference_has_every_label_and_no_other() -> None:
    assert AGREED == compared(labels(), first_codes("Labels"))


def test_the_reference_has_every_variable_of_a_container_and_no_other() -> None:
    """With the labels of nginx-proxy's that are not about certificates."""
    texts = [path.read_text() for path in (ROOT / "src").rglob("*.py")]
    read = {name for text in texts for name in re.findall(r"VIRTUAL_[A-Z_]+", text)}
    read |= {"ACME_HTTP_CHALLENGE_LOCATION", "NETWORK_ACCESS", "SERVER_TOKENS"}
    assert AGREED == compared(
        {*read, "keepalive", "loadbalance"}, first_codes("VIRTUAL_* variables")
    )


def test_the_reference_has_every_key_of_a_route_and_no_other() -> None:
    known = {key for key in KEYS if key not in ("rate", "forward_auth", "canary")} | set(GROUPS)
    assert AGREED == compared(known, first_codes("x-homeport.route") - {"homeport.route.KEY"})


def test_the_reference_has_every_phase_of_a_container_and_no_other() -> None:
    suffixes = [f".{phase}" for phase in Phase if phase is not Phase.IN_SERVICE]
    assert AGREED == compared(suffixes, first_codes("Names of containers"))


def test_the_reference_has_every_state_of_a_run_and_no_other() -> None:
    assert AGREED == compared(RunState, first_codes("States of a run"))


def test_the_reference_has_the_exit_status_of_every_error() -> None:
    there = {kind.__name__: str(kind.exit_status) for kind in errors()}
    documented = {name: codes(r[0])[0] for r in rows("Exit statuses") for name in codes(r[2])}
    assert there == documented


@pytest.mark.parametrize("context", COMMANDS, ids=lambda context: context.command_path)
def test_help_says_what_a_command_does_in_a_sentence(context: click.Context) -> None:
    arguments = context.command_path.split()[1:]
    result = CliRunner().invoke(homeport, [*arguments, "--help"])
    sentence = str(context.command.help).splitlines()[0]
    assert (0, True) == (result.exit_code, sentence.endswith("."))
    assert sentence.split(".")[0] in " ".join(result.output.split())


def test_the_command_line_starts_without_what_the_daemon_is_made_of() -> None:
    heavy = ("asyncio", "starlette", "jinja2", "uvicorn")
    program = f"import sys, homeport.cli.main; print([m for m in {heavy} if m in sys.modules])"
    assert "[]\n" == subprocess.check_output([sys.executable, "-c", program], text=True)


# --- the pages by task ---


def test_every_page_stands_in_the_index_and_every_link_leads_somewhere() -> None:
    index = (ROOT / "docs/howto/README.md").read_text()
    missing = [page.name for page in PAGES if page.name != "README.md" and page.name not in index]
    assert [] == missing
    links = [
        page.parent / link
        for page in (*PAGES, REFERENCE)
        for link in re.findall(r"\]\(([^)#]+)[^)]*\)", page.read_text())
    ]
    assert [] == [str(link) for link in links if not link.exists()]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_every_command_on_a_page_is_one_that_homeport_understands(page: Path) -> None:
    blocks = re.findall(r"^```sh\n(.*?)^```", page.read_text(), re.MULTILINE | re.DOTALL)
    lines = "".join(blocks).replace("\\\n", "").splitlines()
    assert [] == [f"{line}: {fault}" for line in lines if (fault := misunderstood(line))]


def misunderstood(line: str) -> str:
    """Why homeport would refuse a line of a shell, "" where it would not."""
    words = shlex.split(line.partition(" | ")[0], comments=True)
    paths = [" ".join(words[:size]) for size in range(1, len(words) + 1)]
    found = [context.command for context in COMMANDS if context.command_path in paths]
    if words[:1] != ["homeport"]:
        return ""
    if isinstance(found[-1], click.Group):
        return "there is no such command"
    try:
        found[-1].make_context(None, words[len(found) :])
    except click.ClickException as error:
        return error.format_message()
    return ""

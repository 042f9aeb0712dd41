"""Which command stands in which file."""

from __future__ import annotations

import importlib
import sys

import click

from homeport import __version__
from homeport.cli.ending import status_of

# name -> (module, attribute, what --help says): nothing is imported to show the list.
_COMMANDS = {
    "up": ("daemon", "up", "Start homeport: the daemon and its nginx."),
    "down": ("daemon", "down", "Stop the daemon; what is live stays live."),
    "status": ("status", "status", "What runs, and where."),
    "doctor": ("doctor", "doctor", "What is wrong with this box, and what to do about it."),
    "events": ("events", "events", "What happened, and what happens."),
    "app": ("apps", "app", "Create, show, change and remove apps."),
    "deploy": ("deploys", "deploy", "Deploy what was pushed, once more."),
    "rollback": ("deploys", "rollback", "Go back to a release that was live."),
    "releases": ("deploys", "releases", "The releases of an app."),
    "scale": ("deploys", "scale", "Say how many replicas a service has."),
    "runs": ("runs", "runs", "The runs of an app."),
    "run": ("runs", "run", "Show, follow, cancel and retry a run."),
    "logs": ("logs", "logs", "What an app's containers print."),
    "image": ("images", "image", "Images in the registry of this box."),
    "builder": ("builders", "builder", "Machines that build for other processors."),
    "registry": ("registries", "registry", "Other registries: private images."),
    "token": ("tokens", "token", "Tokens: passwords for git, the API and the registry."),
    "key": ("keys", "key", "Keys: who may push and fetch over SSH."),
    "cert": ("certs", "cert", "Certificates: which there are, and until when."),
    "secret": ("secrets", "secret", "Secrets that jobs are given, and nobody is shown."),
    "notify": ("notify", "notify", "Send a notification, to see whether it arrives."),
    "stack": ("stack", "stack", "Plan and apply a compose file: docker compose's place."),
    "pipeline": ("pipeline", "pipeline", "The jobs of a .travis.yml: Travis's place."),
    "gen": ("gen", "gen", "Files from templates over containers: docker-gen's place."),
    "ddns": ("ddns", "ddns", "Names at the address of this box: ddclient's place."),
    "proxy": ("proxy", "proxy", "The routes, and why a name answers what it answers."),
}


class Lazy(click.Group):
    """A group that imports a command when it is called."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return list(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        if cmd_name not in _COMMANDS:
            return None
        module, attribute, _ = _COMMANDS[cmd_name]
        command = getattr(importlib.import_module(f"homeport.cli.{module}"), attribute)
        return command if isinstance(command, click.Command) else None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list from the table above, without importing what it lists."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, _, text) in _COMMANDS.items()])


@click.group(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="homeport")
def homeport() -> None:
    """Continuous deployment for a box you own: git push, and it is live."""


def run() -> None:
    """Run the command line, and end the process with its exit status."""
    sys.exit(status_of(_run))


def _run() -> None:
    try:
        homeport(standalone_mode=False)
    except click.ClickException as error:
        error.show()
        sys.exit(2)
    except click.Abort:
        sys.exit(130)

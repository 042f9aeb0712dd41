"""`homeport gen`: docker-gen's place. Its own composition root: no store, no daemon."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    import ssl

    from homeport.proxy.gen.options import TemplateConfig


_Decorator = Callable[[Callable[..., None]], Callable[..., None]]


class GoCommand(click.Command):
    """A command whose options have one dash or two, and whose flags may be `-watch=true`."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        from homeport.proxy.gen.options import plain_booleans

        flags = [o for p in self.params if getattr(p, "is_flag", False) for o in p.opts]
        options = [o for p in self.params if isinstance(p, click.Option) for o in p.opts]
        return super().parse_args(ctx, plain_booleans(args, set(flags), set(options)))


def _flag(name: str, text: str) -> _Decorator:
    return click.option(f"-{name}", f"--{name}", is_flag=True, help=text)


def _value(name: str, text: str, **more: Any) -> _Decorator:
    return click.option(f"-{name}", f"--{name}", help=text, **more)


@click.command(
    cls=GoCommand,
    context_settings={
        "allow_interspersed_args": False,
        "help_option_names": ["-h", "-help", "--help"],
    },
)
@click.argument("template", metavar="[TEMPLATE]", required=False)
@click.argument("dest", metavar="[DEST]", required=False)
@_flag("watch", "Generate again whenever a container changes.")
@_value("wait", "Seconds of quiet after a change, and the longest: 500ms:2s.", default="")
@_value("check", "Where this command fails, the file is put back: 'nginx -t'.", default="")
@_value("notify", "Run this command when the file has changed.", default="")
@_flag("notify-output", "Tell what the command prints.")
@_value("notify-sighup", "Send HUP to this container; again for more.", multiple=True)
@_value("notify-container", "Send -notify-signal to this container; again.", multiple=True)
@_value("notify-signal", "Number of that signal; -1 restarts.  [default: 1]", type=int, default=1)
@_value("notify-filter", "Send it to containers that match NAME=VALUE; again.", multiple=True)
@_flag("only-exposed", "Only containers with exposed ports.")
@_flag("only-published", "Only containers with published ports.")
@_flag("include-stopped", "Containers that do not run, too.")
@_value("container-filter", "Only containers that match NAME=VALUE; again.", multiple=True)
@_value("interval", "Generate and notify every so many seconds.", type=int, default=0)
@_flag("keep-blank-lines", "Do not leave out blank lines.")
@_value("config", "Read files to generate from TOML; again for more.", multiple=True)
@_value("endpoint", "The Engine: unix://PATH or tcp://HOST:PORT.", default="")
@_value("tlscacert", "PEM file of who signs the Engine's certificate.", default="")
@_value("tlscert", "PEM file of our certificate.", default="")
@_value("tlskey", "PEM file of its key.", default="")
@_flag("tlsverify", "Verify the Engine's certificate.")
@_flag("diff", "Print what would change in DEST; write nothing, tell nobody.")
@_value("print-template", "Print a ready template: nginx.", default="")
@_flag("version", "Print the version.")
def gen(**given: Any) -> None:
    """Make a file from a template and the facts about containers: docker-gen's place."""
    if given["version"]:
        from homeport import __version__

        click.echo(__version__)
    elif given["print_template"]:
        from homeport.proxy.gen.template import ready_template

        click.echo(ready_template(given["print_template"]), nl=False)
    else:
        _generate(given)


def _generate(given: dict[str, Any]) -> None:
    import asyncio

    configs = _configs(given)
    host = given["endpoint"] or os.environ.get("DOCKER_HOST", "")
    asyncio.run(_run(configs, host, _tls(given, host), diff=given["diff"]))


async def _run(
    configs: list[TemplateConfig], host: str, tls: ssl.SSLContext | None, *, diff: bool
) -> None:
    from homeport.engine.docker import Docker
    from homeport.proxy.gen.run import Generator

    docker = Docker(host, tls=tls)
    try:
        generator = Generator(docker, configs, _tell)
        if diff:
            click.echo(await generator.differences(), nl=False)
        else:
            await generator.run()
    finally:
        docker.close()


def _tell(line: str) -> None:
    sys.stderr.write(f"{line}\n")
    sys.stderr.flush()


def _configs(given: dict[str, Any]) -> list[TemplateConfig]:
    """The files that the options describe, or the configuration files do."""
    if given["config"]:
        if given["template"]:
            _tell("TEMPLATE and its options do not count beside -config, as in docker-gen")
        return [config for name in given["config"] for config in _read(name)]
    if not given["template"]:
        raise click.UsageError("name a TEMPLATE, or a -config")
    return [_from_options(given)]


def _read(name: str) -> list[TemplateConfig]:
    from homeport.errors import FileFault
    from homeport.proxy.gen.configfile import read_config

    try:
        text = Path(name).read_text()
    except (OSError, UnicodeDecodeError) as error:
        raise FileFault(f"cannot be read: {error}", file=name) from error
    return read_config(text, name)


def _from_options(given: dict[str, Any]) -> TemplateConfig:
    from homeport.proxy.gen.options import HUP, TemplateConfig, parse_filters, parse_wait

    signals = dict.fromkeys(given["notify_container"], given["notify_signal"])
    return TemplateConfig(
        template=given["template"],
        dest=given["dest"] or "",
        watch=given["watch"],
        wait=parse_wait(given["wait"]),
        check=given["check"],
        notify_command=given["notify"],
        notify_output=given["notify_output"],
        notify=signals | dict.fromkeys(given["notify_sighup"], HUP),
        notify_filter=parse_filters(given["notify_filter"]),
        notify_signal=given["notify_signal"],
        containers=parse_filters(given["container_filter"]),
        only_exposed=given["only_exposed"],
        only_published=given["only_published"],
        include_stopped=given["include_stopped"],
        interval=given["interval"],
        keep_blank_lines=given["keep_blank_lines"],
    )


def _tls(given: dict[str, Any], host: str) -> ssl.SSLContext | None:
    """As docker-gen: where -tlsverify or DOCKER_TLS_VERIFY asks for it, or a file is named."""
    wanted = given["tlsverify"] or os.environ.get("DOCKER_TLS_VERIFY")
    named = [given[name] for name in ("tlscacert", "tlscert", "tlskey") if given[name]]
    if not host.startswith("tcp://") or not (wanted or named):
        return None
    from homeport.engine.tls import client_context

    folder = Path(os.environ.get("DOCKER_CERT_PATH") or Path.home() / ".docker")
    return client_context(
        ca=Path(given["tlscacert"] or folder / "ca.pem"),
        cert=Path(given["tlscert"] or folder / "cert.pem"),
        key=Path(given["tlskey"] or folder / "key.pem"),
        verify=bool(wanted),
    )

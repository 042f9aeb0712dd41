"""`homeport proxy`: what a command does is imported when it is called."""

from __future__ import annotations

import click

from homeport.cli import show


@click.group()
def proxy() -> None:
    """The routes, why a name answers what it answers, and nginx-proxy's place."""


@proxy.command()
@show.json_option
def routes(as_json: bool) -> None:
    """List every host that is served, and by which containers."""
    from homeport.cli.proxy_routes import list_routes

    list_routes(as_json=as_json)


@proxy.command()
@click.argument("host")
@click.option("--no-authorities", is_flag=True, help="Do not ask the zone's own name servers.")
@show.json_option
def explain(host: str, no_authorities: bool, as_json: bool) -> None:
    """Say why HOST answers what it answers; exit status 1 where something is wrong."""
    from homeport.cli.proxy_explain import explain_host

    explain_host(host, ask_authorities=not no_authorities, as_json=as_json)


@proxy.command()
def run() -> None:
    """Serve containers with VIRTUAL_HOST: nginx-proxy's place, in the image homeport-proxy."""
    from homeport.cli.proxy_run import run_proxy

    run_proxy()


@proxy.group()
def ca() -> None:
    """The authority of this box, for local names."""


@ca.command("show")
@show.json_option
def show_ca(as_json: bool) -> None:
    """Print its root, for a browser or another machine to trust. No daemon is needed."""
    from homeport.cli.proxy_ca import show_root

    show_root(as_json=as_json)


@ca.command("install")
def install_ca() -> None:
    """Let this machine trust its root. No daemon is needed."""
    from homeport.cli.proxy_ca import install_root

    install_root()

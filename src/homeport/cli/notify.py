"""`homeport notify`."""

from __future__ import annotations

import click

from homeport.cli.client import connect


@click.command()
def notify() -> None:
    """Send a notification, to see whether it arrives; the setting notify says where."""
    count = connect().post("/api/notify", {})["addresses"]
    click.echo(f"on its way to {count} address{'' if count == 1 else 'es'}", err=True)
    click.echo("where one does not arrive, homeport events says why", err=True)

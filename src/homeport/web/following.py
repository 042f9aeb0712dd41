"""Which repository an app follows, and with what token: PATCH /api/apps/APP."""

from __future__ import annotations

from homeport.errors import RequestError
from homeport.events import AppChanged, Warned
from homeport.model.app import App
from homeport.source import fetch
from homeport.source.forge import check_forge
from homeport.source.remote import read_login, read_remote
from homeport.web.context import Context
from homeport.web.shapes import AppChange


def check_remote_change(wanted: AppChange) -> None:
    """Refuse what cannot be, before anything is changed.

    Raises:
        RequestError: it cannot; neither URL nor token is repeated.
    """
    check_forge(wanted.forge or "")
    if wanted.remote:
        read_remote(wanted.remote)
    if wanted.remote_token:
        read_login(wanted.remote_token)


async def change_remote(context: Context, app: App, wanted: AppChange) -> None:
    """Follow another repository, or none; use another token, or none."""
    store, before = context.store, app.remote
    if wanted.forge is not None:
        store.apps.set_forge(app.name, wanted.forge)
        store.record(AppChanged(app=app.name, setting="forge"))
    if wanted.remote is not None and wanted.remote != before:
        store.apps.set_remote(app.name, wanted.remote)
        store.record(AppChanged(app=app.name, setting="remote"))
        await fetch.forget(context.repositories / f"{app.name}.git")
        if wanted.remote_token is None:
            _forget_token(context, app, wanted.remote)
    if wanted.remote_token is not None:
        _set_token(context, app, wanted)
    if wanted.remote is not None or wanted.remote_token is not None:
        context.remotes.changed(app.name)


def _set_token(context: Context, app: App, wanted: AppChange) -> None:
    store = context.store
    if wanted.remote_token and not store.apps.get(app.name).remote:
        hint = f"homeport app set {app.name} remote=URL"
        raise RequestError(f"app {app.name} follows no remote that a token is for", hint=hint)
    store.remotes.set_token(app.name, wanted.remote_token or "")
    store.record(AppChanged(app=app.name, setting="remote-token"))


def _forget_token(context: Context, app: App, remote: str) -> None:
    """A token is for the host that it was given for, and shown to no other."""
    store = context.store
    if not store.remotes.token(app.name) or _host(app.remote) == _host(remote):
        return
    store.remotes.set_token(app.name, "")
    text = "the remote is on another host: its token was forgotten, since it was for the first"
    store.record(Warned(app=app.name, text=text))


def _host(remote: str) -> tuple[str, str]:
    found = read_remote(remote) if remote else None
    return (found.scheme, found.host) if found else ("", "")

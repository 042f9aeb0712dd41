"""The API: one module for each noun."""

from __future__ import annotations

from homeport.web.api import (
    apps,
    builders,
    certificates,
    events,
    images,
    keys,
    logs,
    notify,
    proxy,
    pushes,
    registries,
    runs,
    secrets,
    stacks,
    status,
    tokens,
)

ROUTES = [
    *apps.ROUTES,
    *builders.ROUTES,
    *certificates.ROUTES,
    *events.ROUTES,
    *images.ROUTES,
    *keys.ROUTES,
    *logs.ROUTES,
    *notify.ROUTES,
    *proxy.ROUTES,
    *pushes.ROUTES,
    *registries.ROUTES,
    *runs.ROUTES,
    *secrets.ROUTES,
    *stacks.ROUTES,
    *status.ROUTES,
    *tokens.ROUTES,
]

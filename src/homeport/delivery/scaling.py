"""`web=3`: how many replicas a person asks for. Pure."""

from __future__ import annotations

from homeport.delivery.blueprint import stack_of
from homeport.errors import RequestError
from homeport.model.app import App, Release


def as_ref(counts: dict[str, int]) -> str:
    """Counts as text, as a run keeps them."""
    return ",".join(f"{name}={count}" for name, count in sorted(counts.items()))


def as_counts(ref: str) -> dict[str, int]:
    """The reverse of `as_ref`."""
    pairs = (part.partition("=") for part in ref.split(",") if part)
    return {name: int(count) for name, _, count in pairs}


def check_counts(release: Release, app: App, counts: dict[str, int]) -> None:
    """Refuse what the release cannot be scaled to.

    Raises:
        RequestError: there is no such service, or it cannot run that often.
    """
    services = stack_of(release, app).services
    for name, count in counts.items():
        if name not in services:
            raise RequestError(
                f"app {app.name} has no service {name}", hint=f"it has {', '.join(services)}"
            )
        if count < 0:
            raise RequestError(f"{name}={count}: a service cannot run that often")
        if count > 1 and services[name].order_why.startswith("fixed host port"):
            raise RequestError(
                f"{name} has a {services[name].order_why}, which one container can have",
                hint="let the proxy route it: VIRTUAL_HOST instead of ports",
            )
        if count > 1 and services[name].container_name:
            raise RequestError(
                f"{name} has the fixed container_name {services[name].container_name}",
                hint="take it out of the compose file to run more than one",
            )

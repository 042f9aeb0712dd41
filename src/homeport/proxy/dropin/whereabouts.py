"""Where we are, and where nginx is: which networks lead to whom."""

from __future__ import annotations

import contextlib
from collections.abc import Iterable, Mapping

from homeport.engine.docker import Docker
from homeport.errors import HomeportError
from homeport.model.container import Container, Health
from homeport.proxy.dropin.reach import Surroundings
from homeport.proxy.dropin.separate import Separate
from homeport.proxy.dropin.settings import Settings
from homeport.proxy.gen.run import current_container
from homeport.proxy.joined import Joined

_CONF = "/etc/nginx/conf.d"


class Whereabouts:
    """Our container, and nginx's where that is another."""

    def __init__(self, docker: Docker, settings: Settings) -> None:
        self._docker, self._settings, self.own = docker, settings, current_container()
        self._ours: Container | None = None
        self._joined = Joined()
        self.separate = False  # whether nginx is in another container

    async def look(self, nginx: Separate, *, asked: bool) -> None:
        """See where we are. `asked`: whether the Engine answers.

        nginx is apart where that is said, or where a container with the label shares the folder
        of configurations with us.
        """
        with contextlib.suppress(HomeportError):
            self._ours = await self._docker.container(self.own) if self.own else None
        self.separate = self._settings.names_nginx
        if asked and not self.separate:
            found = await nginx.find()
            volume = self._ours.volumes.get(_CONF) if self._ours else ""
            self.separate = bool(found and volume and found.volumes.get(_CONF) == volume)

    def others(self, view: Mapping[str, Container]) -> list[Container]:
        """The containers that may ask for something: all but ours, which is seen to know where."""
        return [one for key, one in self._joined.placed(view).items() if key != self.own]

    def around(self, view: Mapping[str, Container]) -> Surroundings:
        """Where nginx stands."""
        container = self.nginx(view)
        if container is None or container.network_mode == "host":
            return Surroundings()
        gateways = (e.gateway for e in container.endpoints if e.gateway)
        return Surroundings(
            networks=frozenset(e.network for e in container.endpoints),
            gateway=next(gateways, "127.0.0.1"),
        )

    def nginx(self, view: Mapping[str, Container]) -> Container | None:
        """The container that nginx is in; None where that is not known."""
        if self.separate:
            return next((c for c in view.values() if self._is_nginx(c)), None)
        return view.get(self.own) or self._ours

    def networks(self, view: Mapping[str, Container]) -> frozenset[str] | None:
        """Those whose containers we reach ourselves; None where we reach all."""
        ours = view.get(self.own) or self._ours
        if ours is None or ours.network_mode == "host":
            return None
        return frozenset(endpoint.network for endpoint in ours.endpoints)

    def split(
        self, containers: Iterable[Container], view: Mapping[str, Container]
    ) -> tuple[list[Container], set[str]]:
        """Those that we reach ourselves; of the others, the ids of those that may be ready."""
        networks, every = self.networks(view), list(containers)
        near = [c for c in every if _is_near(c, networks)]
        far = [c for c in every if not _is_near(c, networks)]
        good = (Health.NONE, Health.HEALTHY)
        return near, {c.id for c in far if c.running and c.health in good}

    def _is_nginx(self, container: Container) -> bool:
        settings = self._settings
        if settings.nginx_container:
            return settings.nginx_container in (container.name, container.id, container.id[:12])
        return container.running and settings.nginx_label in container.labels


def _is_near(container: Container, networks: frozenset[str] | None) -> bool:
    if networks is None or container.network_mode == "host":
        return True
    return any(endpoint.network in networks for endpoint in container.endpoints)

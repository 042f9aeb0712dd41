"""A container's environment and labels, read as a Wish. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec
from msgspec.structs import replace

from homeport.model.wish.kinds import port
from homeport.model.wish.options import Options, read_options
from homeport.model.wish.places import MULTIPORTS, Place, read_places


class Wish(msgspec.Struct, frozen=True, kw_only=True):
    """What a container asks for, once it is known to be possible."""

    places: tuple[Place, ...] = ()
    options: Options = Options()
    port: int = 0  # of the first place, or what VIRTUAL_PORT says; 0 where nothing does

    @property
    def hosts(self) -> tuple[str, ...]:
        """Every host, once."""
        return tuple(dict.fromkeys(place.host for place in self.places))

    @property
    def ports(self) -> tuple[int, ...]:
        """Every port that it has to answer at, once; 0 is one that nothing says."""
        return tuple(dict.fromkeys(place.port for place in self.places))

    @property
    def keys(self) -> tuple[tuple[str, str], ...]:
        """Every host and path, once."""
        return tuple(dict.fromkeys((place.host, place.path) for place in self.places))

    def at(self, port: int) -> Wish:
        """The same, where a place that says no port has this one."""
        places = tuple(p if p.port else replace(p, port=port) for p in self.places)
        return replace(self, places=places, port=self.port or port)


def asks(environment: Mapping[str, str]) -> bool:
    """Whether these variables ask for anything."""
    return any(environment.get(name, "").strip() for name in ("VIRTUAL_HOST", MULTIPORTS))


def read_wish(environment: Mapping[str, str], labels: Mapping[str, str] | None = None) -> Wish:
    """What these variables and labels ask for; no places where they ask for nothing.

    Raises:
        Refused: a value cannot be.
    """
    places = read_places(environment)
    # What asks for nothing may call its variables as it likes.
    options = read_options(environment, labels or {}) if places else Options()
    number = places[0].port if places else port(environment, "VIRTUAL_PORT")
    return Wish(places=places, options=options, port=number)


def only_port(exposed: Iterable[str]) -> int:
    """The only TCP port of `5000/tcp, ...`, else 80: nginx-proxy's rule."""
    ports = [port.split("/")[0] for port in exposed if port.endswith("/tcp")]
    return int(ports[0]) if len(ports) == 1 and ports[0].isdigit() else 80

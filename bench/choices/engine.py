"""Which client speaks with the Engine: memory after 50 inspects, time of short processes."""

from __future__ import annotations

import io
import tarfile

from bench.choices import environment
from bench.choices.table import Column, Table
from bench.lab import Lab, docker, lab, say
from bench.pairs import interleaved

CONTAINERS = 50
CANDIDATES = {
    "standard library, synchronous (the floor)": "engine_stdlib",
    "thin, over h11 and asyncio": "engine_h11",
    "homeport.engine (the same, with types)": "engine_homeport",
    "thin, over httpx": "engine_httpx",
    "docker-py": "engine_docker_py",
    "aiodocker": "engine_aiodocker",
}
COLUMNS = (
    Column("resident", "resident after 50 inspects, MiB", 1),
    Column("list", "process with one list call, ms"),
    Column("inspects", "process with 50 inspects, ms"),
)


def measure(rounds: int) -> Table:
    """Every candidate lists and inspects the same 50 containers."""
    with lab() as place:
        _make_containers(place)

        def once(probe: str) -> dict[str, float]:
            listed = environment.probe(probe, place.label)
            inspected = environment.probe(probe, place.label, "inspect")
            assert inspected["containers"] == CONTAINERS
            return {
                "resident": inspected["resident"],
                "list": listed["whole"],
                "inspects": inspected["whole"],
            }

        subjects = {name: (lambda probe=probe: once(probe)) for name, probe in CANDIDATES.items()}
        interleaved(subjects, 1)  # the first round compiles bytecode
        return Table("Engine client", COLUMNS, interleaved(subjects, rounds, say))


def _make_containers(place: Lab) -> None:
    """Containers that never run: an inspect shows as much of them."""
    image = f"{place.name}/empty"
    docker("import", "--change", 'CMD ["/never"]', "-", image, stdin=_empty_archive())
    for number in range(CONTAINERS):
        say(f"container {number + 1} of {CONTAINERS}")
        docker("create", "--label", place.label, "--name", f"{place.name}-{number}", image)


def _empty_archive() -> bytes:
    content = io.BytesIO()
    tarfile.open(fileobj=content, mode="w").close()
    return content.getvalue()

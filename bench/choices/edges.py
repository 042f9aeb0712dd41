"""What checks files and requests: its import, and a compose model of 50 services."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from typing import Any

from bench.choices import environment
from bench.choices.table import Column, Table
from bench.lab import lab, say
from bench.pairs import interleaved

SERVICES = 50
CANDIDATES = {"msgspec": "edges_msgspec", "pydantic": "edges_pydantic"}
COLUMNS = (
    Column("resident", "resident, MiB", 1),
    Column("once", "process that decodes one model, ms"),
    Column("decode", "each further model, ms", 2),
)


def measure(rounds: int) -> Table:
    """Decode a model once, and a hundred times."""
    with lab() as place:
        file = place.folder / "model.json"
        file.write_text(json.dumps(_model()))
        subjects = {name: partial(_once, probe, file) for name, probe in CANDIDATES.items()}
        interleaved(subjects, 1)
        return Table("Validation at the edges", COLUMNS, interleaved(subjects, rounds, say))


def _once(probe: str, file: Path) -> dict[str, float]:
    one = environment.probe(probe, str(file), "1")
    many = environment.probe(probe, str(file), "100")
    assert one["services"] == SERVICES
    return {"resident": one["resident"], "once": one["whole"], "decode": many["decode"]}


def _model() -> dict[str, Any]:
    """As `docker compose config --format json` prints it."""
    return {
        "name": "shop",
        "networks": {"default": {"name": "shop_default", "ipam": {}}},
        "services": {f"service{number}": _service(number) for number in range(SERVICES)},
    }


def _service(number: int) -> dict[str, Any]:
    return {
        "command": None,
        "entrypoint": None,
        "image": f"registry.example.org/shop/service{number}:1.4.2",
        "environment": {f"VARIABLE_{index}": f"value {index}" for index in range(10)},
        "depends_on": {f"service{number - 1}": {"condition": "service_healthy", "required": True}}
        if number
        else {},
        "healthcheck": {"test": ["CMD-SHELL", "curl -f localhost"], "interval": "10s"},
        "labels": {"org.example.team": "shop", "org.example.number": str(number)},
        "networks": {"default": None},
        "ports": [{"mode": "ingress", "target": 80, "published": str(8000 + number)}],
        "volumes": [{"type": "volume", "source": "data", "target": "/data", "volume": {}}],
        "restart": "unless-stopped",
    }
